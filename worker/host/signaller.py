"""Sends signals to Celery from a separate thread: a broker that hangs must not delay a deadline."""

import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import structlog
from celery import Celery
from kombu import Producer

from worker.engine.signals import Signal

log = structlog.get_logger("custody")

EXPIRES_SECONDS: Final = 10
"""Celery drops a signal older than this: the next one says the same."""

UNREAD_LIMIT: Final = 8
"""Back-pressure: while so many signals are unread no more are sent, so that the broker does not fill up."""


class Signaller(threading.Thread):
    """Queues signals, drops repeats of those not sent yet, and sends the rest."""

    def __init__(self, app: Celery) -> None:
        super().__init__(name="signaller", daemon=True)
        self._app = app
        self._producer: Producer | None = None
        self._pending: dict[tuple[Signal, int, int], None] = {}
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._stopping = False
        self._failing = False

    def send(self, signal: Signal, shard: int, helper: int = 0) -> None:
        """Send this signal soon. Never blocks, never fails."""
        with self._lock:
            self._pending[signal, shard, helper] = None
        self._something.set()

    def stop(self) -> None:
        """End after the signals that are being sent."""
        self._stopping = True
        self._something.set()

    def run(self) -> None:
        """Send until stopped. A signal that cannot be sent is dropped: the pacemaker repeats it."""
        while not self._stopping:
            self._something.wait()
            self._something.clear()
            self._send_pending()

    def _send_pending(self) -> None:
        """Send what is queued; drop it if enough is unread, since whoever reads one finds all that waits."""
        with self._lock:
            pending, self._pending = self._pending, {}
        if not pending:
            return
        try:
            self._producer = self._producer or Producer(self._app.connection_for_write())
            self._send(self._producer, pending)
        except Exception as error:
            self._disconnect()
            if not self._failing:
                log.warning("broker_unreachable", problem=type(error).__name__)
            self._failing = True
        else:
            self._failing = False

    def _send(self, producer: Producer, pending: Iterable[tuple[Signal, int, int]]) -> None:
        is_full: dict[str, bool] = {}
        for signal, shard, helper in pending:
            if signal.queue not in is_full:
                is_full[signal.queue] = self._unread(producer, signal.queue) >= UNREAD_LIMIT
            if is_full[signal.queue]:
                continue
            self._app.send_task(
                signal.value,
                args=(shard, helper),
                queue=signal.queue,
                expires=EXPIRES_SECONDS,
                retry=False,
                producer=producer,
            )

    def _disconnect(self) -> None:
        """Connect again for the next signal: after a failover another server may answer."""
        producer, self._producer = self._producer, None
        if producer and producer.connection:
            with suppress(Exception):
                producer.connection.close()

    def _unread(self, producer: Producer, name: str) -> int:
        """How many messages wait for a reader; 0 where the broker cannot tell.

        The queue is declared for it as Celery does before it sends, so that this works with every broker.
        """
        queue: Any = self._app.amqp.queues[name]
        return int(queue.queue_declare(channel=producer.channel).message_count)
