"""The steps by which a limit was reckoned, so that a person can check it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a reckoning, from one UTC instant to another.

    Each step starts where the one before ended, and the last ends when the limit expires. `counted` is how
    much of the time between is counted towards the limit's hours: all of it, or none.
    """

    text: str
    starts_at: datetime
    ends_at: datetime
    counted: timedelta = timedelta(0)


Trail: TypeAlias = list[Step] | None
"""Where a rule writes its steps; None when only the instant is wanted."""


def plain_duration(length: timedelta) -> str:
    """A length of time in hours, minutes and seconds, leaving out what is zero: `37 h 30 min`."""
    hours, rest = divmod(length, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    parts = []
    if hours or not length:
        parts.append(f"{hours} h")
    if minutes:
        parts.append(f"{minutes} min")
    if rest:
        seconds = f"{rest.seconds}.{rest.microseconds:06d}".rstrip("0").rstrip(".")
        parts.append(f"{seconds} s")
    return " ".join(parts)
