"""Celery's consumer, made to outlive whatever its broker answers and whatever is in the queue."""

import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown
from redis.exceptions import RedisError

log = structlog.get_logger("custody")

_RETRY_SECONDS: Final = 1.0


class LastingConsumer(Consumer):
    """Answers every error with a new connection, and discards a message that cannot be understood.

    Celery knows some errors as those of a connection, and ends the worker at any other: at an error reply of
    a demoted broker, at a message that is no JSON, at its own leftovers of a connection that was lost.
    """

    hub: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Celery tries again after errors of both kinds, but those of a connection it only logs where it
        # acknowledges a message: one that stays unacknowledged counts as in work, and soon nothing is read.
        self.connection_errors = ()
        self.channel_errors = (Exception,)

    def connect(self) -> Any:
        """Connect, without what an earlier connection has left in the event loop; it would fail for ever."""
        if self.hub:
            ticks = self.hub.on_tick
            ticks -= {tick for tick in ticks if tick.__module__.startswith("kombu.")}
        return super().connect()

    def ensure_connected(self, conn: Any) -> Any:
        """Try every second, whatever the answer. Celery gives up at some, and waits 30 s after others."""
        failed = False
        while True:
            try:
                conn.ensure_connection(max_retries=1, interval_start=0)
            except Exception as error:
                if not failed:
                    log.warning("broker_unreachable", problem=f"{type(error).__name__}: {error}")
                failed = True
                time.sleep(_RETRY_SECONDS)
                maybe_shutdown()
            else:
                return conn

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Close the connection, which may fail as well: what it has left unacknowledged expires."""
        try:
            super().on_connection_error_after_connected(exc)
        except Exception as error:
            log.warning("broker_connection_abandoned", problem=f"{type(error).__name__}: {error}")

    def create_task_handler(self, *args: Any) -> Callable[[Any], None]:
        """A handler that discards what Celery's own fails at: it would be delivered again and again."""
        handle = super().create_task_handler(*args)

        def handle_or_discard(message: Any) -> None:
            try:
                handle(message)
            except (RedisError, OSError):
                raise
            except Exception as error:
                log.warning("signal_discarded", problem=type(error).__name__)
                if not message.acknowledged:
                    message.reject()

        return handle_or_discard
