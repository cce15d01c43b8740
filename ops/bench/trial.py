"""A trial: one contender running on one store, watched by an observer."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.bench.accounting import Account, Firing, account
from ops.bench.bench_store import BenchStore
from ops.bench.contender import Contender, Scheduled
from ops.bench.observer import Observer
from ops.bench.processes import WorkerGroup
from ops.bench.timers import Timer

PILOTS_FROM: Final = 1_000_000_000
"""Timers from this number on warm the contender up and show its rate; no account includes them."""

_SLOWEST_RATE: Final = 300.0
_PILOT_DUE_MS: Final = 1_000
_RATE_PILOT_DUE_MS: Final = 4 * 3_600_000
_RATE_AT_MOST_SECONDS: Final = 10.0
_PILOT_PATIENCE_SECONDS: Final = 90.0
_LOOK_SECONDS: Final = 0.05
_SETTLE_SECONDS: Final = 3.0


class NotReadyError(RuntimeError):
    """A contender's workers did not fire their first timer."""


@dataclass
class Trial:
    """A contender, its store, its workers and the observer.

    Attributes:
        rate: how many timers per second the contender can be expected to set.
    """

    contender: Contender
    store: BenchStore
    observer: Observer
    workers: WorkerGroup
    rate: float = _SLOWEST_RATE

    def warm_up(self, rate_pilots: int) -> None:
        """Wait until the contender fires a timer; then measure its rate.

        Args:
            rate_pilots: how many timers, due in hours, to set for the rate; 0 measures none.

        Raises:
            NotReadyError: it does not fire; the message ends with the end of its log.
        """
        began = time.monotonic()
        first = Timer(PILOTS_FROM, now_ms() + _PILOT_DUE_MS)
        self.contender.schedule([first], _PILOT_PATIENCE_SECONDS)
        if not self._wait_for({first.number}, began + _PILOT_PATIENCE_SECONDS):
            raise NotReadyError(f"{self.contender.name} did not fire its first timer\n{self._log_tail()}")
        if rate_pilots:
            due_ms = now_ms() + _RATE_PILOT_DUE_MS
            pilots = [Timer(PILOTS_FROM + 1 + index, due_ms) for index in range(rate_pilots)]
            self.rate = self.contender.schedule(pilots, _RATE_AT_MOST_SECONDS).per_second

    def lead_seconds(self, count: int) -> float:
        """How far ahead the first timer must be due so that all are set by then, with a margin."""
        return 4.0 + 1.7 * count / max(self.rate, 1.0)

    def wait(self, timers: Sequence[Timer], patience_seconds: float) -> float:
        """Wait until every timer has fired, at most this long after the last was due or after now, if later.

        Returns:
            The seconds waited from then.
        """
        last_due = timers[-1].due_ms / 1000 - now_ms() / 1000
        wait_from = time.monotonic() + max(0.0, last_due)
        self._wait_for({timer.number for timer in timers}, wait_from + patience_seconds)
        return max(0.0, time.monotonic() - wait_from)

    def rest(self) -> None:
        """Give caches, buffers and acknowledgements time to settle."""
        time.sleep(_SETTLE_SECONDS)

    def account(self, timers: Sequence[Timer]) -> Account:
        """The account of these timers from everything seen up to now."""
        return account(timers, [firing for firing in self.firings() if firing.timer < PILOTS_FROM])

    def firings(self) -> list[Firing]:
        """Every firing seen up to now."""
        contender = self.contender
        return [
            contender.firing_of(fields, seen_us)
            for fields, seen_us in self.observer.sightings()
            if contender.is_firing(fields)
        ]

    def _wait_for(self, wanted: set[int], until: float) -> bool:
        """Interpret entries only when there may be enough new ones: it takes the observer's time."""
        enough = 0
        while time.monotonic() < until:
            count = self.observer.count
            if count >= enough:
                missing = wanted - {firing.timer for firing in self.firings()}
                if not missing:
                    return True
                enough = count + len(missing)
            time.sleep(_LOOK_SECONDS)
        return False

    def _log_tail(self) -> str:
        logs = sorted(self.store.directory.glob("*-worker.log"))
        return "\n".join(path.read_text(errors="replace")[-1500:] for path in logs)


@contextlib.contextmanager
def start_trial(
    contender: Contender, under: Path, *, rate_pilots: int = 0, gap_seconds: float = 0.0
) -> Iterator[Trial]:
    """A fresh store with the contender's workers running and warmed up; all removed afterwards.

    Args:
        under: the directory in which the store's own is created.
        rate_pilots: see `Trial.warm_up`.
        gap_seconds: see `Observer`; for cases that do not use what the observer saw.
    """
    with (
        BenchStore(under) as store,
        start_trial_on(contender, store, rate_pilots=rate_pilots, gap_seconds=gap_seconds) as trial,
    ):
        yield trial


@contextlib.contextmanager
def start_trial_on(
    contender: Contender, store: BenchStore, *, rate_pilots: int = 0, gap_seconds: float = 0.0
) -> Iterator[Trial]:
    """The same on an existing store."""
    observer = Observer(store.url, contender.streams, contender.is_firing, gap_seconds=gap_seconds)
    trial = None
    try:
        contender.open(store)
        observer.start()
        trial = Trial(contender, store, observer, contender.start_workers())
        trial.warm_up(rate_pilots)
        yield trial
    finally:
        if trial is not None:
            trial.workers.kill()
        observer.stop()
        contender.close()


def now_ms() -> int:
    """The present Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


def set_in_time(scheduled: Scheduled, first_due_ms: int) -> bool:
    """Whether the last timer was set before the first was due; call right after scheduling."""
    return scheduled.count > 0 and now_ms() < first_due_ms
