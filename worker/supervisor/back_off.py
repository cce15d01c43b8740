"""How long what keeps ending waits until it is started again."""

from typing import Final

FIRST_SECONDS: Final = 1.0
HEALTHY_SECONDS: Final = 60.0
"""Whoever has run for so long is well: the next wait is the first again."""


class BackOff:
    """Each wait is twice the one before, up to the longest."""

    def __init__(self, longest_seconds: float) -> None:
        self._longest = longest_seconds
        self._next = FIRST_SECONDS

    def wait_after(self, lived_seconds: float) -> float:
        """Seconds to wait, now that it has ended after running for so many seconds."""
        if lived_seconds >= HEALTHY_SECONDS:
            self._next = FIRST_SECONDS
        wait, self._next = self._next, min(2 * self._next, self._longest)
        return wait
