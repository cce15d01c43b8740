"""A notice is sent once it would outlast a failover: else the next primary could release the person again.

For a while only: a release order must reach the jail although a replica is away.
"""

import time
from collections.abc import Callable
from typing import Final

from worker.store.sink_queue import SinkQueue

PATIENCE_SECONDS: Final = 10.0


class Replicated:
    """Asks before each attempt whether the replicas have what is to be sent."""

    def __init__(
        self, queue: SinkQueue, min_replicas: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`min_replicas` of 0: one server is all there is, and nothing is asked."""
        self._queue = queue
        self._min_replicas = min_replicas
        self._monotonic = monotonic
        self._in_doubt_since: float | None = None

    def doubt(self) -> str | None:
        """Why to wait with sending; None if it is safe, or has been in doubt for `PATIENCE_SECONDS`.

        Raises:
            worker.store.sink_queue.LeaseLostError: another process works this queue by now.
            redis.exceptions.RedisError: the store did not answer.
        """
        problem = self._queue.doubt(self._min_replicas) if self._min_replicas else None
        if problem is None:
            self._in_doubt_since = None
            return None
        if self._in_doubt_since is None:
            self._in_doubt_since = self._monotonic()
        is_patient = self._monotonic() - self._in_doubt_since < PATIENCE_SECONDS
        return problem if is_patient else None
