"""The pacemaker: in every worker, it sleeps on its own clock until a deadline and fires it itself.

It also tells Celery that there is work. Celery may stop, stall or lose messages: no deadline depends on it,
an inbox that waits with no task at it is drained here, and so is an outbox, in a thread of its own.
"""

import math
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from worker import firing, heartbeat, intake, runtime
from worker.alarms import raise_alarm
from worker.delivery.courier import Courier
from worker.delivery.sinks import Sink
from worker.firing import Fired
from worker.foresight import Foresight
from worker.signaller import Signaller
from worker.site import Shard, Site
from worker.store.connection import UNREACHABLE
from worker.tasks import DELIVER_NOTICES, DRAIN_INBOX, FIRE_DUE

log = structlog.get_logger("custody")

LONGEST_SLEEP_SECONDS: Final = 0.5
SIGNAL_GAP_SECONDS: Final = 0.05
NOTICES_GAP_SECONDS: Final = 1.0
"""A delivery writes to disk several times, and releases wait for that: better seldom and many."""

SPARE_SECONDS: Final = 0.003
"""With less than this to go, nothing is begun before the next deadline."""

LOOK_GAP_SECONDS: Final = 0.01
"""So long all else waits where deadlines that were decided ahead follow closely upon one another."""

STALLED_AFTER_MS: Final = 5_000
SKEW_LIMIT_MS: Final = 2_000

_CARE_SECONDS: Final = 1.0
_TIDY_SECONDS: Final = 60.0
_COURIER_PATIENCE_SECONDS: Final = 2.0
_FORGET_CONSUMERS_MS: Final = 24 * 3_600_000
_RETRY_SECONDS: Final = (0.01, 0.02, 0.05)
_RETRY_EARLY_SECONDS: Final = 0.25
_FAILED_RETRY_SECONDS: Final = 1.0


