"""Connects to the store."""

from typing import TypeAlias

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError
from redis.retry import Retry

Client: TypeAlias = Redis

UNREACHABLE = (ConnectionError, TimeoutError, BusyLoadingError)
"""The store cannot answer now but may soon. One that is loading after a restart has not lost its timers."""

_ANSWER_TIMEOUT_SECONDS = 10.0


def connect(url: str) -> Client:
    """A client of one server. Nothing is sent until it is used.

    The client never retries a command: what a lost reply means is decided by the caller.
    """
    return Redis.from_url(
        url,
        socket_timeout=_ANSWER_TIMEOUT_SECONDS,
        socket_connect_timeout=2.0,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
        protocol=3,
    )
