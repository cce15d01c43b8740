"""What the pacemaker asks of a chore."""

import math
import time
from typing import Protocol

import structlog
from redis.exceptions import RedisError

from worker.store.context import Context

log = structlog.get_logger("custody")


class Chore(Protocol):
    """Something to be done every so often."""

    interval_seconds: float

    def do(self, context: Context) -> None:
        """Do it once, briefly: deadlines wait meanwhile.

        Raises:
            redis.exceptions.RedisError: the store did not answer; the chore is tried again later.
        """


class Rota:
    """Chores with the time at which each was last begun, on the monotonic clock."""

    def __init__(self, *chores: Chore) -> None:
        self._begun_at = dict.fromkeys(chores, -math.inf)

    def do_what_is_due(self, context: Context) -> None:
        """Do every chore whose interval has passed."""
        for chore, begun_at in self._begun_at.items():
            now = time.monotonic()
            if now - begun_at >= chore.interval_seconds:
                self._begun_at[chore] = now
                self._do(chore, context)

    def _do(self, chore: Chore, context: Context) -> None:
        """A chore that fails must not take the next one with it, nor the releases."""
        try:
            chore.do(context)
        except RedisError:
            raise
        except Exception:
            log.exception("chore_failed", chore=type(chore).__name__)
