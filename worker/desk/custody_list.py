"""Who is in the building: who is held and goes next, and who is released and has not left."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Self

from worker.custody.attention import awaits_departure
from worker.custody.record import Record
from worker.custody.rules import OVERDUE_AFTER
from worker.desk import words
from worker.store import records
from worker.store.awake import is_awake
from worker.store.context import Context
from worker.store.records import UnreadableRecordError

OVERDUE_IN_BUILDING: Final = OVERDUE_AFTER[0]
"""How long after the release somebody who has not left is overdue."""

LONG_AGO: Final = OVERDUE_AFTER[-1]
"""How long after the release nobody is looked for any more who was never reported gone."""

_LONGEST_WAIT: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Person:
    """One person who is held, or released and still here. Instants are UTC.

    Attributes:
        limit: the name of the limit that governs.
        released_at: None for a person who is held.
        basis: why the person was released; None for one who is held.
        clock_started_at: the arrest, or the booking if that counts.
    """

    booking: str
    facility: str | None
    deadline: datetime
    limit: str | None
    ice_contacted: bool
    released_at: datetime | None = None
    basis: str | None = None
    clock_started_at: datetime | None = None

    @classmethod
    def of(cls, record: Record) -> Self | None:
        """From a record; None for one whose person is not here."""
        if record.deadline is None or not (record.state == "held" or awaits_departure(record)):
            return None
        return cls(
            booking=record.booking,
            facility=record.facts.facility if record.facts else None,
            deadline=record.deadline,
            limit=record.governing_limit,
            ice_contacted=bool(record.contacts),
            released_at=record.released_at,
            basis=record.basis,
            clock_started_at=record.arrest.arrested_at if record.facts else None,
        )

    @property
    def why(self) -> str:
        """In words: the limit that governs; of a released person, why."""
        if self.released_at is None or self.basis == "deadline":
            return words.limit(self.limit)
        return words.basis_of_end(self.basis)

    def share_used(self, now: datetime) -> float:
        """How much of the time until the deadline has passed, from 0 to 1."""
        if self.clock_started_at is None or self.clock_started_at >= self.deadline:
            return 1.0
        return min(max((now - self.clock_started_at) / (self.deadline - self.clock_started_at), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class CustodyList:
    """Who must be released next, as of the store's time `as_of`, in UTC.

    Attributes:
        overdue: held past the deadline, the longest overdue first.
        not_departed: released more than `OVERDUE_IN_BUILDING` ago and not gone, the longest overdue first.
        never_departed: released before the last overdue alarm and never reported gone, the latest first.
        held: the others who are held, soonest deadline first.
        leaving: released a short while ago and not gone yet, in the order of their releases.
        held_in_all: how many are held, whatever was asked for.
        is_anybody_there: whether anybody is at the facility that was asked for.
        facilities: where anybody is, in the order of their names.
        unreadable: records that cannot be read; somebody may be held.
    """

    as_of: datetime
    overdue: tuple[Person, ...]
    not_departed: tuple[Person, ...]
    never_departed: tuple[Person, ...]
    held: tuple[Person, ...]
    leaving: tuple[Person, ...]
    held_in_all: int
    is_anybody_there: bool
    facilities: tuple[str, ...]
    unreadable: tuple[UnreadableRecordError, ...]


def who_is_due(context: Context, within: timedelta | None = None, facility: str | None = None) -> CustodyList:
    """Who must be released next, and first whoever is overdue.

    Reads every record and no timer: a timer is a view of its record, and could be lost. Whose record is there
    while the list is read is on it, whatever is released meanwhile.

    Args:
        within: of those not overdue, only those whose deadline is at most this far away.
        facility: only people there; capitals make no difference.
    """
    now = context.store_now()
    people: list[Person] = []
    unreadable: list[UnreadableRecordError] = []
    for shard in context.shards:
        for loaded in records.every(shard.client, shard.keys):
            people += filter(None, map(Person.of, loaded.records.values()))
            unreadable += loaded.unreadable
    return in_order(context, people, unreadable, now, within, facility)


def in_order(
    context: Context,
    people: list[Person],
    unreadable: Sequence[UnreadableRecordError],
    now: datetime,
    within: timedelta | None = None,
    facility: str | None = None,
) -> CustodyList:
    """The same list of people whose records were read already; see `who_is_due`.

    Those of one instant stand in the order of their booking numbers, in whichever order they were read.

    Args:
        now: the store's time before the records were read, in UTC.
    """
    if not context.rules_by_record.current.departures_expected:
        people = [person for person in people if person.released_at is None]
    wanted = [person for person in people if facility is None or is_at(person.facility, facility)]
    held = sorted(
        (one for one in wanted if one.released_at is None), key=lambda one: (one.deadline, one.booking)
    )
    ago = sorted(
        ((now - one.released_at, one) for one in wanted if one.released_at is not None),
        key=lambda pair: (-pair[0], pair[1].booking),
    )
    due = bisect_right(held, now, key=deadline_of)
    wanted_of_held = len(held) if within is None else bisect_right(held, now + within, key=deadline_of)
    return CustodyList(
        as_of=now,
        overdue=tuple(held[:due]),
        not_departed=tuple(one for span, one in ago if OVERDUE_IN_BUILDING <= span < LONG_AGO),
        never_departed=tuple(one for span, one in reversed(ago) if span >= LONG_AGO),
        held=tuple(held[due:wanted_of_held]),
        leaving=tuple(one for span, one in ago if span < OVERDUE_IN_BUILDING),
        held_in_all=sum(person.released_at is None for person in people),
        is_anybody_there=bool(wanted),
        facilities=tuple(sorted({person.facility for person in people if person.facility})),
        unreadable=tuple(unreadable),
    )


def deadline_of(person: Person) -> datetime:
    """When the person must be released at the latest, in UTC."""
    return person.deadline


def caveats(context: Context) -> list[str]:
    """What keeps the list from being the whole truth, or from coming true; empty in good order."""
    found = []
    if not all(is_awake(shard.client, shard.keys) for shard in context.shards):
        found.append("no worker is at work, so nobody is released: start `custody run`")
    unread = [id_ for shard in context.shards if (id_ := shard.inbox.oldest_id()) is not None]
    waited = max((context.store_now() - context.arrived_at(id_) for id_ in unread), default=timedelta(0))
    if waited > _LONGEST_WAIT * context.speed:
        found.append("events have not been taken in yet, bookings perhaps among them: see `custody doctor`")
    return found


def held_under_other_rules(context: Context, fingerprint: str) -> list[str]:
    """The bookings held under other rules than those of the profile with this fingerprint."""
    return [
        record.booking
        for shard in context.shards
        for loaded in records.every(shard.client, shard.keys)
        for record in loaded.records.values()
        if record.state == "held" and record.profile.fingerprint != fingerprint
    ]


def is_at(place: str | None, facility: str) -> bool:
    """Whether a record's facility is the one that is meant; capitals and blanks make no difference."""
    return place_key(place) == place_key(facility)


@lru_cache(maxsize=4096)  # asked for each person, of a few places
def place_key(place: str | None) -> str:
    """Equal for two spellings of a facility that differ in capitals and blanks alone."""
    return " ".join((place or "").split()).casefold()
