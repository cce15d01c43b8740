"""Ends a worker that Celery cannot end: everything of ours is finished first, in order.

Celery's main process may wait without limit for a pool process that was killed, or that hangs. By then the
pacemaker has stopped, so this worker would release nobody, and nothing would stop the embedded store.
"""

import os
import signal
import threading
import time
from contextlib import suppress
from typing import Final

import structlog
from billiard.process import active_children

from worker.host import lifecycle

log = structlog.get_logger("custody")

PATIENCE_SECONDS: Final = 15.0

_POOL_PATIENCE_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 0.02


class Watchdog(threading.Thread):
    """Started when the worker is stopped; ends the process if Celery does not end in time."""

    def __init__(self, ours: threading.Thread) -> None:
        """`ours` is what must have ended for the process to have stopped in order."""
        super().__init__(name="watchdog", daemon=True)
        self._ours = ours

    def run(self) -> None:
        """Wait; after that, end the pool, the store if it is ours, and this process."""
        if lifecycle.finishing.wait(PATIENCE_SECONDS):
            return
        log.warning(
            "stop_forced",
            detail=f"Celery has not ended its pool within {PATIENCE_SECONDS:.0f} s, perhaps because a pool "
            "process was killed or hangs: the worker is ended without it, nothing is lost",
            pool_processes=len(active_children()),
        )
        try:
            _end_pool()
            lifecycle.finish()
        except Exception:
            log.exception("stop_failed")
            os._exit(1)
        os._exit(1 if self._ours.is_alive() else 0)


def _end_pool() -> None:
    """Leave no pool process behind: without its parent it would wait for work for ever."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        give_up_at = time.monotonic() + _POOL_PATIENCE_SECONDS
        for pid in [process.pid for process in active_children() if process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, ending)
        while active_children() and time.monotonic() < give_up_at:
            time.sleep(_PAUSE_SECONDS)
