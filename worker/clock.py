"""The only wall clock. It is passed in, so that a test or the demo can move time."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time, and how long a real wait until an instant takes."""

    def now(self) -> datetime:
        """The present instant, in UTC."""

    def seconds_until(self, instant: datetime) -> float:
        """Real seconds from now until the instant; negative once it has passed."""


class SystemClock:
    """The operating system's clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)

    def seconds_until(self, instant: datetime) -> float:
        """Real seconds from now until the instant."""
        return instant.timestamp() - time.time()


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """A made-up time that runs faster than the real one, from a common start.

    Attributes:
        starts_at: the made-up instant at which it starts.
        real_start: the real instant at which it started.
        speed: made-up seconds a real second.
    """

    starts_at: datetime
    real_start: datetime
    speed: float

    def now(self) -> datetime:
        """The present made-up instant, in UTC."""
        return self.starts_at + (datetime.now(UTC) - self.real_start) * self.speed

    def seconds_until(self, instant: datetime) -> float:
        """Real seconds from now until the made-up instant."""
        return (instant - self.now()).total_seconds() / self.speed
