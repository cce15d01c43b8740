"""Ends a worker that releases nobody: its pacemaker stands still or has ended, or Celery does not end.

Celery's main process may wait without limit for a broker that hangs, or for a pool process that was killed.
"""

import sys
import threading
import time
import traceback
from typing import Final

import structlog
from billiard.process import active_children

from worker import progress
from worker.engine.pacemaker import Pacemaker
from worker.host import ending as endings
from worker.host.ending import ending

log = structlog.get_logger("custody")

PATIENCE_SECONDS: Final = 15.0
"""How long a worker that is to stop may take."""

STANDSTILL_SECONDS: Final = 5.0
"""How long the pacemaker may do nothing. Its store client gives up sooner, and every attempt is progress."""

_LOOK_SECONDS: Final = 0.25


class Watchdog(threading.Thread):
    """Looks four times a second.

    Time is counted in looks, so that a process that was stopped and continued, or a machine that slept, still
    has all its time when it goes on.
    """

    def __init__(self) -> None:
        super().__init__(name="watchdog", daemon=True)
        self.pacemaker: Pacemaker | None = None
        """Watched from when it is set."""
        self._progress = -1
        self._still_seconds = 0.0
        self._ending_seconds = 0.0

    def run(self) -> None:
        """Watch until the process ends."""
        while True:
            time.sleep(_LOOK_SECONDS)
            try:
                self.look()
            except Exception:
                log.exception("watchdog_failed")
                endings.abandon()

    def look(self) -> None:
        """Look once: end the process if it must be."""
        if ending.has_begun:
            self._ending_seconds += _LOOK_SECONDS
            if self._ending_seconds > PATIENCE_SECONDS:
                self._force_end()
        elif self.pacemaker is not None and self._has_stopped(self.pacemaker):
            log.error(
                "pacemaker_stopped",
                detail="the thread that releases people has ended or stood still for 5 s: this worker ends, "
                "and must be started again",
                stack=_stack_of(self.pacemaker),
            )
            endings.abandon()

    def _has_stopped(self, pacemaker: Pacemaker) -> bool:
        if not pacemaker.is_alive():
            return True
        before, self._progress = self._progress, progress.of(pacemaker)
        self._still_seconds = self._still_seconds + _LOOK_SECONDS if self._progress == before else 0.0
        return self._still_seconds >= STANDSTILL_SECONDS

    def _force_end(self) -> None:
        log.warning(
            "stop_forced",
            detail=f"Celery has not ended within {PATIENCE_SECONDS:.0f} s, perhaps because the broker or a "
            "pool process hangs: the worker is ended without it, nothing is lost",
            pool_processes=len(active_children()),
        )
        pacemaker = self.pacemaker
        if pacemaker is not None:
            pacemaker.stop()
            pacemaker.join(_LOOK_SECONDS)
        in_order = ending.was_asked and not (pacemaker and pacemaker.is_alive())
        endings.force_end(0 if in_order else 1)


def _stack_of(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    return "".join(traceback.format_stack(frame)) if frame else ""
