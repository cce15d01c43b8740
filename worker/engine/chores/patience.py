"""How long releases wait for the intake: while it makes progress, and never long."""

import math
import time
from collections.abc import Collection
from typing import Final

MOST_SECONDS: Final = 30.0
WITHOUT_PROGRESS_SECONDS: Final = 5.0
"""Longer than the lease of a reader that died, and the batch of the one that takes over."""

_LONGEST_STEP_SECONDS: Final = 1.0
"""A pause of this worker counts as no more: the intake must have had its chance."""


class Patience:
    """Watches one shard's inbox while releases wait for it."""

    def __init__(self) -> None:
        self._waited_seconds = 0.0
        self._watched_at = -math.inf
        self._oldest_id: str | None = None
        self._moved_at = 0.0
        self._since: dict[str, float] = {}
        """By booking, when its release was first put off, in waited seconds; soonest first."""
        self._over: set[str] = set()

    def lasts_for(self, booking: str) -> bool:
        """Whether this booking's release may wait, by the last look."""
        return booking not in self._over

    def watch(self, put_off: Collection[str], oldest_id: str | None) -> bool:
        """The releases of these bookings wait now, and this is the oldest unsettled entry.

        Returns:
            Whether some of them have waited long enough.
        """
        now = time.monotonic()
        self._waited_seconds += min(now - self._watched_at, _LONGEST_STEP_SECONDS)
        self._watched_at = now
        if oldest_id is None or oldest_id != self._oldest_id:
            self._oldest_id, self._moved_at = oldest_id, self._waited_seconds
        is_stalled = self._waited_seconds - self._moved_at >= WITHOUT_PROGRESS_SECONDS
        for booking in put_off:
            since = self._since.setdefault(booking, self._waited_seconds)
            if is_stalled or self._waited_seconds - since >= MOST_SECONDS:
                self._over.add(booking)
        is_over = not self._over.isdisjoint(put_off)
        self._forget_who_waits_no_longer()
        return is_over

    def _forget_who_waits_no_longer(self) -> None:
        for booking, since in list(self._since.items()):
            if self._waited_seconds - since < 2 * MOST_SECONDS:
                break
            del self._since[booking]
            self._over.discard(booking)
