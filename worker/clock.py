"""The present time: the store's, a simulated one, or this machine's. It is passed in, so tests can move it.

Decisions follow the store's time. This machine's wall clock, which is read nowhere else, decides nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Gives the present time, and how long to wait for an instant."""

    def now(self) -> datetime:
        """The present instant, in UTC."""

    def seconds_until(self, instant: datetime) -> float:
        """Real seconds to wait for an instant; negative once it has passed."""


class SystemClock:
    """This machine's wall clock, right or wrong: for log lines, and to be compared with the store's."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


def monotonic_us() -> int:
    """Microseconds since some fixed instant; setting the wall clock does not change them."""
    return time.monotonic_ns() // 1000


class StoreClock:
    """The store's clock, read without asking: this machine's monotonic clock and an offset, kept by answers.

    The store read its clock between the question and the answer, so each answer bounds the offset, and the
    offset moves only as far as the newest bounds compel. A slow answer, whose bounds are wide, spoils nothing
    that a quick one has settled; a step of the store's clock is followed at the next answer. The offset
    starts at its late bound: asking for a release too early costs more than the way of one answer.
    """

    def __init__(self, ask: Callable[[], tuple[int, int]]) -> None:
        """Ask once.

        Args:
            ask: asks the store for its TIME: Unix seconds, and microseconds of the second.

        Raises:
            redis.exceptions.RedisError: the store did not answer.
        """
        self._ask = ask
        self._offset_us = self._asked_us() - monotonic_us()

    def now(self) -> datetime:
        """The present instant by the store's clock, in UTC."""
        return _EPOCH + timedelta(microseconds=monotonic_us() + self._offset_us)

    def seconds_until(self, instant: datetime) -> float:
        """Real seconds to wait for an instant; negative once it has passed."""
        return (instant - self.now()).total_seconds()

    def ask(self) -> datetime:
        """Ask the store for its time, in UTC.

        Raises:
            redis.exceptions.RedisError: the store did not answer.
        """
        asked_at_us = monotonic_us()
        store_us = self._asked_us()
        self.learn(store_us, 1, asked_at_us)
        return _EPOCH + timedelta(microseconds=store_us)

    def learn(self, store_us: int, precision_us: int, asked_at_us: int) -> None:
        """Learn from an answer that has just arrived.

        Args:
            store_us: the store's time in it, in Unix microseconds, rounded down to the precision.
            asked_at_us: `monotonic_us` when the question was sent, or earlier.
        """
        late, early = store_us - monotonic_us(), store_us + precision_us - asked_at_us
        self._offset_us = min(max(self._offset_us, late), early)

    def _asked_us(self) -> int:
        seconds, microseconds = self._ask()
        return seconds * 1_000_000 + microseconds


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
