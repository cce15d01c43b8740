"""How long a queue has stood still, by what this process has seen of it."""

import math
import time
from typing import Final

_GAP_SECONDS: Final = 3.0
"""After a longer gap between two looks the worker or its store was away, and the tasks have yet to begin."""


class Standstill:
    """Watches the first entry of a queue: only what is settled is progress, whoever holds a lease."""

    def __init__(self) -> None:
        self._first: str | None = None
        self._since = self._looked_at = -math.inf

    def see(self, first: str | None) -> float:
        """This entry is first now; return for how many seconds it has been, 0 if the queue is empty."""
        now = time.monotonic()
        if first is None or first != self._first or now - self._looked_at > _GAP_SECONDS:
            self._first, self._since = first, now
        self._looked_at = now
        return now - self._since
