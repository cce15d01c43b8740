"""Is a pacemaker alive? By the store's clock, and by whether its beat still changes."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from worker.store.unix_ms import LATEST_MS

_NO_TIME: Final = timedelta(0)


class Beats:
    """What was seen of the beat of each shard.

    A store's clock that was set back makes a dead pacemaker's last beat look fresh for as long. So a beat is
    also as old as it has stood here unchanged.
    """

    def __init__(self, shards: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._seen: list[tuple[int | None, float]] = [(None, monotonic())] * shards

    def age(self, beats: Sequence[object], now_ms: int) -> timedelta | None:
        """How long ago the pacemaker completed a round whose shard has waited longest; None if one never did.

        Args:
            beats: the answers of the store for each shard's beat.
            now_ms: the store's own time, in Unix milliseconds.
        """
        ages = [self._age(shard, _ms(beat), now_ms) for shard, beat in enumerate(beats)]
        known = [age for age in ages if age is not None]
        return max(known) if len(known) == len(ages) else None

    def _age(self, shard: int, beat_ms: int | None, now_ms: int) -> timedelta | None:
        seen_ms, since = self._seen[shard]
        if beat_ms != seen_ms:
            since = self._monotonic()
            self._seen[shard] = beat_ms, since
        if beat_ms is None:
            return None
        unchanged = timedelta(seconds=self._monotonic() - since)
        return max(timedelta(milliseconds=now_ms - beat_ms), unchanged, _NO_TIME)


def _ms(beat: object) -> int | None:
    """A beat as stored; None where there is none, or another program has written something else."""
    if not isinstance(beat, bytes) or not beat.isdigit():
        return None
    return min(int(beat[:20]), LATEST_MS)
