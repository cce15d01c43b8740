"""What the board's page shows: the desk's answers, with local times and links, and what has no room counted.

Nothing in it depends on the moment: what counts down is the script's, and without the script the
page shows instants, which stay true.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self, TypeAlias
from zoneinfo import ZoneInfo

from worker.desk import words
from worker.desk.board.answers import Board, Health, Line
from worker.desk.custody_list import Person
from worker.desk.plain_words import quoted
from worker.store.unix_ms import to_ms
from worker.web.board.screen import Screen
from worker.web.pages import booking_path

MOST_PEOPLE: Final = 60
MOST_LINES: Final = 30
"""More than the tallest screen shows; the script hides what does not fit, and counts it."""

MOST_OF_ALL: Final = 2_000
"""On the page with everybody: a list that long is no longer read by eye."""

_LONG: Final = 16
_DAYS_WITH_A_NAME: Final = 6


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as local time.

    Attributes:
        day: the weekday, or the date where the weekday would be ambiguous; the script writes "today" over it.
        zone: the zone's abbreviation where it is not the page's, as in a night when clocks change.
    """

    iso: str
    ms: int
    date: str
    day: str
    time: str
    zone: str

    @classmethod
    def of(cls, instant: datetime, beside: datetime, zone: ZoneInfo) -> Self:
        """The instant, on a page whose time is `beside`."""
        local, other = instant.astimezone(zone), beside.astimezone(zone)
        is_near = abs((local.date() - other.date()).days) <= _DAYS_WITH_A_NAME
        return cls(
            iso=local.isoformat(timespec="milliseconds"),
            ms=to_ms(instant),
            date=local.date().isoformat(),
            day=f"{local:%a}" if is_near else f"{local.day} {local:%b}",
            time=f"{local:%H:%M}",
            zone="" if local.tzname() == other.tzname() else local.tzname() or "",
        )


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person on the list.

    Attributes:
        at: when the person must be, must have been or was released.
        started_ms: when the time that the bar shows began; None if that is not known.
        ice: what ICE was sent; None if it did not ask.
        state: of one who is overdue, what happened at that instant.
        is_long: whether the number may be broken into lines; one that is not is kept in one piece.
    """

    booking: str
    href: str
    is_long: bool
    place: str
    at: Moment
    started_ms: int | None
    limit: str
    ice: str | None
    state: str = ""


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a list; its text is in `line`."""

    line: Line
    at: Moment
    href: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A station to choose; None as its name for all of them."""

    name: str | None
    href: str
    is_chosen: bool


People: TypeAlias = tuple[PersonRow, ...]
Lines: TypeAlias = tuple[LineRow, ...]


@dataclass(frozen=True, slots=True)
class BoardView:
    """The page's parts. Of each list the first rows; its length in all is `…_in_all`.

    What is urgent stands first in what waits: a screen may have no room for the rest.
    """

    facility: str | None
    places: tuple[Place, ...]
    whole_href: str
    overdue: People
    overdue_in_all: int
    still_held: int
    unreadable: int
    held: People
    held_in_all: int
    held_here: int
    due_within_12h: int
    waiting: Lines
    waiting_in_all: int
    ice: Lines
    ice_in_all: int
    ended: Lines
    ended_in_all: int
    leaving: int
    never_departed: int
    health: Health
    doubts: tuple[str, ...]


def board_view(board: Board, screen: Screen, zone: ZoneInfo) -> BoardView:
    """The page of a board, in the local time of the site."""
    people, now = board.people, board.as_of
    not_gone = len(people.not_departed)
    overdue = [*people.overdue, *people.not_departed]
    most = MOST_OF_ALL if screen.is_whole else MOST_PEOPLE
    lines = MOST_OF_ALL if screen.is_whole else MOST_LINES
    return BoardView(
        facility=board.facility,
        places=tuple(_places(board, screen)),
        whole_href=Screen(screen.facility, None, is_whole=True).href(),
        overdue=tuple(_person(board, one, zone) for one in overdue[:most]),
        overdue_in_all=len(overdue),
        still_held=len(overdue) - not_gone,
        unreadable=len(people.unreadable),
        held=tuple(_person(board, one, zone) for one in people.held[:most]),
        held_in_all=people.held_in_all,
        held_here=len(people.held) + len(people.overdue),
        due_within_12h=board.due_within_12h,
        waiting=_lines(sorted(board.waiting, key=lambda line: not line.is_urgent)[:lines], now, zone),
        waiting_in_all=len(board.waiting),
        ice=_lines(board.ice[:lines], now, zone),
        ice_in_all=len(board.ice),
        ended=_lines(board.ended[:lines], now, zone),
        ended_in_all=len(board.ended),
        leaving=len(people.leaving),
        never_departed=len(people.never_departed),
        health=board.health,
        doubts=tuple(map(quoted, board.health.caveats)),
    )


def _places(board: Board, screen: Screen) -> Iterable[Place]:
    if board.facility is not None and board.facility not in board.people.facilities:
        yield Place(board.facility, screen.href(), is_chosen=True)
    for name in (None, *board.people.facilities):
        there = Screen(name, screen.wall, is_whole=screen.is_whole)
        yield Place(name, there.href(), is_chosen=name == board.facility)


def _person(board: Board, person: Person, zone: ZoneInfo) -> PersonRow:
    is_held = person.released_at is None
    by_deadline = is_held or person.basis == "deadline"
    return PersonRow(
        booking=person.booking,
        href=booking_path(person.booking),
        is_long=len(person.booking) > _LONG,
        place=person.facility or "place not known",
        at=Moment.of(person.released_at or person.deadline, board.as_of, zone),
        started_ms=None if person.clock_started_at is None else to_ms(person.clock_started_at),
        limit=words.limit(person.limit) if by_deadline else words.basis_of_end(person.basis),
        ice=board.ice_answers.get(person.booking),
        state="held past" if is_held else "released",
    )


def _lines(lines: Iterable[Line], now: datetime, zone: ZoneInfo) -> Lines:
    return tuple(
        LineRow(line, Moment.of(line.at, now, zone), booking_path(line.booking) if line.booking else None)
        for line in lines
    )
