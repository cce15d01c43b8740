"""What became of each notice: who has it, for whom it waits, and every attempt."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from events.outbound import Outbound
from worker.desk.sent import OUTBOUND
from worker.desk.story import utc_ms
from worker.store import outbox, sinks
from worker.store.context import Context, Shard
from worker.store.outbox import Outgoing, position
from worker.store.sink_queue import Receipt, SinkQueue, Waiting
from worker.store.unix_ms import from_ms

_TO_ICE: Final = "custody.ice."


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, or that none is needed. `at` is the store's time, in UTC."""

    at: datetime
    receipt: Receipt

    def to_document(self) -> dict[str, Any]:
        """For a program."""
        one = self.receipt
        return {
            "at": utc_ms(self.at),
            "sink": one.sink,
            "attempt": one.attempt,
            "outcome": one.outcome,
            "detail": one.detail,
        }


@dataclass(slots=True)
class NoticeStatus:
    """One notice and where it is.

    Attributes:
        event: None if the entry cannot be read.
        waiting: by sink, what waits there for a further attempt, or behind another notice.
        dead: the sinks that gave it up.
        not_reached: the sinks that have not come to it yet; it may be none of theirs.
    """

    shard: Shard
    outbox_id: str
    event: Outbound | None
    attempts: list[Attempt] = field(default_factory=list)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    dead: list[str] = field(default_factory=list)
    not_reached: list[str] = field(default_factory=list)

    @property
    def is_undelivered(self) -> bool:
        """Whether it waits for somebody, or was given up."""
        return bool(self.waiting or self.dead or self.not_reached)

    @property
    def is_delivered(self) -> bool:
        """Whether a receiver has taken it."""
        return any(attempt.receipt.outcome == "delivered" for attempt in self.attempts)

    @property
    def sent_at(self) -> datetime:
        """When it was committed: the store's time, in UTC."""
        return from_ms(int(self.outbox_id.split("-")[0]))

    def to_document(self) -> dict[str, Any]:
        """For a program, with the notice whole."""
        event = self.event
        return {
            "outbox_id": self.outbox_id,
            "id": event.id if event else None,
            "booking": event.subject if event else None,
            "type": event.type if event else None,
            "audience": event.audience if event else None,
            "route": event.route if event else None,
            "waiting": {
                sink: {"attempts": state.attempts, "next_at": utc_ms(from_ms(state.next_at_ms))}
                for sink, state in self.waiting.items()
            },
            "dead": self.dead,
            "not_reached": self.not_reached,
            "attempts": [attempt.to_document() for attempt in self.attempts],
            "event": event.model_dump(mode="json", exclude_none=True) if event else None,
        }


def notices(context: Context, booking: str | None = None, *, undelivered: bool = False) -> list[NoticeStatus]:
    """Notices, oldest first; of one booking, and only those that somebody does not have, if asked for."""
    found = [status for shard in context.shards for status in _all_of(shard)]
    return [
        status
        for status in sorted(found, key=lambda status: position(status.outbox_id))
        if (booking is None or (status.event is not None and status.event.subject == booking))
        and (not undelivered or status.is_undelivered)
    ]


def notices_about(shard: Shard, booking: str, journal_ids: Sequence[str] | None) -> Iterator[NoticeStatus]:
    """What anybody was sent about a booking, oldest first.

    Args:
        journal_ids: of its journal entries: a notice is committed with one, in the same millisecond. None if
            the store's clock was set back meanwhile: then the whole outbox is read.
    """
    subject = booking.encode()
    if journal_ids is None:
        stored = outbox.every(shard.client, shard.keys)
    else:
        stored = outbox.stored_with(shard.client, shard.keys, journal_ids)
    entries = [Outgoing(id_, event) for id_, event in stored if subject in event]
    since_ms = min((position(entry.id)[0] for entry in entries), default=0)
    for status in _of(shard, entries, since_ms) if entries else ():
        if status.event is not None and status.event.subject == booking:
            yield status


def find_notice(context: Context, id_: str) -> NoticeStatus | None:
    """One notice, by its id or by its place in the outbox."""
    for shard in context.shards:
        for status in _all_of(shard):
            if id_ == status.outbox_id or (status.event is not None and id_ == status.event.id):
                return status
    return None


def notices_to_ice(shard: Shard, first_ms: int, last_ms: int) -> Iterator[NoticeStatus]:
    """What ICE itself was sent in these Unix milliseconds of the store, oldest first."""
    stored = outbox.between(shard.client, shard.keys, first_ms, last_ms)
    for status in _of(shard, (entry for entry in stored if _TO_ICE.encode() in entry.event), first_ms):
        if status.event is not None and status.event.type.startswith(_TO_ICE):
            yield status


def _all_of(shard: Shard) -> Iterator[NoticeStatus]:
    return _of(shard, outbox.entries(shard.client, shard.keys))


def _of(shard: Shard, entries: Iterable[Outgoing], since_ms: int = 0) -> Iterator[NoticeStatus]:
    """Where these entries are; `since_ms` is when the oldest was stored, or earlier."""
    attempts: defaultdict[str, list[Attempt]] = defaultdict(list)
    for id_, receipt in sinks.receipts(shard.client, shard.keys, since_ms):
        attempts[receipt.outbox_id].append(Attempt(from_ms(int(id_.split("-")[0])), receipt))
    queues = [SinkQueue(shard.client, shard.keys, name) for name in sinks.names(shard.client, shard.keys)]
    cursors = {queue.sink: position(queue.cursor()) for queue in queues}
    waiting = {queue.sink: queue.waiting() for queue in queues}
    dead: defaultdict[str, list[str]] = defaultdict(list)
    for sink, outbox_id in sinks.dead_letters(shard.client, shard.keys):
        dead[outbox_id].append(sink)
    for entry in entries:
        id_ = entry.id
        yield NoticeStatus(
            shard,
            id_,
            _read(entry.event),
            attempts.get(id_, []),
            {sink: states[id_] for sink, states in waiting.items() if id_ in states},
            dead.get(id_, []),
            [sink for sink, cursor in cursors.items() if cursor < position(id_)],
        )


def _read(raw: bytes) -> Outbound | None:
    try:
        return OUTBOUND.validate_json(raw)
    except ValidationError:
        return None
