"""Instants, lengths of time and numbers as a person reads them, for the command line and the board alike."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def local(instant: datetime | None, zone: ZoneInfo) -> str:
    """An instant for a person: local date and time with the zone's abbreviation; a dash for None."""
    return instant.astimezone(zone).strftime("%a %d %b %Y %H:%M:%S %Z") if instant else "-"


def local_beside(instant: datetime, other: datetime, zone: ZoneInfo) -> str:
    """A local date and time, without the year and the zone that it shares with another shown in full."""
    mine, theirs = instant.astimezone(zone), other.astimezone(zone)
    year = "" if mine.year == theirs.year else " %Y"
    abbreviation = "" if mine.tzname() == theirs.tzname() else " %Z"
    return mine.strftime(f"%a %d %b{year} %H:%M:%S{abbreviation}")


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun, as in `1 notice`, `2 notices`, `1,200 notices`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def in_words(span: timedelta) -> str:
    """A length of time: days, hours and minutes; in the last hour minutes and seconds. Never rounded up."""
    days, rest = divmod(int(span.total_seconds()), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h {minutes:02} min"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"
