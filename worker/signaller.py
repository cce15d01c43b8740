"""Sends signals to Celery from a thread of its own: a broker that hangs must not delay a deadline."""

import threading
from typing import Any, Final

import structlog
from celery import Celery
from kombu import Producer

log = structlog.get_logger("custody")

EXPIRES_SECONDS: Final = 10
"""A signal older than this is dropped by the worker: the next one says the same."""

UNREAD_LIMIT: Final = 8
"""While so many signals wait for a reader no more are sent; a broker must not fill up where nobody reads."""


class Signaller(threading.Thread):
    """Takes signals, drops repeats of those not sent yet, and sends the rest."""

    def __init__(self, app: Celery) -> None:
        super().__init__(name="signaller", daemon=True)
        self._app = app
        self._pending: dict[tuple[str, tuple[int, ...]], None] = {}
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._stopping = False
        self._failing = False

    def send(self, task: str, *arguments: int) -> None:
        """Send this signal soon. Never blocks, never fails."""
        with self._lock:
            self._pending[task, arguments] = None
        self._something.set()

    def stop(self) -> None:
        """End after what is being sent."""
        self._stopping = True
        self._something.set()

    def run(self) -> None:
        """Send until told to stop. A signal that cannot be sent is dropped: the pacemaker repeats it."""
        while not self._stopping:
            self._something.wait()
            self._something.clear()
            self._send_pending()

    def _send_pending(self) -> None:
        """Send what was given. Where enough is unread, drop it: whoever reads that finds all that waits."""
        with self._lock:
            pending, self._pending = self._pending, {}
        if not pending:
            return
        try:
            with self._app.producer_or_acquire() as producer:
                if self._unread(producer) >= UNREAD_LIMIT:
                    return
                for task, arguments in pending:
                    self._app.send_task(
                        task, args=arguments, expires=EXPIRES_SECONDS, retry=False, producer=producer
                    )
        except Exception as error:
            if not self._failing:
                log.warning("broker_unreachable", problem=type(error).__name__)
            self._failing = True
        else:
            self._failing = False

    def _unread(self, producer: Producer) -> int:
        """How many messages wait for a reader; 0 where the broker cannot tell.

        The queue is declared for it as Celery does before it sends, so that this works with every broker.
        """
        queue: Any = self._app.amqp.queues[self._app.conf.task_default_queue]
        return int(queue.queue_declare(channel=producer.channel).message_count)
