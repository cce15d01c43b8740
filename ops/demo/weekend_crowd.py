"""The rest of the weekend's bookings: drawn from a seed, and without contacts by ICE."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, TypeVar

from ops.demo.weekend_booking import STATIONS, Offense, WeekendBooking
from ops.demo.weekend_events import STARTS_AT, nov
from ops.demo.weekend_offenses import CITABLE, FELONIES, MISDEMEANORS

T = TypeVar("T")

ARRESTS_BY_HOUR: Final = (7, 7, 6, 3, 2, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 8, 9, 9, 8)
"""Relative frequency of arrests in each hour of the day: most are in the evening."""


@dataclass(frozen=True)
class Draw:
    """Numbers drawn by name from a seed: the same seed and the same name always give the same number."""

    seed: int

    def below(self, limit: int, *name: object) -> int:
        """A whole number from 0 to `limit` - 1."""
        digest = sha256(repr((self.seed, *name)).encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit

    def one_of(self, choices: Sequence[T], *name: object) -> T:
        """One of the choices, all equally likely."""
        return choices[self.below(len(choices), *name)]

    def minutes(self, lowest: int, highest: int, *name: object) -> timedelta:
        """A whole number of minutes, both ends included."""
        return timedelta(minutes=lowest + self.below(highest - lowest + 1, *name))


@dataclass(frozen=True)
class _Cohort:
    """People whose custody ends in the same way.

    Attributes:
        offenses: what they may have been arrested for.
        after_minutes: the shortest and longest time from the arrival of the booking event to the ending;
            unused for a deadline and for a transfer to court, which is on Monday morning.
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

COHORTS: Final = (
    # In custody when the demo begins, with deadlines from the first midnight to Monday afternoon.
    _Cohort("deadline", 39, nov(9, 0, 10), nov(11, 17, 20), SERIOUS),
    _Cohort("bail", 9, LAST_WORKDAY, nov(11, 15), SERIOUS, (60, 22 * 60)),
    _Cohort("own_recognizance", 2, LAST_WORKDAY, nov(11, 15), MISDEMEANORS, (60, 18 * 60)),
    _Cohort("no_charges", 2, LAST_WORKDAY, nov(11, 15), FELONIES, (60, 18 * 60)),
    _Cohort("court_order", 1, LAST_WORKDAY, nov(11, 15), FELONIES, (60, 18 * 60)),
    _Cohort("insufficient_grounds", 1, LAST_WORKDAY, nov(11, 15), FELONIES, (60, 18 * 60)),
    _Cohort("court", 8, AFTERNOON, nov(11, 16, 30), FELONIES),
    # Arrested during the weekend; all of them leave custody before their deadlines.
    _Cohort("citation", 20, STARTS_AT, nov(13, 16), CITABLE, (90, 6 * 60)),
    _Cohort("bail", 12, STARTS_AT, nov(13, 12), (*SERIOUS, *MISDEMEANORS), (3 * 60, 18 * 60)),
    _Cohort("own_recognizance", 5, STARTS_AT, nov(13, 16), MISDEMEANORS, (2 * 60, 9 * 60)),
    _Cohort("no_charges", 3, STARTS_AT, nov(13, 8), FELONIES, (5 * 60, 20 * 60)),
    _Cohort("insufficient_grounds", 2, STARTS_AT, nov(13, 8), FELONIES, (2 * 60, 9 * 60)),
    _Cohort("other", 1, STARTS_AT, nov(13, 8), MISDEMEANORS, (2 * 60, 9 * 60)),
    _Cohort("sheriff", 4, STARTS_AT, nov(13, 12), FELONIES, (4 * 60, 10 * 60)),
    _Cohort("court", 5, STARTS_AT, nov(13, 16), FELONIES),
)


def crowd(first_number: int, draw: Draw) -> list[WeekendBooking]:
    """The ordinary bookings, numbered from `first_number`."""
    bookings: list[WeekendBooking] = []
    for cohort in COHORTS:
        for nth in range(cohort.people):
            booking = _booked(f"WKND-{first_number + len(bookings):03}", cohort, nth, draw)
            if len(bookings) % 5 == 0:
                booking.check_warrants(booking.arrives_at + timedelta(minutes=6))
            _end(booking, cohort, draw)
            bookings.append(booking)
    return bookings


def _booked(number: str, cohort: _Cohort, nth: int, draw: Draw) -> WeekendBooking:
    arrested_at = _arrest(number, cohort, nth, draw)
    booked_at = arrested_at + draw.minutes(35, 300, number, "booked")
    if draw.below(8, number, "slow") == 0:
        booked_at += draw.minutes(120, 420, number, "slow by")
    booking = WeekendBooking(
        booking=number,
        facility=draw.one_of(STATIONS, number, "station"),
        arrested_at=arrested_at,
        booked_at=booked_at,
        offense=draw.one_of(cohort.offenses, number, "offense"),
        arrives_at=max(booked_at, STARTS_AT) + draw.minutes(1, 45 if booked_at < STARTS_AT else 4, number),
    )
    booking.book()
    return booking


def _arrest(number: str, cohort: _Cohort, nth: int, draw: Draw) -> datetime:
    """Spread evenly for people who stay until the deadline, so that deadlines come all weekend."""
    if cohort.ending == "deadline":
        share = (cohort.arrested_until - cohort.arrested_from) / cohort.people
        moment = cohort.arrested_from + nth * share + share * (draw.below(1000, number, "arrest") / 1000)
        return moment.replace(second=0, microsecond=0)
    hours = list(_weighted_hours(cohort.arrested_from, cohort.arrested_until))
    return draw.one_of(hours, number, "hour") + draw.minutes(0, 59, number, "minute")


def _weighted_hours(first: datetime, last: datetime) -> Iterator[datetime]:
    hour = first
    while hour < last:
        for _ in range(ARRESTS_BY_HOUR[hour.hour]):
            yield hour
        hour += timedelta(hours=1)


def _end(booking: WeekendBooking, cohort: _Cohort, draw: Draw) -> None:
    at = booking.arrives_at + draw.minutes(*cohort.after_minutes, booking.booking, "end")
    match cohort.ending:
        case "deadline":
            pass
        case "bail":
            booking.bail(at, draw.one_of(("bond", "cash"), booking.booking, "kind"))
        case "court":
            booking.transfer(nov(14, 6, 30) + draw.minutes(0, 180, booking.booking, "court"), "court")
        case "sheriff":
            booking.transfer(at, "sheriff")
        case basis:
            booking.order(at, basis)
