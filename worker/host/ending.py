"""How a worker's process ends: with status 0 only if somebody asked for it and everything was finished.

`custody run`, `custody worker` and `celery -A worker worker` all end here, whatever the reason, so that
systemd or compose starts a worker again that ended by itself. Celery alone would end with 0 in most cases.
"""

import atexit
import os
import shutil
import signal
import threading
import time
from contextlib import suppress
from multiprocessing.util import get_temp_dir
from typing import Any, Final

import structlog
from billiard.process import active_children

from worker.host import lifecycle
from worker.telemetry import flush_log

log = structlog.get_logger("custody")

_POOL_PATIENCE_SECONDS: Final = 1.0
_STORE_PATIENCE_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 0.02


class Ending:
    """Whether this process is to end.

    Plain attributes: they are set in a signal's handler, where no lock may be taken.

    Attributes:
        has_begun: it is to end, for whatever reason.
        was_asked: somebody asked for it.
    """

    def __init__(self) -> None:
        self.has_begun = False
        self.was_asked = False


ending: Final = Ending()


def own_the_end(**_: Any) -> None:
    """As a worker starts: from now on the exit status is decided here."""
    atexit.register(_end_at_exit)


def on_signal(sig: str = "", **_: Any) -> None:
    """Celery was sent a signal to stop."""
    ending.has_begun = ending.was_asked = True
    log.info("worker_stopping", signal=sig)


def on_stopped(sender: Any = None, **_: Any) -> None:
    """Celery has stopped: finish what is ours."""
    ending.has_begun = True
    # Celery's status is 0 only after a signal, or after `celery control shutdown`.
    ending.was_asked |= getattr(sender, "exitcode", None) == os.EX_OK
    lifecycle.finish()


def force_end(status: int) -> None:
    """End the process whatever Celery does: the pool, our store if it lets itself be ended, this process.

    A store that hangs is left running; the next start adopts it.
    """
    try:
        end_pool()
        finisher = threading.Thread(target=lifecycle.finish, name="finisher", daemon=True)
        finisher.start()
        finisher.join(_STORE_PATIENCE_SECONDS)
        if finisher.is_alive():
            status = status or 1
    except Exception:
        log.exception("stop_failed")
        status = status or 1
    _leave(status)


def abandon() -> None:
    """End the process with status 1, at once; a store of ours goes on, and the next start adopts it."""
    try:
        end_pool()
    except Exception:
        log.exception("stop_failed")
    _leave(1)


def end_pool() -> None:
    """Leave no pool process behind: without its parent it would wait for work for ever."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        give_up_at = time.monotonic() + _POOL_PATIENCE_SECONDS
        for pid in [process.pid for process in active_children() if process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, sent)
        while active_children() and time.monotonic() < give_up_at:
            time.sleep(_PAUSE_SECONDS)


def _end_at_exit() -> None:
    ending.has_begun = True
    # A second Ctrl-C hurries nothing any more: it would only leave our store behind.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not ending.was_asked:
        log.error(
            "worker_ended_by_itself",
            detail="nobody asked the worker to stop; the reason is above: it must be started again",
        )
    status = 0 if ending.was_asked else 1
    try:
        lifecycle.finish()
        end_pool()
    except Exception:
        log.exception("stop_failed")
        status = 1
    _leave(status)


def _leave(status: int) -> None:
    flush_log()
    # The pool's; what would remove it at the exit of an interpreter is passed over here.
    with suppress(OSError):
        shutil.rmtree(get_temp_dir())
    os._exit(status)
