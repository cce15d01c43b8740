"""Prints the report for a shift: one page of 80 columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from textwrap import wrap
from typing import Final
from zoneinfo import ZoneInfo

from worker.cli.output import print_table, say
from worker.desk.custody_list import Person
from worker.desk.plain_words import counted, in_words, local
from worker.desk.reports.shift import Ended, Shift, Waiting
from worker.desk.words import ALARMS, LATE_CAUSES, basis_of_end

WIDTH: Final = 80

_MOST_LATE: Final = 4
_MOST_NEXT: Final = 10
_MOST_HERE: Final = 6
_NEAR: Final = timedelta(days=3)
_MOST_NAMED: Final = 5


def print_page(report: Shift, zone: ZoneInfo, facility: str | None) -> None:
    """Print the page; `facility` is what was asked for."""
    _say(f"SHIFT REPORT{f', {facility}' if facility else ''}: {local(report.as_of, zone)}")
    custody = report.custody
    for doubt in report.waiting.caveats:
        _say(f"ATTENTION: {doubt}")
    if facility is not None and not custody.is_anybody_there:
        _say(f"Nobody is at {facility}. People are at: {'; '.join(custody.facilities) or 'no place'}.")
    _say("")
    _say("THE LAST 12 HOURS")
    _say(f"booked: {len(report.booked)}")
    _say(f"released: {_by_basis(report.released)}")
    _say(f"closed: {_by_basis(report.closed)}")
    _print_late(report, zone)
    _say("")
    _say(f"THE NEXT 12 HOURS: {len(custody.held)} to be released, of {custody.held_in_all} held in all")
    _print_next(report, zone)
    _say("")
    _say(f"RELEASED AND STILL IN THE BUILDING: {_still_here(report)}")
    _print_here(report, zone)
    _say("")
    _say("WAITING FOR A PERSON")
    for line in _waiting(report.waiting) or ["nothing"]:
        _say(line)


def _print_late(report: Shift, zone: ZoneInfo) -> None:
    _say(f"released late: {len(report.late) or 'nobody'}")
    rows = [
        (
            one.booking,
            _place(one.facility),
            _when(one.entitled_at, report.as_of, zone),
            in_words(one.late_by),
            LATE_CAUSES[one.late_cause] if one.late_cause else "",
        )
        for one in report.late[:_MOST_LATE]
    ]
    columns = ("booking", "facility", "entitled", "late by", "cause")
    _print_rows(columns, rows, len(report.late), "report over-detention")


def _print_next(report: Shift, zone: ZoneInfo) -> None:
    now, overdue, held = report.as_of, report.custody.overdue, report.custody.held
    rows = [
        (*_who(one, one.deadline, now, zone), f"OVERDUE by {in_words(now - one.deadline)}") for one in overdue
    ]
    rows += [(*_who(one, one.deadline, now, zone), f"in {in_words(one.deadline - now)}") for one in held]
    _print_rows(("booking", "facility", "ICE", "release by", "left"), rows[:_MOST_NEXT], len(rows), "due")


def _print_here(report: Shift, zone: ZoneInfo) -> None:
    custody, now = report.custody, report.as_of
    rows = [
        (*_who(one, one.released_at, now, zone), in_words(now - one.released_at))
        for one in (*custody.not_departed, *custody.leaving)
        if one.released_at is not None
    ]
    _print_rows(("booking", "facility", "ICE", "released", "ago"), rows[:_MOST_HERE], len(rows), "due")
    if custody.never_departed:
        numbers = _named([one.booking for one in custody.never_departed])
        _say(f"Released over a day ago and never reported gone: {numbers}.")


def _who(person: Person, at: datetime, now: datetime, zone: ZoneInfo) -> tuple[str, str, str, str]:
    asked = "asked" if person.ice_contacted else ""
    return person.booking, _place(person.facility), asked, _when(at, now, zone)


def _place(facility: str | None) -> str:
    return facility or "not known"


def _when(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Short, so that a row stays on one line: a weekday is enough within half a week."""
    is_near = abs(at - now) <= _NEAR
    return at.astimezone(zone).strftime("%a %H:%M" if is_near else "%d %b %Y %H:%M")


def _print_rows(columns: Sequence[str], rows: Sequence[Sequence[str]], of: int, command: str) -> None:
    if not rows:
        return
    print_table(columns, rows, width=WIDTH)
    if more := of - len(rows):
        _say(f"and {more} more: see `custody {command}`")


def _still_here(report: Shift) -> str:
    custody = report.custody
    count = len(custody.not_departed) + len(custody.leaving) + len(custody.never_departed)
    overdue = f", {len(custody.not_departed)} for half an hour or more" if custody.not_departed else ""
    return f"{count or 'nobody'}{overdue}"


def _by_basis(ended: Iterable[Ended]) -> str:
    counts = Counter(one.basis for one in ended)
    listed = ", ".join(f"{basis_of_end(basis)} {count}" for basis, count in counts.most_common())
    return f"{counts.total()} ({listed})" if counts else "nobody"


def _waiting(waiting: Waiting) -> list[str]:
    return [*_counted(waiting), *_alarms(waiting)]


def _counted(waiting: Waiting) -> Iterator[str]:
    if waiting.unreadable:
        names = _named(waiting.unreadable)
        count = counted(len(waiting.unreadable), "record")
        yield f"{count} CANNOT BE READ, somebody may be held: {names}"
    if waiting.rejected:
        yield f"{counted(waiting.rejected, 'rejected event')}: `custody rejects list`"
    if waiting.losses:
        yield f"{counted(waiting.losses, 'loss', 'losses')} of the store: `custody losses list`"
    if waiting.undelivered:
        yield f"{counted(waiting.undelivered, 'notice')} given up: `custody notices list --undelivered`"
    if waiting.other_rules:
        names = _named(waiting.other_rules)
        yield f"{len(waiting.other_rules)} held under other rules than those now set: {names}"


def _alarms(waiting: Waiting) -> Iterator[str]:
    words = {str(code): word for code, word in ALARMS.items()}
    listed = [f"{words.get(code, code)} {count}" for code, count in waiting.alarms.most_common()]
    if listed:
        yield f"alarms that wait: {', '.join(listed)}: `custody alarms list`"


def _named(bookings: Sequence[str]) -> str:
    more = len(bookings) - _MOST_NAMED
    return ", ".join(bookings[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _say(text: str) -> None:
    for line in wrap(text, WIDTH, subsequent_indent="  ") or [""]:
        say(line)
