"""What putting held records under another profile would do: who goes at once, whose deadline moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from events.addressing import shard_of
from worker.custody.decide import Reprofile, decide
from worker.custody.record import Record, State
from worker.custody.rules import Rules
from worker.store import records
from worker.store.context import Context


@dataclass(frozen=True, slots=True)
class Reprofiling:
    """One booking under the other profile. Instants are UTC.

    Attributes:
        state: of the record now; only a held one is put under other rules.
        released_at_once: whether the person would be past the new deadline.
    """

    booking: str
    state: State
    deadline: datetime | None
    new_deadline: datetime | None
    new_limit: str | None
    released_at_once: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen to the bookings that were asked about; and which numbers are not known."""

    bookings: tuple[Reprofiling, ...]
    unknown: tuple[str, ...]


def preview(context: Context, bookings: Sequence[str], rules: Rules) -> Preview:
    """Decide each of these bookings by other rules, without writing anything.

    Raises:
        UnreadableRecordError: a record is there and cannot be read.
    """
    found: list[Reprofiling] = []
    unknown: list[str] = []
    now = context.store_now()
    for booking in bookings:
        shard = context.shards[shard_of(booking, len(context.shards))]
        record = records.load_one(shard.client, shard.keys, booking)
        if record is None:
            unknown.append(booking)
        else:
            found.append(_preview(record, rules, now))
    return Preview(tuple(found), tuple(unknown))


def _preview(record: Record, rules: Rules, now: datetime) -> Reprofiling:
    after = decide(record, [Reprofile(rules.profile.fingerprint)], rules, now).record
    is_held = record.state == "held"
    return Reprofiling(
        booking=record.booking,
        state=record.state,
        deadline=record.deadline,
        new_deadline=after.deadline if is_held else record.deadline,
        new_limit=after.governing_limit if is_held else record.governing_limit,
        released_at_once=is_held and after.deadline is not None and after.deadline <= now,
    )
