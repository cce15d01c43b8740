"""Booking events with given deadlines, as upstream would send them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import orjson

from ops.bench.arrests import ArrestFinder, NoSuchArrestError
from ops.bench.timers import Timer
from worker.law.profiles import load_profile
from worker.store.unix_ms import from_ms

POLICY: Final = "lapd-2016-11"
ANY_DAY: Final = str(Path(__file__).parent / "profiles" / "cap-72h.toml")

_REACH: Final = timedelta(hours=6)


def profile_for(now: datetime) -> str:
    """The 2016 policy if arrests can end throughout the next six hours; otherwise the profile for any day."""
    finder = ArrestFinder(load_profile(POLICY))
    try:
        for step in range(7):
            finder.arrested_at(from_ms(int((now + _REACH * step / 6).timestamp() * 1000)))
    except NoSuchArrestError:
        return ANY_DAY
    return POLICY


def number_of(booking: str) -> int:
    """The timer number of a booking."""
    return int(booking.removeprefix("B"))


def booking_of(number: int) -> str:
    """The booking number of a timer."""
    return f"B{number:07d}"


def booking_events(timers: Iterable[Timer], profile: str) -> list[bytes]:
    """One `custody.booking.created.v1` per timer, whose lawful deadline is the timer's instant."""
    finder = ArrestFinder(load_profile(profile))
    return [_event(timer.number, finder.arrested_at(from_ms(timer.due_ms))) for timer in timers]


def _event(number: int, arrested_at: datetime) -> bytes:
    booking, at = booking_of(number), arrested_at.astimezone(UTC).isoformat()
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": f"{booking}-booked",
            "source": "urn:bench:jms",
            "type": "custody.booking.created.v1",
            "subject": booking,
            "time": at,
            "datacontenttype": "application/json",
            "data": {
                "agency": "LAPD",
                "facility": "Metropolitan Detention Center",
                "arrested_at": at,
                "booked_at": at,
                "arrest_kind": "warrantless",
                "charges": [{"statute": "459PC", "level": "felony", "description": "burglary"}],
            },
        }
    )
