"""Cells of the LAPD arrest export: dates, clock times, ages and charges as the published files write them.

The file of 2010 to 2019 pads its times (`0143`), later ones write them as decimals (`143.0`). A date comes
alone or with a midnight that means nothing (`07/06/2023 12:00:00 AM`). Anything else is unreadable: nothing
is guessed.
"""

import re
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

LOS_ANGELES: Final = ZoneInfo("America/Los_Angeles")

_DATE = re.compile(r"(\d{2})/(\d{2})/((?:19|20)\d{2})(?: 12:00:00 AM)?", re.ASCII).fullmatch
_WHOLE_NUMBER = re.compile(r"(\d{1,4})(?:\.0+)?", re.ASCII).fullmatch
_NAMES_A_WARRANT = re.compile(r"(?<!SEARCH )(?<!W/O )(?<!WITHOUT )\bWARRANT\b").search


def read_whole_number(cell: str) -> int:
    """A count written as `46` or `46.0`.

    Raises:
        ValueError: not a whole number of at most four digits.
    """
    match = _WHOLE_NUMBER(cell)
    if match is None:
        raise ValueError("not a whole number")
    return int(match.group(1))


def read_wall_clock(date_cell: str, time_cell: str) -> datetime:
    """The wall-clock time in a date cell and a 24-hour time cell, without a time zone.

    `2400` is an error: it may mean the midnight that starts the day or the one that ends it, a day later.

    Raises:
        ValueError: a date or a time in another form, outside the years 1900 to 2099, or one that does not
            exist.
    """
    match = _DATE(date_cell)
    if match is None:
        raise ValueError("not a date")
    month, day, year = (int(part) for part in match.groups())
    hour, minute = divmod(read_whole_number(time_cell), 100)
    return datetime.combine(date(year, month, day), time(hour, minute))


def instants_of(wall_clock: datetime) -> tuple[datetime, ...]:
    """The instants in UTC that a Los Angeles wall-clock time can mean, earlier first.

    One, except where clocks change: two in the hour that autumn repeats, none in the hour that spring skips.
    """
    earlier, later = (wall_clock.replace(tzinfo=LOS_ANGELES, fold=fold).astimezone(UTC) for fold in (0, 1))
    if earlier > later:
        return ()
    return (earlier,) if earlier == later else (earlier, later)


def statute_of(charge_cell: str) -> str:
    """The charge without blanks, so that `11350 HS` is the same statute as `11350HS`."""
    return "".join(charge_cell.split())


def says_warrant(description: str) -> bool:
    """Whether the charge is a warrant: the word WARRANT, but neither WARRANTLESS nor a search warrant."""
    return _NAMES_A_WARRANT(description.upper()) is not None


def as_local(instant: datetime) -> str:
    """RFC 3339 with the Los Angeles offset, so that a person can compare it with the file."""
    return instant.astimezone(LOS_ANGELES).isoformat(timespec="seconds")
