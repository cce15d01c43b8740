"""Connects to the store."""

from typing import Any, TypeAlias

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError
from redis.retry import Retry

from worker import progress

Client: TypeAlias = Redis

UNREACHABLE = (ConnectionError, TimeoutError, BusyLoadingError)
"""The store cannot answer now but may soon. One that is loading after a restart has not lost its timers."""

_ANSWER_TIMEOUT_SECONDS = 4.0


def connect(url: str) -> Client:
    """A client of one server. Nothing is sent until it is used.

    The client never retries a command: what a lost reply means is decided by the caller.
    """
    client = Redis.from_url(
        url,
        socket_timeout=_ANSWER_TIMEOUT_SECONDS,
        socket_connect_timeout=2.0,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
        protocol=3,
    )
    pool: Any = client.connection_pool
    pool.connection_class = type("StoreConnection", (_NotesProgress, pool.connection_class), {})
    return client


class _NotesProgress:
    """Mixin of a connection: that the store answered, or that waiting for it was given up, is progress."""

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        connection: Any = super()
        try:
            return connection.read_response(*args, **kwargs)
        finally:
            progress.note()
