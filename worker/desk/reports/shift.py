"""What a shift must know when it takes over: what happened, who goes next, who is here, what waits."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from worker.custody.record import Record
from worker.desk.alarms import waiting_alarms
from worker.desk.custody_list import CustodyList, Person, caveats, in_order, is_at
from worker.desk.rejected import EVENT_REFUSED, waiting_for_a_person
from worker.desk.reports.entitled import Entitled, Entitlements
from worker.desk.reports.period import EVER, Period
from worker.desk.story import utc_ms
from worker.store import losses, records, sinks
from worker.store.context import Context
from worker.store.records import UnreadableRecordError

SHIFT: Final = timedelta(hours=12)
"""How far a shift looks back and ahead."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A custody that ended: when (UTC, the store's time), and why."""

    booking: str
    facility: str | None
    at: datetime
    basis: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person.

    Attributes:
        caveats: sentences on why the lists may not be the whole truth, or not come true.
        rejected: how many events were refused and not dealt with.
        losses: how many losses of the store nobody has accepted.
        undelivered: how many notices were given up.
        other_rules: the bookings held under other rules than those now set.
        alarms: by code, how many nobody has acknowledged.
    """

    caveats: tuple[str, ...]
    rejected: int
    losses: int
    undelivered: int
    unreadable: tuple[str, ...]
    other_rules: tuple[str, ...]
    alarms: Counter[str]


@dataclass(frozen=True, slots=True)
class Shift:
    """As of the store's time `as_of`, in UTC.

    Attributes:
        booked: the booking numbers that arrived in the last 12 h.
        released, closed: in the last 12 h, the earliest first.
        late: of those released, whoever was released late, the latest by most first.
        custody: who is held and due within 12 h, and who is released and still here.
    """

    as_of: datetime
    booked: tuple[str, ...]
    released: tuple[Ended, ...]
    closed: tuple[Ended, ...]
    late: tuple[Entitled, ...]
    custody: CustodyList
    waiting: Waiting

    def to_document(self) -> dict[str, Any]:
        """For a program; instants are RFC 3339 in UTC with milliseconds."""
        custody, waiting = self.custody, self.waiting
        return {
            "as_of": utc_ms(self.as_of),
            "booked": list(self.booked),
            "released": [_ended(one, "released_at") for one in self.released],
            "closed": [_ended(one, "closed_at") for one in self.closed],
            "late": [_late(person) for person in self.late],
            "held": custody.held_in_all,
            "overdue": [_person(one) for one in custody.overdue],
            "next": [_person(one) for one in custody.held],
            "still_here": [
                _person(one) for one in (*custody.not_departed, *custody.leaving, *custody.never_departed)
            ],
            "waiting": {
                "caveats": list(waiting.caveats),
                "rejected": waiting.rejected,
                "losses": waiting.losses,
                "undelivered": waiting.undelivered,
                "unreadable": list(waiting.unreadable),
                "under_other_rules": list(waiting.other_rules),
                "alarms": dict(waiting.alarms),
            },
        }


@dataclass(slots=True)
class _Read:
    """What one pass over the records finds."""

    since: datetime
    facility: str | None
    fingerprint: str
    entitlements: Entitlements
    booked: list[str] = field(default_factory=list)
    released: list[Ended] = field(default_factory=list)
    closed: list[Ended] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    unreadable: list[UnreadableRecordError] = field(default_factory=list)
    other_rules: list[str] = field(default_factory=list)

    def read(self, found: Iterable[Record]) -> None:
        page = list(found)
        self.people += filter(None, map(Person.of, page))
        # Of a number that was given up, the new one reports all this.
        for record in page:
            place = record.facts.facility if record.facts else None
            if record.renumbered_to is None and (self.facility is None or is_at(place, self.facility)):
                self._note(record, place)
            if record.state == "held" and record.profile.fingerprint != self.fingerprint:
                self.other_rules.append(record.booking)
        self.entitlements.read(one for one in page if one.released_at and one.released_at >= self.since)

    def _note(self, record: Record, place: str | None) -> None:
        booking = record.booking
        if record.facts is not None and record.heard_at is not None and record.heard_at >= self.since:
            self.booked.append(booking)
        if record.released_at is not None and record.released_at >= self.since:
            self.released.append(Ended(booking, place, record.released_at, str(record.basis)))
        if record.closed_at is not None and record.closed_at >= self.since:
            self.closed.append(Ended(booking, place, record.closed_at, str(record.basis)))


def shift_report(context: Context, facility: str | None = None) -> Shift:
    """Read every record once, of every shard, and no timer.

    Args:
        facility: only people there; capitals make no difference. What waits for a person is from everywhere.
    """
    rules, now = context.rules_by_record.current, context.store_now()
    read = _Read(
        since=now - SHIFT,
        facility=facility,
        fingerprint=rules.profile.fingerprint,
        entitlements=Entitlements(
            Period(EVER, now),
            now,
            departures_expected=rules.departures_expected,
            late_after=rules.late_after,
        ),
    )
    for shard in context.shards:
        for loaded in records.every(shard.client, shard.keys):
            read.read(loaded.records.values())
            read.unreadable += loaded.unreadable
    released = {one.booking for one in read.released}
    late = [
        one for one in read.entitlements.people() if one.booking in released and one.late_cause is not None
    ]
    return Shift(
        as_of=now,
        booked=tuple(sorted(read.booked)),
        released=_by_time(read.released),
        closed=_by_time(read.closed),
        late=tuple(sorted(late, key=lambda one: -one.late_by)),
        custody=in_order(context, read.people, read.unreadable, now, SHIFT, facility),
        waiting=_waiting(context, read),
    )


def _waiting(context: Context, read: _Read) -> Waiting:
    alarms = Counter(item.alarm.code for item in waiting_alarms(context))
    del alarms[EVENT_REFUSED]  # those wait among the rejected events
    shards = [(shard.client, shard.keys) for shard in context.shards]
    return Waiting(
        caveats=tuple(caveats(context)),
        rejected=len(waiting_for_a_person(context)),
        losses=sum(len(losses.unaccepted(*shard)) for shard in shards),
        undelivered=sum(len({id_ for _, id_ in sinks.dead_letters(*shard)}) for shard in shards),
        unreadable=tuple(sorted(error.booking for error in read.unreadable)),
        other_rules=tuple(sorted(read.other_rules)),
        alarms=alarms,
    )


def _by_time(ended: Sequence[Ended]) -> tuple[Ended, ...]:
    return tuple(sorted(ended, key=lambda one: (one.at, one.booking)))


def _ended(one: Ended, name: str) -> dict[str, Any]:
    return {"booking": one.booking, "facility": one.facility, name: utc_ms(one.at), "basis": one.basis}


def _late(person: Entitled) -> dict[str, Any]:
    return {
        "booking": person.booking,
        "facility": person.facility,
        "entitled_at": utc_ms(person.entitled_at),
        "released_at": utc_ms(person.released_at),
        "cause": person.late_cause,
    }


def _person(person: Person) -> dict[str, Any]:
    return {
        "booking": person.booking,
        "facility": person.facility,
        "deadline": utc_ms(person.deadline),
        "released_at": utc_ms(person.released_at),
        "ice_contacted": person.ice_contacted,
    }
