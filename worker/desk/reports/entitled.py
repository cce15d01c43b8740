"""Who was entitled to leave, since when, and how much longer the person was kept. Pure: records in.

The entitlement is the governing deadline, or the instant of the event that ended custody. Left out is a
booking that was voided, and whoever was taken over by another authority, escaped or died before the deadline.
A person who has had several numbers is counted once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from msgspec.structs import replace

from events.outbound import CloseBasis, LateCause, ReleaseBasis
from worker.custody.attention import awaits_departure
from worker.custody.record import Record
from worker.custody.release import whole_minutes
from worker.desk.reports.period import Period

Why: TypeAlias = LateCause | Literal["not_departed"]

_Custody: TypeAlias = tuple[str, datetime | None, str | None]

_TAKEN_OVER: Final = frozenset({"transferred", "arraigned", "handed_over", "escaped", "died"})


@dataclass(frozen=True, slots=True)
class Entitled:
    """One person who was entitled to leave. Instants are UTC.

    Attributes:
        basis: why the person was released, or how the record was closed; None while still held.
        released_at: None for a person who was not released.
        left_at: when the person left, as reported; None if that was not reported.
        kept_until: when the person left, or the present; where departures are not reported, the release.
        minutes: whole minutes from the entitlement until then, never below zero.
        late_cause: why the release was late, or has not come; None if it was in time.
    """

    booking: str
    facility: str | None
    basis: ReleaseBasis | CloseBasis | None
    entitled_at: datetime
    released_at: datetime | None
    left_at: datetime | None
    kept_until: datetime
    minutes: int
    late_cause: LateCause | None

    @property
    def late_by(self) -> timedelta:
        """How long after the entitlement the release was, or the present if there was none."""
        return (self.released_at or self.kept_until) - self.entitled_at

    @property
    def why(self) -> Why | None:
        """What took the longer part of the minutes; None if there are none."""
        if not self.minutes:
            return None
        if self.late_cause is None:
            return "not_departed"
        slow_to_leave = self.released_at is not None and self.kept_until - self.released_at > self.late_by
        return "not_departed" if slow_to_leave else self.late_cause


class Entitlements:
    """Finds who was entitled, in one pass over the records, page by page."""

    def __init__(
        self, period: Period, now: datetime, *, departures_expected: bool, late_after: timedelta
    ) -> None:
        """Begin.

        Args:
            period: when the entitlement was.
            now: the store's time, in UTC.
            departures_expected: whether departures are reported here.
            late_after: a release later than this after the entitlement was late.
        """
        self._period = period
        self._now = now
        self._departures_expected = departures_expected
        self._late_after = late_after
        self._found: list[Entitled] = []
        self._given_up: list[Record] = []
        """Released under a number that has been given up since."""
        self._carried: set[_Custody] = set()
        """Custodies that have come to a new number."""
        self._left_at: dict[str, datetime] = {}

    def read(self, records: Iterable[Record]) -> None:
        """Take in a page of records."""
        for record in records:
            self._carried |= {_custody(number, record) for number in record.former_numbers}
            if record.departed_at is not None:
                self._left_at[record.booking] = record.departed_at
            if record.state == "released" and record.renumbered_to is not None:
                self._given_up.append(record)
            else:
                self._add(record)

    def people(self) -> list[Entitled]:
        """All that were found, in the order of their booking numbers."""
        for record in self._given_up:
            if _custody(record.booking, record) not in self._carried:
                # The new number's custody is another one; the departure is reported there all the same.
                left_at = record.departed_at or self._left_at.get(record.renumbered_to or "")
                self._add(replace(record, renumbered_to=None, departed_at=left_at))
        self._given_up.clear()
        return sorted(self._found, key=lambda person: person.booking)

    def _add(self, record: Record) -> None:
        match record.state:
            case "released":
                left_at = None if awaits_departure(record) else record.departed_at
                self._keep(record, record.entitled_at, record.released_at, left_at)
            case "held" if record.deadline is not None and record.deadline <= self._now:
                is_gone = record.departed_at is not None and record.departed_at >= record.deadline
                self._keep(record, record.deadline, None, record.departed_at if is_gone else None)
            case "closed" if record.basis in _TAKEN_OVER and record.closed_at and record.deadline:
                ended_at = min(record.ended_at or record.closed_at, record.closed_at)
                if ended_at > record.deadline:
                    self._keep(record, record.deadline, None, ended_at)

    def _keep(
        self,
        record: Record,
        entitled_at: datetime | None,
        released_at: datetime | None,
        left_at: datetime | None,
    ) -> None:
        if entitled_at is None or entitled_at not in self._period:
            return
        unreported = self._now if self._departures_expected or released_at is None else released_at
        kept_until = min(left_at or unreported, self._now)
        self._found.append(
            Entitled(
                booking=record.booking,
                facility=record.facts.facility if record.facts else None,
                basis=record.basis,
                entitled_at=entitled_at,
                released_at=released_at,
                left_at=left_at,
                kept_until=kept_until,
                minutes=whole_minutes(entitled_at, kept_until),
                late_cause=self._late_cause(record, entitled_at, released_at or kept_until),
            )
        )

    def _late_cause(self, record: Record, entitled_at: datetime, freed_at: datetime) -> LateCause | None:
        if freed_at - entitled_at <= self._late_after:
            return None
        at_deadline = entitled_at == record.deadline
        return "clock_late" if at_deadline and not record.learned_late else "learned_late"


def _custody(number: str, record: Record) -> _Custody:
    """What is the same of a custody under its old and its new number: its arrival, and how it ended.

    Its release may differ by a moment: one that is committed with the new number was dated beforehand. A
    number that custody was merged into has an arrival by itself.
    """
    return number, record.heard_at, record.basis
