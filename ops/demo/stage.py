"""Where the demo plays: a store of its own, marked as simulated, and a real worker; gone afterwards."""

import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Final

from celery import Celery

from ops.demo.worker_process import POOL_PROCESSES, WorkerProcess
from worker.clock import ScaledClock, SystemClock
from worker.embedded.server import EmbeddedStore
from worker.engine.signals import Signal
from worker.settings import broker_beside
from worker.store import simulation
from worker.store.connection import Client, connect
from worker.store.inbox import PACEMAKER_SUFFIX
from worker.store.keys import INBOX_GROUP, Keys
from worker.store.unix_ms import from_ms, to_ms

START_UP_SECONDS: Final = (3.0, 10.0, 40.0)
"""Real time that the worker gets before the made-up time begins; the next, if it was too little."""

_POLL_SECONDS: Final = 0.1
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StageError(RuntimeError):
    """The service under demonstration does not run. The message ends with the end of the worker's log."""


@dataclass(frozen=True)
class Stage:
    """The service under demonstration. It has one shard."""

    client: Client
    keys: Keys
    clock: ScaledClock
    worker: WorkerProcess

    def check_worker(self) -> None:
        """Make sure that the worker still runs.

        Raises:
            StageError: it does not.
        """
        if (code := self.worker.exit_code) is not None:
            raise StageError(
                f"the worker ended (exit code {code}); its log ends:\n{self.worker.last_words()}"
            )


@contextmanager
def set_stage(starts_at: datetime, speed: float) -> Iterator[Stage]:
    """Bring up store and worker; return as the made-up time reaches `starts_at`; end and remove both.

    In between, SIGTERM and a closed terminal are what Ctrl-C is: a KeyboardInterrupt. At the end they are
    not heeded, so that nothing is left behind.

    Raises:
        StageError: the worker does not start.
        worker.embedded.server.EmbeddedStoreFault: the store does not start.
    """
    with ExitStack() as ending:
        ending.enter_context(_stop_signals_interrupt())
        directory = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="custody-demo-")))
        store = ending.enter_context(EmbeddedStore.own(directory))
        client, keys = connect(store.url), Keys(0)
        ending.callback(client.close)
        worker = WorkerProcess(store.url, directory)
        ending.callback(worker.stop)
        ending.callback(_ignore_stop_signals)
        with Celery(broker=broker_beside(store.url), set_as_current=False) as signaller:
            clock = _start(worker, client, keys, signaller, starts_at, speed)
        time.sleep(max(0.0, clock.seconds_until(starts_at)))
        yield Stage(client, keys, clock, worker)


def _start(
    worker: WorkerProcess, client: Client, keys: Keys, signaller: Celery, starts_at: datetime, speed: float
) -> ScaledClock:
    """Start the worker ahead of the made-up time; if that begins before it is ready, start both again.

    A worker learns the time when it connects, so the beginning has to be fixed before it does.
    """
    for start_up_seconds in START_UP_SECONDS:
        real_start = SystemClock().now() + timedelta(seconds=start_up_seconds)
        clock = ScaledClock(starts_at, from_ms(to_ms(real_start)), speed)
        simulation.mark(client, keys, clock)
        stage = Stage(client, keys, clock, worker)
        worker.start()
        while clock.seconds_until(starts_at) > 0:
            stage.check_worker()
            if _is_ready(client, keys, signaller):
                return clock
            time.sleep(_POLL_SECONDS)
        worker.stop()
        client.flushall()
    raise StageError(
        f"the worker was not ready within {START_UP_SECONDS[-1]:.0f} s; its log ends:\n{worker.last_words()}"
    )


def _is_ready(client: Client, keys: Keys, signaller: Celery) -> bool:
    """Whether a signal reaches each process of the pool, and from there the inbox."""
    if not client.exists(keys.inbox):
        return False
    consumers = client.xinfo_consumers(keys.inbox, INBOX_GROUP)
    tasks = [one for one in consumers if not one["name"].endswith(PACEMAKER_SUFFIX.encode())]
    if len(tasks) >= POOL_PROCESSES:
        return True
    for _ in range(POOL_PROCESSES):
        signaller.send_task(Signal.DRAIN_INBOX.value, args=[keys.shard], queue="custody", expires=5)
    return False


@contextmanager
def _stop_signals_interrupt() -> Iterator[None]:
    """Only the first one interrupts: a closed terminal sends several, which could stop the ending itself."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        _ignore_stop_signals()
        raise KeyboardInterrupt

    heeded = [number for number in _STOP_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_stop_signals() -> None:
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
