"""The pacemaker: in every worker, it sleeps until a deadline and fires the deadline itself.

It also signals Celery that there is work. Celery may stop, stall or lose messages: no deadline depends on it,
and an inbox or outbox that no task works is worked from here.
"""

import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from worker import progress
from worker.engine.chores.chore import Rota
from worker.engine.chores.compare_timers import CompareTimers
from worker.engine.chores.fire import PUT_OFF_RETRY_SECONDS, Fire
from worker.engine.chores.guard_store import GuardStore
from worker.engine.chores.keep_profiles import KeepProfiles
from worker.engine.chores.look_around import LookAround
from worker.engine.chores.look_for_strays import LookForStrays
from worker.engine.chores.mend import Mend
from worker.engine.chores.show_life import ShowLife
from worker.engine.chores.signal_work import SignalWork
from worker.engine.chores.tidy import Tidy
from worker.engine.chores.watch_notices import WatchNotices
from worker.engine.signals import Signals
from worker.store.connection import UNREACHABLE, drop_idle_connections
from worker.store.context import Context

log = structlog.get_logger("custody")

LONGEST_SLEEP_SECONDS: Final = 0.5
SPARE_SECONDS: Final = 0.003
"""When a decided release is closer than this, other work waits, for at most `LOOK_GAP_SECONDS`."""

LOOK_GAP_SECONDS: Final = 0.01
"""How long other work may wait while precomputed deadlines come in quick succession."""

_UNREACHABLE_RETRY_SECONDS: Final = (0.01, 0.02, 0.05)
_FAILED_RETRY_SECONDS: Final = 1.0


class Pacemaker(threading.Thread):
    """Fires what is due and asks its chores what else there is to do, until it is stopped.

    Attributes:
        wake: set by whoever knows that something earlier is due, or that something arrived.
    """

    def __init__(
        self,
        connect: Callable[[], Context],
        signals: Signals,
        helpers: int,
        data_dir: Path,
    ) -> None:
        super().__init__(name="pacemaker", daemon=True)
        self.wake = threading.Event()
        self._connect = connect
        self._context: Context | None = None
        self._stopping = threading.Event()
        self._looked_at = -math.inf
        self._fire = Fire(signals, helpers)
        self._signal_work = SignalWork(signals)
        self._look_around = LookAround()
        self._compare_timers = CompareTimers()
        self._rota = Rota(
            ShowLife(data_dir),
            Mend(),
            GuardStore(data_dir),
            self._look_around,
            KeepProfiles(),
            LookForStrays(),
            Tidy(),
            WatchNotices(),
            self._compare_timers,
        )

    def stop(self) -> None:
        """Finish the batch in hand and end."""
        self._stopping.set()
        self.wake.set()

    def run(self) -> None:
        """Beat until stopped. An unreachable store is waited for; nothing is lost meanwhile."""
        failures = 0
        while not self._stopping.is_set():
            progress.note()
            try:
                self._context = self._context or self._connect()
                pause = self.beat(self._context)
                if failures:
                    log.info("store_reached_again", failures=failures)
                failures = 0
            except UNREACHABLE as error:
                if not failures:
                    log.warning("store_unreachable", problem=error.status_code or type(error).__name__)
                pause = _UNREACHABLE_RETRY_SECONDS[min(failures, len(_UNREACHABLE_RETRY_SECONDS) - 1)]
                failures += 1
                if self._context:
                    drop_idle_connections(self._context.client)
            except Exception:
                log.exception("pacemaker_failed")
                self._context = None
                pause = _FAILED_RETRY_SECONDS
            if pause > 0:
                self.wake.wait(pause)
                self.wake.clear()

    def beat(self, context: Context) -> float:
        """Do what is due; return for how many real seconds there is nothing to do."""
        fired = self._fire.do(context)
        next_decided_in = self._fire.seconds_until_next_decided(context)
        if next_decided_in < SPARE_SECONDS and time.monotonic() - self._looked_at < LOOK_GAP_SECONDS:
            return max(0, next_decided_in)
        self._looked_at = time.monotonic()
        signal_in = self._signal_work.do(context, with_notices=not self._fire.has_many)
        # Chores come before the next batch: a backlog may last longer than a heartbeat stays valid.
        self._rota.do_what_is_due(context)
        if fired.found:
            return 0
        if self._look_around.work_stalled_intake(context):
            return 0
        pause = min(signal_in, LONGEST_SLEEP_SECONDS)
        if fired.put_off:
            pause = min(pause, PUT_OFF_RETRY_SECONDS)
        if fired.next_at is not None:
            pause = min(pause, context.clock.seconds_until(fired.next_at))
        if pause > SPARE_SECONDS and self._compare_timers.hurry(context):
            return 0
        if pause > SPARE_SECONDS and not self._signal_work.intake_is_busy and self._fire.look_ahead(context):
            return 0
        return pause
