"""What the roster and the clock say differently about who is held. Pure: rows and records in."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from worker.custody.record import Record, State
from worker.desk.roster.read import RosterRow
from worker.desk.story import utc_ms

Kind = Literal["without_clock", "not_on_roster", "other_arrest_time", "booked_twice", "unreadable"]

TOLERANCE: Final = timedelta(minutes=1)
"""A roster that leaves out the seconds says nothing else."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One difference.

    Attributes:
        booking: as the clock would write it.
        line: of the roster; None if it is not on it.
        state: of the clock's record; None if there is none.
        roster_at, clock_at: the time of arrest by each, in UTC.
        also: the other numbers of somebody who is booked twice.
    """

    kind: Kind
    booking: str
    line: int | None = None
    state: State | None = None
    roster_at: datetime | None = None
    clock_at: datetime | None = None
    facility: str | None = None
    also: tuple[str, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """For a program; instants are RFC 3339 in UTC with milliseconds."""
        return {
            "kind": self.kind,
            "booking": self.booking,
            "line": self.line,
            "state": self.state,
            "roster_arrested_at": utc_ms(self.roster_at),
            "clock_arrested_at": utc_ms(self.clock_at),
            "facility": self.facility,
            "also": list(self.also),
        }


def compare(
    written: Sequence[RosterRow], records: Mapping[str, Record], unreadable: Iterable[str]
) -> list[Mismatch]:
    """Every difference, whoever is held without a clock first. A number that was renumbered is its new one.

    Args:
        records: by booking number, all that the clock has.
        unreadable: the booking numbers of records that cannot be read.
    """
    rows = [replace(row, booking=_number_now(row.booking, records)) for row in written]
    damaged = set(unreadable)
    on_roster = {row.booking for row in rows}
    first: dict[str, RosterRow] = {}
    for row in rows:
        first.setdefault(row.booking, row)
    found = [
        Mismatch("unreadable", row.booking, row.line)
        if row.booking in damaged
        else _without_clock(row, records)
        for row in first.values()
        if row.booking in damaged or not _has_clock(records.get(row.booking))
    ]
    found += [
        Mismatch(
            "not_on_roster", booking, state="held", facility=record.facts.facility if record.facts else None
        )
        for booking, record in sorted(records.items())
        if record.state == "held" and booking not in on_roster
    ]
    found += [
        mismatch
        for row in first.values()
        if (mismatch := _other_time(row, records.get(row.booking))) is not None
    ]
    return found + _booked_twice(rows)


def _number_now(booking: str, records: Mapping[str, Record]) -> str:
    """The number under which the clock goes on."""
    seen = {booking}
    while (record := records.get(booking)) is not None and record.renumbered_to not in {None, *seen}:
        booking = str(record.renumbered_to)
        seen.add(booking)
    return booking


def _has_clock(record: Record | None) -> bool:
    return record is not None and record.state == "held"


def _without_clock(row: RosterRow, records: Mapping[str, Record]) -> Mismatch:
    record = records.get(row.booking)
    return Mismatch(
        "without_clock",
        row.booking,
        row.line,
        record.state if record else None,
        roster_at=row.arrested_at,
        facility=row.facility,
    )


def _other_time(row: RosterRow, record: Record | None) -> Mismatch | None:
    if record is None or record.state != "held" or record.facts is None:
        return None
    clock_at = record.facts.arrested_at
    if row.arrested_at is None and not row.is_time_unread:
        return None
    if row.arrested_at is not None and abs(row.arrested_at - clock_at) < TOLERANCE:
        return None
    return Mismatch("other_arrest_time", row.booking, row.line, record.state, row.arrested_at, clock_at)


def _booked_twice(rows: Sequence[RosterRow]) -> list[Mismatch]:
    times = Counter(row.booking for row in rows)
    found = [
        Mismatch("booked_twice", row.booking, row.line)
        for index, row in enumerate(rows)
        if times[row.booking] > 1 and row.booking in {earlier.booking for earlier in rows[:index]}
    ]
    numbers: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row.person is not None:
            numbers[row.person].setdefault(row.booking, row.line)
    for lines in numbers.values():
        if len(lines) > 1:
            booking, *others = lines
            found.append(Mismatch("booked_twice", booking, lines[booking], also=tuple(others)))
    return found