class Pacemaker(threading.Thread):
    """Fires what is due, watches inbox and outbox, until told to stop.

    Attributes:
        wake: set by whoever knows that something earlier is due, or that something arrived.
    """

    def __init__(
        self,
        connect: Callable[[], Site],
        signaller: Signaller,
        helpers: int,
        data_dir: Path,
        sinks: Sequence[Sink] | None = None,
    ) -> None:
        super().__init__(name="pacemaker", daemon=True)
        self.wake = threading.Event()
        self._connect = connect
        self._signaller = signaller
        self._helpers = helpers
        self._data_dir = data_dir
        self._courier = Courier(runtime.sinks(data_dir) if sinks is None else sinks)
        self._stopping = threading.Event()
        self._site: Site | None = None
        self._cared_at = -math.inf
        self._tidied_at = -math.inf
        self._looked_round_at = -math.inf
        self._signalled_at = -math.inf
        self._notices_signalled_at = -math.inf
        self._helped_at = -math.inf
        self._intake_is_busy = False
        self._store_behind_seconds = 0.0
        self._failed: Counter[int] = Counter()
        self._retry_failed_at = -math.inf
        self._stalled: set[int] = set()
        self._has_many: defaultdict[int, bool] = defaultdict(bool)
        self._foresights: defaultdict[int, Foresight] = defaultdict(Foresight)

    def stop(self) -> None:
        """Finish the batch in hand and end."""
        self._stopping.set()
        self.wake.set()

    def run(self) -> None:
        """Beat until told to stop. An unreachable store is waited for; nothing is lost meanwhile."""
        failures = 0
        while not self._stopping.is_set():
            try:
                self._site = self._site or self._connect()
                pause = self.beat(self._site)
                if failures:
                    log.info("store_reached_again", failures=failures)
                failures = 0
            except UNREACHABLE as error:
                if not failures:
                    log.warning("store_unreachable", problem=type(error).__name__)
                pause = _RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)]
                failures += 1
            except Exception:
                log.exception("pacemaker_failed")
                self._site = None
                pause = _FAILED_RETRY_SECONDS
            if pause > 0:
                self.wake.wait(pause)
                self.wake.clear()
        self._courier.wait(_COURIER_PATIENCE_SECONDS)

    def beat(self, site: Site) -> float:
        """Do what is due; return for how many real seconds there is nothing to do."""
        all_fired = [self._fire(site, shard) for shard in site.shards]
        next_decided_in = self._until_next_decided(site)
        if next_decided_in < SPARE_SECONDS and time.monotonic() - self._looked_round_at < LOOK_GAP_SECONDS:
            return max(0, next_decided_in)
        self._looked_round_at = time.monotonic()
        signal_in = self._signal_work(site, with_notices=not any(self._has_many.values()))
        # Before the next batch is looked for: a backlog may last longer than a sign of life is good for.
        if time.monotonic() - self._cared_at >= _CARE_SECONDS:
            self._cared_at = time.monotonic()
            self._show_life()
            for shard in site.shards:
                self._care(site, shard)
            self._tidy(site)
            self._courier.send(
                [shard.outbox for shard in site.shards if shard.outbox.is_stalled(STALLED_AFTER_MS)]
            )
        if any(fired.found for fired in all_fired):
            # By a store that is behind, what was found may not be due yet.
            return min(self._store_behind_seconds, _RETRY_EARLY_SECONDS)
        for shard in site.shards:
            if shard.keys.shard in self._stalled and intake.work_one_batch(site, shard):
                return 0
        next_at = min((fired.next_at for fired in all_fired if fired.next_at), default=None)
        pause = min(signal_in, LONGEST_SLEEP_SECONDS)
        if next_at is not None:
            pause = min(pause, site.clock.seconds_until(next_at) + self._store_behind_seconds)
        if pause > SPARE_SECONDS and not self._intake_is_busy and self._look_ahead(site):
            return 0
        return pause

    def _until_next_decided(self, site: Site) -> float:
        return min(self._foresights[shard.keys.shard].seconds_until_next(site.clock) for shard in site.shards)

    def _look_ahead(self, site: Site) -> bool:
        return any(self._foresights[shard.keys.shard].look_ahead(site, shard) for shard in site.shards)

    def _fire(self, site: Site, shard: Shard) -> Fired:
        """Fire one batch, and call for help where many more are due that nobody has decided yet."""
        number, now = shard.keys.shard, time.monotonic()
        if now >= self._retry_failed_at:
            self._failed.clear()
        limit = firing.BATCH if self._has_many[number] else firing.FEW
        fired = firing.fire(
            site, shard, skip=self._failed[number], limit=limit, foresight=self._foresights[number]
        )
        self._has_many[number] = fired.found >= limit
        if fired.failed:
            self._failed[number] += len(fired.failed)
            self._retry_failed_at = now + _FAILED_RETRY_SECONDS
        if fired.found:
            self._store_behind_seconds = max(0, -fired.store_ahead_ms) / 1000
        if fired.found == firing.BATCH and not fired.foreseen and now - self._helped_at >= SIGNAL_GAP_SECONDS:
            self._helped_at = now
            for helper in range(self._helpers):
                self._signaller.send(FIRE_DUE, number, helper, self._helpers)
        return fired

    def _signal_work(self, site: Site, *, with_notices: bool) -> float:
        """Tell Celery what waits; return how long until it may be told again. Releases go before notices."""
        wait = self._signalled_at + SIGNAL_GAP_SECONDS - time.monotonic()
        if wait > 0:
            return wait
        self._signalled_at = time.monotonic()
        self._intake_is_busy = False
        for shard in site.shards:
            waiting = shard.inbox.waiting()
            self._intake_is_busy |= waiting >= intake.BATCH
            for helper in range(min(self._helpers, math.ceil(waiting / intake.BATCH))):
                self._signaller.send(DRAIN_INBOX, shard.keys.shard, helper)
        if with_notices and self._signalled_at - self._notices_signalled_at >= NOTICES_GAP_SECONDS:
            self._notices_signalled_at = self._signalled_at
            for shard in site.shards:
                if shard.outbox.waiting():
                    self._signaller.send(DELIVER_NOTICES, shard.keys.shard)
        return LONGEST_SLEEP_SECONDS

    def _care(self, site: Site, shard: Shard) -> None:
        """Once a second: is anything amiss with the intake or the clocks?"""
        if shard.inbox.is_stalled(STALLED_AFTER_MS):
            raise_alarm(
                shard,
                "intake_stalled",
                "events waited 5 s without a task; the pacemaker works them: check Celery and its broker",
                site.clock.now(),
            )
            self._stalled.add(shard.keys.shard)
        else:
            self._stalled.discard(shard.keys.shard)
        if not site.simulated:
            self._compare_clocks(site, shard)

    def _tidy(self, site: Site) -> None:
        """Once a minute: drop what nobody will ask for again."""
        if time.monotonic() - self._tidied_at >= _TIDY_SECONDS:
            self._tidied_at = time.monotonic()
            for shard in site.shards:
                shard.inbox.forget_idle_consumers(_FORGET_CONSUMERS_MS)

    def _compare_clocks(self, site: Site, shard: Shard) -> None:
        skew_ms = (site.store_now() - site.clock.now()) / timedelta(milliseconds=1)
        if abs(skew_ms) > SKEW_LIMIT_MS:
            raise_alarm(
                shard,
                "clock_skew",
                f"worker {socket.gethostname()} and store are {skew_ms / 1000:.1f} s apart: set their clocks",
                site.clock.now(),
            )

    def _show_life(self) -> None:
        try:
            heartbeat.beat(self._data_dir)
        except OSError as error:
            # A full disk must not stop the releases.
            log.warning("heartbeat_failed", problem=error.strerror)
