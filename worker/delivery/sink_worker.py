"""Works one sink on all shards, in its own thread: one that hangs or is gone delays no other."""

import threading
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import structlog

from events.outbound import AlarmCode, Outbound
from worker.delivery.deliverer import Deliverer, SinkAwayError
from worker.delivery.replicated import Replicated
from worker.delivery.sink import Sink
from worker.store.connection import UNREACHABLE
from worker.store.context import Context, Shard
from worker.store.lease import Observed
from worker.store.sink_queue import LEASE_SECONDS, LeaseLostError, SinkQueue

log = structlog.get_logger("custody")

POLL_SECONDS: Final = 0.5
_FAILED_RETRY_SECONDS: Final = 1.0

RaiseAlarm = Callable[[Shard, AlarmCode, str, str, str], object]
"""Raises an alarm: shard, code, detail, booking number, the sink that it must not go through."""


class _Held(NamedTuple):
    """A queue whose lease this process has, and what works it."""

    queue: SinkQueue
    deliverer: Deliverer


class SinkWorker(threading.Thread):
    """Delivers until it is stopped, wherever no other process works the same sink.

    Attributes:
        wake: set when something was committed; without it the outbox is looked at twice a second.
    """

    def __init__(
        self,
        name: str,
        sink: Sink,
        takes: Callable[[Shard, Outbound], bool],
        connect: Callable[[], Context],
        raise_alarm: RaiseAlarm,
        min_replicas: int = 0,
    ) -> None:
        """`min_replicas`: how many replicas must have a notice before it is sent."""
        super().__init__(name=f"sink-{name}", daemon=True)
        self.wake = threading.Event()
        self._sink_name = name
        self._sink = sink
        self._takes = takes
        self._connect = connect
        self._raise_alarm = raise_alarm
        self._min_replicas = min_replicas
        self._stopping = threading.Event()
        self._context: Context | None = None
        self._held: dict[int, _Held] = {}
        self._observed: defaultdict[int, Observed] = defaultdict(partial(Observed, LEASE_SECONDS))
        self._is_failing = False

    def stop(self) -> None:
        """Finish the attempt in hand, give up the leases and end."""
        self._stopping.set()
        self.wake.set()

    def renew_leases(self) -> None:
        """Keep the leases while an attempt takes its time; called by another thread."""
        for held in list(self._held.values()):
            held.queue.renew()

    def give_up_leases(self) -> None:
        """Let another process deliver at once; an attempt that still goes on is not recorded any more."""
        try:
            for held in list(self._held.values()):
                held.queue.release()
        except UNREACHABLE:
            log.warning("store_unreachable", problem="while leases were given up")

    def run(self) -> None:
        """Deliver until stopped."""
        while not self._stopping.is_set():
            if not self._work_once():
                self.wake.wait(_FAILED_RETRY_SECONDS if self._is_failing else POLL_SECONDS)
                self.wake.clear()
        self.give_up_leases()

    def _work_once(self) -> bool:
        """One round over the shards; whether more waits. What fails is tried again; nothing is lost by it."""
        try:
            self._context = self._context or self._connect()
            more = [self._work_shard(self._context, shard) for shard in self._context.shards]
        except UNREACHABLE:
            self._is_failing = True
            return False
        except SinkAwayError as error:
            if not self._is_failing:
                log.warning("sink_away", sink=self._sink_name, problem=str(error))
            self._is_failing = True
            return False
        except Exception:
            if not self._is_failing:
                log.exception("delivery_failed", sink=self._sink_name)
            self._is_failing = True
            self._held.clear()
            self._context = None
            return False
        self._is_failing = False
        return any(more)

    def _work_shard(self, context: Context, shard: Shard) -> bool:
        number = shard.keys.shard
        held = self._held.get(number)
        if held is None or not held.queue.renew():
            # Another process may have worked the queue since: what was remembered of it counts no more.
            self._held.pop(number, None)
            held = self._take_over(context, shard)
            if held is None:
                return False
            self._held[number] = held
        try:
            return held.deliverer.work(self._stopping.is_set)
        except LeaseLostError:
            del self._held[number]
            return False

    def _take_over(self, context: Context, shard: Shard) -> _Held | None:
        def raise_alarm(code: AlarmCode, detail: str, booking: str, sink: str) -> None:
            self._raise_alarm(shard, code, detail, booking, sink)

        observed = self._observed[shard.keys.shard]
        queue = SinkQueue(shard.client, shard.keys, self._sink_name, observed)
        if not queue.acquire():
            return None
        deliverer = Deliverer(
            queue,
            self._sink,
            partial(self._takes, shard),
            context.store_now,
            raise_alarm,
            Replicated(queue, self._min_replicas).doubt,
        )
        return _Held(queue, deliverer)
