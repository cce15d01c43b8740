"""Instants as a person types them: in local time, of today or yesterday, or in full."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from events.instants import parse_instant

EXAMPLES: Final = "14:05, yesterday 22:10, 2026-11-30 14:05, or now"

_LOCAL: Final = re.compile(
    r"(?:(?P<day>today|yesterday|\d{4}-\d\d-\d\d)[ t]+)?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
)

_DAY: Final = re.compile(r"today|yesterday|\d{4}-\d\d-\d\d")


def read_instant(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant that a person means, in UTC.

    A time of day without a date is the most recent one: at 00:10, 23:50 is yesterday's.

    Args:
        now: the present, in UTC.
        zone: the local time zone.

    Raises:
        ValueError: not understood, or no such time, or a time that the clocks pass twice that day.
    """
    text = text.strip()
    if text.lower() == "now":
        return now
    match = _LOCAL.fullmatch(text.lower())
    if match is None:
        try:
            return parse_instant(text)
        except ValueError:
            raise ValueError(f"not understood: give a local time, as in {EXAMPLES}") from None
    today = now.astimezone(zone).date()
    day = _day(match["day"], today)
    try:
        hour = time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0))
    except ValueError:
        raise ValueError("no such time of day") from None
    instant = _in_zone(day, hour, zone)
    if match["day"] is None and instant > now:
        return _in_zone(day - timedelta(days=1), hour, zone)
    return instant


def read_moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant that a person means, in UTC, where a date alone means its local midnight.

    Args:
        now: the present, in UTC.
        zone: the local time zone.

    Raises:
        ValueError: as `read_instant`.
    """
    word = text.strip().lower()
    if not _DAY.fullmatch(word):
        return read_instant(text, now, zone)
    day = _day(word, now.astimezone(zone).date())
    try:
        # Where the clocks skip midnight, the first instant of the day; where they pass it twice, the first.
        return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise ValueError("no such date") from None


def _day(word: str | None, today: date) -> date:
    if word in {None, "today"}:
        return today
    if word == "yesterday":
        return today - timedelta(days=1)
    try:
        return date.fromisoformat(str(word))
    except ValueError:
        raise ValueError("no such date") from None


def _in_zone(day: date, hour: time, zone: ZoneInfo) -> datetime:
    first, second = (
        datetime.combine(day, hour.replace(fold=fold), tzinfo=zone).astimezone(UTC) for fold in (0, 1)
    )
    if first == second:
        return first
    is_twice = first.astimezone(zone).time() == hour
    problem = "the clocks pass it twice that day" if is_twice else "the clocks skip it that day"
    raise ValueError(f"{problem}: give it with its offset, as in {day}T{hour}-08:00")
