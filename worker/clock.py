"""The only access to the wall clock; it is passed in, so that tests and the demo can simulate time."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Gives the present time, and how long to wait for an instant."""

    def now(self) -> datetime:
        """The present instant, in UTC."""

    def seconds_until(self, instant: datetime) -> float:
        """Real seconds to wait for an instant; negative once it has passed."""


class SystemClock:
    """The operating system's clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)

    def seconds_until(self, instant: datetime) -> float:
        """Real seconds to wait for an instant; negative once it has passed."""
        return instant.timestamp() - time.time()


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """A simulated clock that runs faster than real time.

    Attributes:
        starts_at: the simulated instant at which it starts.
        real_start: the real instant of its start.
        speed: simulated seconds per real second.
    """

    starts_at: datetime
    real_start: datetime
    speed: float

    def now(self) -> datetime:
        """The present simulated instant, in UTC."""
        return self.simulated(datetime.now(UTC))

    def simulated(self, real: datetime) -> datetime:
        """The simulated instant at a real one, in UTC."""
        return self.starts_at + (real - self.real_start) * self.speed

    def real(self, simulated: datetime) -> datetime:
        """The real instant at a simulated one, in UTC."""
        return self.real_start + (simulated - self.starts_at) / self.speed

    def seconds_until(self, instant: datetime) -> float:
        """Real seconds to wait for a simulated instant; negative once it has passed."""
        return (instant - self.now()).total_seconds() / self.speed
