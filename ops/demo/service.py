"""The service that the demo runs: its own simulated store and a real worker, both removed afterwards."""

import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Final, Self

from celery import Celery

from ops.demo.board_process import BoardProcess
from ops.demo.processes import PROFILE
from ops.demo.received import Received
from ops.demo.receiver import receiving_by_routes
from ops.demo.script import Script
from ops.demo.worker_process import POOL_PROCESSES, WorkerProcess
from worker.clock import ScaledClock, SystemClock
from worker.custody.rules import Rules
from worker.embedded.server import EmbeddedStore
from worker.engine.signals import Signal
from worker.law.profiles import load_profile
from worker.settings import broker_beside
from worker.store import simulation
from worker.store.connection import Client, connect
from worker.store.context import Context, Shard
from worker.store.inbox import PACEMAKER_SUFFIX, Inbox
from worker.store.keys import INBOX_GROUP, Keys
from worker.store.rules_by_record import RulesByRecord
from worker.store.sinks import count_waiting
from worker.store.unix_ms import from_ms, to_ms

START_UP_SECONDS: Final = (4.0, 12.0, 40.0)
"""Real time for the worker to start before the simulated time begins; one attempt for each value."""

_POLL_SECONDS: Final = 0.1
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class DemoServiceError(RuntimeError):
    """The demo's service does not run. The message ends with the end of the worker's log."""


@dataclass(frozen=True)
class DemoService:
    """A running service with one shard.

    Attributes:
        context: through which the demo asks the read side; it changes nothing.
        clock: the simulated time that the store runs on.
        received: the notices that have arrived so far.
    """

    context: Context
    clock: ScaledClock
    worker: WorkerProcess
    received: Received

    @classmethod
    def on(cls, client: Client, clock: ScaledClock, worker: WorkerProcess, received: Received) -> Self:
        """A service on this store."""
        keys = Keys(0)
        rules = RulesByRecord(Rules(load_profile(PROFILE)), client, [keys])
        shards = (Shard.open(client, keys, "demo"),)
        context = Context(client, shards, clock, simulated=True, rules_by_record=rules)
        return cls(context, clock, worker, received)

    @property
    def client(self) -> Client:
        """The connection to the store."""
        return self.context.client

    @property
    def keys(self) -> Keys:
        """The keys of the only shard."""
        return self.context.shards[0].keys

    @property
    def inbox(self) -> Inbox:
        """The inbox of the only shard."""
        return self.context.shards[0].inbox

    def notices_waiting(self) -> int:
        """How many notices are not delivered yet."""
        return count_waiting(self.client, self.keys)

    def check_worker(self) -> None:
        """Make sure that the worker still runs.

        Raises:
            DemoServiceError: it does not.
        """
        if (code := self.worker.exit_code) is not None:
            raise DemoServiceError(
                f"the worker ended (exit code {code}); its log ends:\n{self.worker.log_tail()}"
            )


@contextmanager
def running_service(script: Script, speed: float, board_port: int | None = None) -> Iterator[DemoService]:
    """Start store, receiver, worker and board; enter when the script starts; stop and remove all of them.

    Inside, SIGTERM and a closed terminal raise KeyboardInterrupt as Ctrl-C does. During the clean-up they are
    ignored, so that nothing is left behind.

    Args:
        board_port: that the board listens on; None: there is no board.

    Raises:
        DemoServiceError: the worker does not start.
        worker.embedded.server.EmbeddedStoreFault: the store does not start.
    """
    with ExitStack() as clean_up:
        clean_up.enter_context(_stop_signals_interrupt())
        directory = Path(clean_up.enter_context(tempfile.TemporaryDirectory(prefix="custody-demo-")))
        store = clean_up.enter_context(EmbeddedStore.own(directory))
        client = connect(store.url)
        clean_up.callback(client.close)
        received = clean_up.enter_context(receiving_by_routes(directory, script.events))
        worker = WorkerProcess(store.url, directory)
        clean_up.callback(worker.stop)
        board = BoardProcess(store.url, directory, board_port) if board_port else None
        if board is not None:
            clean_up.callback(board.stop)
        clean_up.callback(_ignore_stop_signals)
        with Celery(broker=broker_beside(store.url), set_as_current=False) as signaller:
            service = _start(script.starts_at, speed, client, worker, board, received, signaller)
        time.sleep(max(0.0, service.clock.seconds_until(script.starts_at)))
        yield service


def _start(
    starts_at: datetime,
    speed: float,
    client: Client,
    worker: WorkerProcess,
    board: BoardProcess | None,
    received: Received,
    signaller: Celery,
) -> DemoService:
    """Start worker and board before the simulated time begins; if no worker is ready by then, start over.

    Both read the simulated clock when they connect, so the start must be fixed before that.
    """
    for start_up_seconds in START_UP_SECONDS:
        real_start = SystemClock().now() + timedelta(seconds=start_up_seconds)
        clock = ScaledClock(starts_at, from_ms(to_ms(real_start)), speed)
        service = DemoService.on(client, clock, worker, received)
        simulation.mark(client, service.keys, clock)
        worker.start()
        if board is not None:
            board.start()
        while clock.seconds_until(starts_at) > 0:
            service.check_worker()
            if _is_ready(service, signaller):
                return service
            time.sleep(_POLL_SECONDS)
        if board is not None:
            board.stop()
        worker.stop()
        client.flushall()
        worker.forget_store()
    raise DemoServiceError(
        f"the worker was not ready within {START_UP_SECONDS[-1]:.0f} s; its log ends:\n{worker.log_tail()}"
    )


def _is_ready(service: DemoService, signaller: Celery) -> bool:
    """Whether every process of the pool has received a signal and reads the inbox."""
    client, keys = service.client, service.keys
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
    """Only the first signal interrupts: a closed terminal sends several, which could stop the clean-up."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        _ignore_stop_signals()
        raise KeyboardInterrupt

    honoured = [number for number in _STOP_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in honoured}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_stop_signals() -> None:
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
