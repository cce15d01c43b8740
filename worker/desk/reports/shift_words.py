"""The report for a shift in words: its headings, tables and sentences, for the command line and the board."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from worker.desk.custody_list import CustodyList, Person
from worker.desk.plain_words import counted, in_words
from worker.desk.reports.shift import Ended, Shift, Waiting
from worker.desk.words import LATE_CAUSES, alarm, basis_of_end

Row: TypeAlias = tuple[str, ...]

LAST: Final = "The last 12 hours"
NEXT: Final = "The next 12 hours"
STILL_HERE: Final = "Released and still in the building"
WAITING: Final = "Waiting for a person"
NOTHING_WAITS: Final = "nothing"

LATE_COLUMNS: Final = ("booking", "facility", "entitled", "late by", "cause")
NEXT_COLUMNS: Final = ("booking", "facility", "ICE", "release by", "left")
HERE_COLUMNS: Final = ("booking", "facility", "ICE", "released", "ago")

_NEAR: Final = timedelta(days=3)
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Task:
    """What waits for a person, and the command that shows it; None where `custody` has none."""

    text: str
    command: str | None = None


def what_happened(report: Shift) -> Iterator[tuple[str, str]]:
    """What there was in the last 12 hours, and how much of it."""
    yield "booked", f"{len(report.booked):,}"
    yield "released", _by_basis(report.released)
    yield "closed", _by_basis(report.closed)
    yield "released late", f"{len(report.late):,}" if report.late else "nobody"


def late_rows(report: Shift, zone: ZoneInfo) -> Iterator[Row]:
    """Rows of `LATE_COLUMNS`: who was released late."""
    for one in report.late:
        entitled = _when(one.entitled_at, report.as_of, zone)
        cause = LATE_CAUSES[one.late_cause] if one.late_cause else ""
        yield one.booking, _place(one.facility), entitled, in_words(one.late_by), cause


def to_be_released(custody: CustodyList) -> str:
    """How many go in the next 12 hours."""
    return f"{len(custody.held):,} to be released, of {custody.held_in_all:,} held in all"


def next_rows(report: Shift, zone: ZoneInfo) -> Iterator[Row]:
    """Rows of `NEXT_COLUMNS`: who is held, first whoever is overdue."""
    now = report.as_of
    for one in report.custody.overdue:
        yield *_who(one, one.deadline, now, zone), f"OVERDUE by {in_words(now - one.deadline)}"
    for one in report.custody.held:
        yield *_who(one, one.deadline, now, zone), f"in {in_words(one.deadline - now)}"


def still_here(custody: CustodyList) -> str:
    """How many were released and have not left."""
    count = len(custody.not_departed) + len(custody.leaving) + len(custody.never_departed)
    overdue = f", {len(custody.not_departed):,} for half an hour or more" if custody.not_departed else ""
    return f"{count:,}{overdue}" if count else "nobody"


def here_rows(report: Shift, zone: ZoneInfo) -> Iterator[Row]:
    """Rows of `HERE_COLUMNS`: who was released within a day and has not left."""
    now = report.as_of
    for one in (*report.custody.not_departed, *report.custody.leaving):
        if one.released_at is not None:
            yield *_who(one, one.released_at, now, zone), in_words(now - one.released_at)


def never_gone(custody: CustodyList) -> str | None:
    """Who was released long ago and may be here; None if nobody."""
    if not custody.never_departed:
        return None
    numbers = named([one.booking for one in custody.never_departed])
    return f"Released over a day ago and never reported gone: {numbers}."


def nobody_there(custody: CustodyList, facility: str | None) -> str | None:
    """That nobody is at the facility that was asked for; None if somebody is, or if it is about all."""
    if facility is None or custody.is_anybody_there:
        return None
    return f"Nobody is at {facility}. People are at: {'; '.join(custody.facilities) or 'no place'}."


def tasks(waiting: Waiting) -> Iterator[Task]:
    """What waits for a person; nothing in good order."""
    if waiting.unreadable:
        count = counted(len(waiting.unreadable), "record")
        yield Task(f"{count} CANNOT BE READ, somebody may be held: {named(waiting.unreadable)}")
    if waiting.rejected:
        yield Task(counted(waiting.rejected, "rejected event"), "custody rejects list")
    if waiting.losses:
        yield Task(f"{counted(waiting.losses, 'loss', 'losses')} of the store", "custody losses list")
    if waiting.undelivered:
        yield Task(f"{counted(waiting.undelivered, 'notice')} given up", "custody notices list --undelivered")
    if waiting.other_rules:
        names = named(waiting.other_rules)
        yield Task(f"{len(waiting.other_rules):,} held under other rules than those now set: {names}")
    if waiting.alarms:
        listed = [f"{alarm(code)} {count:,}" for code, count in waiting.alarms.most_common()]
        yield Task(f"alarms that wait: {', '.join(listed)}", "custody alarms list")


def named(bookings: Sequence[str]) -> str:
    """The first of these booking numbers, and how many more there are."""
    more = len(bookings) - _MOST_NAMED
    return ", ".join(bookings[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _who(person: Person, at: datetime, now: datetime, zone: ZoneInfo) -> tuple[str, str, str, str]:
    asked = "asked" if person.ice_contacted else ""
    return person.booking, _place(person.facility), asked, _when(at, now, zone)


def _place(facility: str | None) -> str:
    return facility or "not known"


def _when(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Short, so that a row stays on one line: a weekday is enough within half a week."""
    is_near = abs(at - now) <= _NEAR
    return at.astimezone(zone).strftime("%a %H:%M" if is_near else "%d %b %Y %H:%M")


def _by_basis(ended: Iterable[Ended]) -> str:
    counts = Counter(one.basis for one in ended)
    listed = ", ".join(f"{basis_of_end(basis)} {count:,}" for basis, count in counts.most_common())
    return f"{counts.total():,} ({listed})" if counts else "nobody"
