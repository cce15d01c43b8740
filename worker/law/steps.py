"""The steps by which a limit is computed, so that a person can check it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


StepKind: TypeAlias = Literal["counted", "left_out", "session"]
"""Hours that count towards the limit, days that do not, or time until a court session or its end."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a computation, from one UTC instant to another.

    Each step starts where the one before it ended, and the last ends at the instant at which the limit
    expires. The Friday cut-back of § 825 goes back in time: it ends before it starts.
    """

    text: str
    starts_at: datetime
    ends_at: datetime
    kind: StepKind

    @property
    def counted(self) -> timedelta:
        """The part of the step that counts towards the hours of the limit: all of it, or none."""
        return self.ends_at - self.starts_at if self.kind == "counted" else timedelta(0)


Trail: TypeAlias = list[Step]
"""The steps of a limit, in order; a rule appends to it."""


def plain_duration(length: timedelta) -> str:
    """A length of time in hours, minutes and seconds without those that are zero: `37 h 30 min`."""
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
