"""Which events were rejected, and what became of them."""

from dataclasses import dataclass
from typing import Any, Final

from events.outbound import AlarmCode
from worker.desk.story import utc_ms
from worker.store import rejects
from worker.store.context import OpenStore, Shard
from worker.store.rejects import StoredRejection

EVENT_REFUSED: Final[AlarmCode] = "event_refused"
"""The alarm about rejected events, which wait for a person themselves."""


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """One rejected event, and where it is kept."""

    shard: Shard
    rejection: StoredRejection

    def to_document(self) -> dict[str, Any]:
        """For a program, with the event whole."""
        item = self.rejection
        dealt = item.dealt
        return {
            "id": item.id,
            "booking": item.booking,
            "type": item.type,
            "rejected_at": utc_ms(item.rejected_at),
            "reason": item.reason,
            "detail": item.detail,
            "inbox_id": item.inbox_id,
            "waits": item.waits,
            "replayed_as": item.replayed_as,
            "dealt_with": dealt and {"by": dealt.by, "at": utc_ms(dealt.at), "note": dealt.note},
            "event": item.event.decode("utf-8", "backslashreplace"),
        }


def rejected_events(store: OpenStore) -> list[RejectedItem]:
    """Every rejected event, dealt with or not, oldest first within a shard."""
    return [
        RejectedItem(shard, rejection)
        for shard in store.shards
        for rejection in rejects.every(shard.client, shard.keys)
    ]


def waiting_for_a_person(store: OpenStore) -> list[RejectedItem]:
    """The rejected events that nobody has dealt with, oldest first within a shard."""
    return [item for item in rejected_events(store) if item.rejection.waits]


def find_rejected(store: OpenStore, reject_id: str) -> RejectedItem | None:
    """One rejected event by its id."""
    for shard in store.shards:
        if rejection := rejects.find(shard.client, shard.keys, reject_id):
            return RejectedItem(shard, rejection)
    return None
