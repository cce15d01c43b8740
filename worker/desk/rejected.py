"""Which events were rejected, and which of them were sent again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.desk.story import utc_ms
from worker.store import rejects
from worker.store.context import Context, Shard
from worker.store.rejects import StoredRejection


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """One rejected event, where it is kept, and the inbox id of its newest replay."""

    shard: Shard
    rejection: StoredRejection
    replayed_as: str | None

    @property
    def rejected_at(self) -> datetime:
        """When it was rejected, in UTC."""
        return self.rejection.rejected_at

    def to_document(self) -> dict[str, Any]:
        """For a program, with the event whole."""
        item = self.rejection
        return {
            "id": item.id,
            "rejected_at": utc_ms(item.rejected_at),
            "reason": item.reason,
            "detail": item.detail,
            "inbox_id": item.inbox_id,
            "replayed_as": self.replayed_as,
            "event": item.event.decode("utf-8", "backslashreplace"),
        }


def rejected_events(context: Context) -> list[RejectedItem]:
    """Every rejected event, oldest first within a shard."""
    return [
        _item(shard, rejection)
        for shard in context.shards
        for rejection in rejects.every(shard.client, shard.keys)
    ]


def find_rejected(context: Context, reject_id: str) -> RejectedItem | None:
    """One rejected event by its id."""
    for shard in context.shards:
        if rejection := rejects.find(shard.client, shard.keys, reject_id):
            return _item(shard, rejection)
    return None


def _item(shard: Shard, rejection: StoredRejection) -> RejectedItem:
    return RejectedItem(shard, rejection, rejects.replayed_as(shard.client, shard.keys, rejection.id))
