"""Instants, lengths of time and numbers as a person reads them, for the command line and the board alike."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_COMMAND: Final = re.compile("`([^`]+)`")


def local(instant: datetime | None, zone: ZoneInfo) -> str:
    """An instant for a person: local date and time with the zone's abbreviation; a dash for None."""
    return instant.astimezone(zone).strftime("%a %d %b %Y %H:%M:%S %Z") if instant else "-"


def local_beside(instant: datetime, other: datetime, zone: ZoneInfo) -> str:
    """A local date and time, without the year and the zone that it shares with another shown in full."""
    mine, theirs = instant.astimezone(zone), other.astimezone(zone)
    year = "" if mine.year == theirs.year else " %Y"
    abbreviation = "" if mine.tzname() == theirs.tzname() else " %Z"
    return mine.strftime(f"%a %d %b{year} %H:%M:%S{abbreviation}")


def brief(instant: datetime, other: datetime, zone: ZoneInfo) -> str:
    """A local date and time to the minute, without the year and the zone that it shares with another."""
    mine, theirs = instant.astimezone(zone), other.astimezone(zone)
    year = "" if mine.year == theirs.year else " %Y"
    abbreviation = "" if mine.tzname() == theirs.tzname() else " %Z"
    return mine.strftime(f"%a %d %b{year} %H:%M{abbreviation}")


def local_or_brief(instant: datetime, zone: ZoneInfo, other: datetime | None) -> str:
    """An instant in full, or briefly if it is read beside another."""
    return local(instant, zone) if other is None else brief(instant, other, zone)


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun, as in `1 notice`, `2 notices`, `1,200 notices`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def capital(text: str) -> str:
    """The text with a capital at its beginning; the rest as it is, since it may name ICE."""
    return text[:1].upper() + text[1:]


def quoted(sentence: str) -> str:
    """A sentence with the commands in it as a page quotes them, and not in backticks."""
    return _COMMAND.sub(r"“\1”", sentence)


def listed(names: Sequence[str]) -> str:
    """Names as in `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def in_words(span: timedelta) -> str:
    """A length of time: days, hours and minutes; in the last hour minutes and seconds. Never rounded up."""
    days, rest = divmod(int(span.total_seconds()), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h {minutes:02} min"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"
