"""The timers that every contender must keep, and how their due instants are distributed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_SEED: Final = 20161115


@dataclass(frozen=True, slots=True)
class Timer:
    """One timer: its number, and the Unix time in milliseconds at which it is due."""

    number: int
    due_ms: int


class Shape(StrEnum):
    """How the due instants of a case are distributed."""

    SCATTERED = "scattered"
    ONE_INSTANT = "one_instant"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Workload:
    """A number of timers, and how their due instants are distributed.

    Attributes:
        over_ms: the period over which they fall due; 0 for one instant.
    """

    count: int
    shape: Shape
    over_ms: int = 0

    def timers(self, first_due_ms: int, *, first_number: int = 0, count: int | None = None) -> list[Timer]:
        """The timers, soonest first. A smaller `count` shortens the period in proportion."""
        wanted = self.count if count is None else min(count, self.count)
        return [
            Timer(first_number + index, first_due_ms + offset)
            for index, offset in enumerate(self._offsets_ms(wanted))
        ]

    def _offsets_ms(self, count: int) -> Sequence[int]:
        over_ms = self.over_ms * count // self.count
        match self.shape:
            case Shape.ONE_INSTANT:
                return [0] * count
            case Shape.STEADY:
                return [index * over_ms // count for index in range(count)]
            case Shape.SCATTERED:
                chance = random.Random(_SEED)  # noqa: S311 - the same instants in every run
                return sorted(chance.randrange(over_ms) for _ in range(count))
