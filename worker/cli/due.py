"""`custody due`: who must be released next."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import click

from worker.cli.output import console, json_option, print_json, print_table, say
from worker.desk.custody_list import CustodyList, Person, caveats, who_is_due
from worker.desk.plain_words import in_words, local, local_beside
from worker.desk.story import utc_ms
from worker.desk.words import limit
from worker.host import wiring

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_MOST_NAMED: Final = 10
_RELEASED: Final = "released "
_WIDE: Final = 100
"""Columns from which a table is easier to read than lines."""


def read_span(_ctx: click.Context, _param: click.Parameter, value: str | None) -> timedelta | None:
    """Parse a length of time such as 4h, 90m or 2d."""
    if value is None:
        return None
    match = re.fullmatch(r"(\d{1,6})([dhms])", value)
    if match is None:
        raise click.BadParameter("give a number and a unit, as in 4h, 90m or 2d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@click.command()
@click.option("--within", callback=read_span, help="Only those due within this time, as in 4h, 90m or 2d.")
@click.option("--facility", help="Only people there; capitals make no difference.")
@json_option
def due(within: timedelta | None, facility: str | None, as_json: bool) -> None:
    """Who must be released next, soonest first; before them whoever is overdue.

    Overdue is who is held past the deadline, and who was released half an hour ago or more and has not been
    reported as departed. They are listed whatever --within says.
    """
    context = wiring.context()
    listed = who_is_due(context, within, facility)
    for error in listed.unreadable:
        say(f"custody: {error}", err=True)
    doubts = caveats(context)
    if as_json:
        for doubt in doubts:
            say(f"custody: {doubt}", err=True)
        print_json(_document(listed))
        return
    for doubt in doubts:
        say(f"ATTENTION: {doubt}")
    _print(listed, facility, context.rules_by_record.current.profile.calendar.zone)


def _document(listed: CustodyList) -> list[dict[str, object]]:
    overdue = (*listed.overdue, *listed.not_departed, *listed.never_departed)
    return [_row(person, listed.as_of, overdue=True) for person in overdue] + [
        _row(person, listed.as_of, overdue=False) for person in listed.held
    ]


def _row(person: Person, now: datetime, *, overdue: bool) -> dict[str, object]:
    gone_by = person.released_at or person.deadline
    return {
        "booking": person.booking,
        "facility": person.facility,
        "deadline": utc_ms(person.deadline),
        "remaining_seconds": int((gone_by - now).total_seconds()),
        "ice_contacted": person.ice_contacted,
        "state": "released" if person.released_at else "held",
        "released_at": utc_ms(person.released_at),
        "overdue": overdue,
    }


def _print(listed: CustodyList, facility: str | None, zone: ZoneInfo) -> None:
    say(f"{local(listed.as_of, zone)}: {_totals(listed)}")
    rows = list(_rows(listed, zone))
    if rows and console().width >= _WIDE:
        print_table(("booking", "facility", "release by", "time left", "limit", "ICE asked"), rows)
    else:
        for booking, place, release_by, time_left, governing, asked in rows:
            say(f"{booking}  {place}")
            say(f"  {'' if release_by.startswith(_RELEASED) else 'release by '}{release_by}, {time_left}")
            say(f"  {governing}; ICE asked: {asked}")
    if not rows and listed.held_in_all:
        say("None of them is overdue or due, as asked.")
    if facility is not None and not listed.is_anybody_there:
        say(f"Nobody is at {facility}. People are at: {'; '.join(listed.facilities) or 'no place'}.")
    if listed.leaving:
        ago = [f"{one.booking} ({in_words(listed.as_of - _released_at(one))} ago)" for one in listed.leaving]
        say(f"Released and not reported gone yet: {_named(ago)}.")
    if listed.never_departed:
        numbers = [person.booking for person in listed.never_departed]
        say(f"Released over a day ago and never reported gone: {_named(numbers)}.")


def _totals(listed: CustodyList) -> str:
    totals = [f"{listed.held_in_all} held in all" if listed.held_in_all else "nobody is held"]
    if overdue := len(listed.overdue) + len(listed.not_departed):
        totals.append(f"{overdue} OVERDUE")
    if listed.unreadable:
        totals.append(f"{len(listed.unreadable)} CANNOT BE READ, somebody may be held")
    return ", ".join(totals)


def _rows(listed: CustodyList, zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    now = listed.as_of

    def row(person: Person, release_by: str, time_left: str) -> tuple[str, ...]:
        place = person.facility or "place not known"
        asked = "yes" if person.ice_contacted else "no"
        return person.booking, place, release_by, time_left, limit(person.limit), asked

    for person in listed.overdue:
        left = f"OVERDUE by {in_words(now - person.deadline)}, still held"
        yield row(person, local_beside(person.deadline, now, zone), left)
    for person in listed.not_departed:
        since = _released_at(person)
        left = f"OVERDUE by {in_words(now - since)}, still in the building"
        yield row(person, f"{_RELEASED}{local_beside(since, now, zone)}", left)
    for person in listed.held:
        yield row(person, local_beside(person.deadline, now, zone), f"in {in_words(person.deadline - now)}")


def _released_at(person: Person) -> datetime:
    assert person.released_at is not None
    return person.released_at


def _named(bookings: list[str]) -> str:
    more = len(bookings) - _MOST_NAMED
    return ", ".join(bookings[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
