"""Who is held, who goes next, and whose record is under which rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from worker.custody.record import Record
from worker.store import records, timers
from worker.store.context import Context
from worker.store.records import UnreadableRecordError

_PAGE: Final = 500
_FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class HeldPerson:
    """One person in custody. `deadline` is UTC; `limit` is the name of the limit that governs."""

    booking: str
    facility: str | None
    deadline: datetime
    limit: str | None
    ice_contacted: bool

    @classmethod
    def of(cls, record: Record) -> Self | None:
        """As a record tells it; None for a record that holds nobody."""
        if record.state != "held" or record.deadline is None:
            return None
        return cls(
            booking=record.booking,
            facility=record.facts.facility if record.facts else None,
            deadline=record.deadline,
            limit=record.governing_limit,
            ice_contacted=bool(record.contacts),
        )


@dataclass(frozen=True, slots=True)
class CustodyList:
    """Everyone held, soonest deadline first, as of an instant in UTC; and the records that cannot be read."""

    as_of: datetime
    held: tuple[HeldPerson, ...]
    unreadable: tuple[UnreadableRecordError, ...]


def held_people(context: Context, within: timedelta | None = None) -> CustodyList:
    """Who is held, soonest deadline first.

    Args:
        within: only those whose deadline is at most this far away, or past.
    """
    now = context.store_now()
    until = _FOR_EVER if within is None else now + within
    held: list[HeldPerson] = []
    unreadable: list[UnreadableRecordError] = []
    for loaded in _with_timer_until(context, until):
        people = [HeldPerson.of(record) for record in loaded.records.values()]
        held += [person for person in people if person is not None and person.deadline <= until]
        unreadable += loaded.unreadable
    held.sort(key=lambda person: person.deadline)
    return CustodyList(now, tuple(held), tuple(unreadable))


def held_under_other_rules(context: Context, fingerprint: str) -> list[str]:
    """The bookings held under other rules than those of the profile with this fingerprint."""
    return [
        record.booking
        for shard in context.shards
        for loaded in records.every(shard.client, shard.keys)
        for record in loaded.records.values()
        if record.state == "held" and record.profile.fingerprint != fingerprint
    ]


def _with_timer_until(context: Context, until: datetime) -> Iterator[records.Loaded]:
    """Records by their timers; no timer is later than its record's deadline."""
    for shard in context.shards:
        skip = 0
        while bookings := timers.due(shard.client, shard.keys, until, limit=_PAGE, skip=skip):
            skip += len(bookings)
            yield records.load(shard.client, shard.keys, list(bookings))
