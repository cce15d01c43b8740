"""The rest of the weekend's bookings: drawn from a seed, with nothing about them that ICE asks for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, TypeVar

from ops.demo.weekend_case import STARTS_AT, STATIONS, Case, Offense, nov
from ops.demo.weekend_offenses import CITABLE, FELONIES, MISDEMEANORS

T = TypeVar("T")

ARRESTS_BY_HOUR: Final = (7, 7, 6, 3, 2, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 8, 9, 9, 8)
"""How many of a hundred and some arrests fall into each hour of the day: most in the evening."""


@dataclass(frozen=True)
class Draw:
    """Numbers drawn by name from a seed: the same seed and the same name always give the same number."""

    seed: int

    def below(self, limit: int, *name: object) -> int:
        """A whole number from 0 to `limit` - 1."""
        digest = sha256(repr((self.seed, *name)).encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit

    def one_of(self, choices: Sequence[T], *name: object) -> T:
        """One of the choices, each as likely as another."""
        return choices[self.below(len(choices), *name)]

    def minutes(self, lowest: int, highest: int, *name: object) -> timedelta:
        """A whole number of minutes, both ends included."""
        return timedelta(minutes=lowest + self.below(highest - lowest + 1, *name))


@dataclass(frozen=True)
class _Fate:
    """How many people it happens to, when and for what they were arrested.

    It happens `after_minutes` (between the two) from the moment the clock knows of the booking; a deadline
    and a transfer to court on Monday morning have their own time.
    """

    ending: str
    people: int
    arrested_from: datetime
    arrested_until: datetime
    offenses: tuple[Offense, ...]
    after_minutes: tuple[int, int] = (0, 0)


SERIOUS: Final = (*FELONIES, *MISDEMEANORS[:3])
LAST_WORKDAY: Final = nov(10, 12)
AFTERNOON: Final = nov(11, 12)

FATES: Final = (
    # In custody when the demo begins; their deadlines fall from the first midnight to Monday afternoon.
    _Fate("deadline", 40, nov(9, 0, 10), nov(11, 17, 20), SERIOUS),
    _Fate("bail", 9, LAST_WORKDAY, nov(11, 15), SERIOUS, (60, 22 * 60)),
    _Fate("own_recognizance", 2, LAST_WORKDAY, nov(11, 15), MISDEMEANORS, (60, 18 * 60)),
    _Fate("no_charges", 2, LAST_WORKDAY, nov(11, 15), FELONIES, (60, 18 * 60)),
    _Fate("court_order", 1, LAST_WORKDAY, nov(11, 15), FELONIES, (60, 18 * 60)),
    _Fate("insufficient_grounds", 1, LAST_WORKDAY, nov(11, 15), FELONIES, (60, 18 * 60)),
    _Fate("court", 8, AFTERNOON, nov(11, 16, 30), FELONIES),
    # Arrested while it runs; all of them are dealt with before their own deadline.
    _Fate("citation", 20, STARTS_AT, nov(13, 16), CITABLE, (90, 6 * 60)),
    _Fate("bail", 14, STARTS_AT, nov(13, 12), (*SERIOUS, *MISDEMEANORS), (3 * 60, 18 * 60)),
    _Fate("own_recognizance", 5, STARTS_AT, nov(13, 16), MISDEMEANORS, (2 * 60, 9 * 60)),
    _Fate("no_charges", 3, STARTS_AT, nov(13, 8), FELONIES, (5 * 60, 20 * 60)),
    _Fate("insufficient_grounds", 2, STARTS_AT, nov(13, 8), FELONIES, (2 * 60, 9 * 60)),
    _Fate("other", 1, STARTS_AT, nov(13, 8), MISDEMEANORS, (2 * 60, 9 * 60)),
    _Fate("sheriff", 4, STARTS_AT, nov(13, 12), FELONIES, (4 * 60, 10 * 60)),
    _Fate("court", 5, STARTS_AT, nov(13, 16), FELONIES),
)


def crowd(first_number: int, draw: Draw) -> list[Case]:
    """The ordinary bookings, numbered from `first_number` on."""
    cases: list[Case] = []
    for fate in FATES:
        for nth in range(fate.people):
            case = _booked(f"WKND-{first_number + len(cases):03}", fate, nth, draw)
            if len(cases) % 5 == 0:
                case.check_warrants(case.arrives_at + timedelta(minutes=6))
            _end(case, fate, draw)
            cases.append(case)
    return cases


def _booked(booking: str, fate: _Fate, nth: int, draw: Draw) -> Case:
    arrested_at = _arrest(booking, fate, nth, draw)
    booked_at = arrested_at + draw.minutes(35, 300, booking, "booked")
    if draw.below(8, booking, "slow") == 0:
        booked_at += draw.minutes(120, 420, booking, "slow by")
    case = Case(
        booking=booking,
        facility=draw.one_of(STATIONS, booking, "station"),
        arrested_at=arrested_at,
        booked_at=booked_at,
        offense=draw.one_of(fate.offenses, booking, "offense"),
        arrives_at=max(booked_at, STARTS_AT) + draw.minutes(1, 45 if booked_at < STARTS_AT else 4, booking),
    )
    case.book()
    return case


def _arrest(booking: str, fate: _Fate, nth: int, draw: Draw) -> datetime:
    """Those who stay until the deadline are spread evenly, so that deadlines fall throughout."""
    if fate.ending == "deadline":
        share = (fate.arrested_until - fate.arrested_from) / fate.people
        moment = fate.arrested_from + nth * share + share * (draw.below(1000, booking, "arrest") / 1000)
        return moment.replace(second=0, microsecond=0)
    hours = list(_weighted_hours(fate.arrested_from, fate.arrested_until))
    return draw.one_of(hours, booking, "hour") + draw.minutes(0, 59, booking, "minute")


def _weighted_hours(first: datetime, last: datetime) -> Iterator[datetime]:
    hour = first
    while hour < last:
        for _ in range(ARRESTS_BY_HOUR[hour.hour]):
            yield hour
        hour += timedelta(hours=1)


def _end(case: Case, fate: _Fate, draw: Draw) -> None:
    at = case.arrives_at + draw.minutes(*fate.after_minutes, case.booking, "end")
    match fate.ending:
        case "deadline":
            pass
        case "bail":
            case.bail(at, draw.one_of(("bond", "cash"), case.booking, "kind"))
        case "court":
            case.transfer(nov(14, 6, 30) + draw.minutes(0, 180, case.booking, "court"), "court")
        case "sheriff":
            case.transfer(at, "sheriff")
        case basis:
            case.order(at, basis)
