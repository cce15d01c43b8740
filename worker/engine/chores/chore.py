"""What the pacemaker asks of a chore."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import structlog

from worker.store.connection import UNREACHABLE
from worker.store.context import Context

log = structlog.get_logger("custody")


class Chore(Protocol):
    """Something to be done every so often."""

    interval_seconds: float

    def do(self, context: Context) -> None:
        """Do it once, briefly: deadlines wait meanwhile.

        Raises:
            Exception: it is logged, and the chore is tried again. One of `UNREACHABLE` is about the store,
                and left to the pacemaker.
        """


@contextmanager
def harmless(chore: str) -> Iterator[None]:
    """Log what fails in here: it must not take the next chore with it, nor the releases.

    Raises:
        redis.exceptions.RedisError: one of `UNREACHABLE`.
    """
    try:
        yield
    except UNREACHABLE:
        raise
    except Exception:
        log.exception("chore_failed", chore=chore)


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
                with harmless(type(chore).__name__):
                    chore.do(context)
