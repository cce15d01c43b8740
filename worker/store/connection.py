"""Connects to the store."""

import re
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, ResponseError, TimeoutError
from redis.retry import Retry
from redis.sentinel import SentinelManagedConnection

from worker import progress
from worker.sentinel_group import SCHEME, SentinelGroup
from worker.store.sentinels import group_client

Client: TypeAlias = Redis


class NotNowError(ConnectionError):
    """The store answered that it cannot serve now; the message is its reply, which holds no data."""


UNREACHABLE = (ConnectionError, TimeoutError)
"""The store cannot serve now but may soon. One that is loading after a restart has not lost its timers."""

_NOT_NOW: Final = frozenset(
    {
        "READONLY",  # demoted: its master is elsewhere
        "UNBLOCKED",  # demoted while a command waited
        "MASTERDOWN",  # a replica without its master
        "NOREPLICAS",  # fewer replicas than it needs to take a write
        "MISCONF",  # its disk fails
        "OOM",  # its memory is full
        "BUSY",  # it runs a long script
        "CLUSTERDOWN",
        "TRYAGAIN",
    }
)
"""The error replies that are about the store and never about a command or its data. Nothing was done.

A command that fails with one of them is right and must be sent again later: nothing is set aside for it.
LOADING, NOAUTH and WRONGPASS belong here as well; to the client library they are connection errors already.
"""

ANSWER_TIMEOUT_SECONDS: Final = 4.0
"""A connection that is cut without a word never answers: releases may be this late until that is noticed."""

_CONNECT_TIMEOUT_SECONDS: Final = 2.0


def connect(url: str) -> Client:
    """A client of one server, or of whichever server is the primary of a Sentinel group.

    Nothing is sent until it is used. The client never retries a command: what a lost reply means is decided
    by the caller.
    """
    options: dict[str, Any] = {
        "socket_timeout": ANSWER_TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": 0,
        "protocol": 3,
    }
    network = {"socket_connect_timeout": _CONNECT_TIMEOUT_SECONDS, "socket_keepalive": True}
    scheme = urlsplit(url).scheme
    if scheme == SCHEME:
        return group_client(SentinelGroup.of(url), _GroupConnection, **options, **network)
    client = Redis.from_url(url, **options, **({} if scheme == "unix" else network))
    pool: Any = client.connection_pool
    pool.connection_class = type("StoreConnection", (_ReadsAnswers, pool.connection_class), {})
    return client


def drop_idle_connections(client: Client) -> None:
    """Connect again for whatever comes next: the others may lead to the same server as one that failed."""
    client.connection_pool.disconnect(inuse_connections=False)


def certificate_problem(error: BaseException) -> str | None:
    """Why the server's certificate is not trusted; None if this error is about something else."""
    found = re.search(r"certificate verify failed: (.*?)(?: \(_ssl\.c.*)?$", str(error))
    return f"its certificate is not trusted: {found[1].rstrip('.')}" if found else None


class _ReadsAnswers:
    """Mixin of a connection: says NotNowError, and notes that an answer, or giving it up, is progress.

    After a NotNowError it connects again: since a failover another server may answer.
    """

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        connection: Any = super()
        try:
            return connection.read_response(*args, **kwargs)
        except ResponseError as error:
            code = error.status_code or str(error).partition(" ")[0]
            if code not in _NOT_NOW:
                raise
            connection.disconnect()
            raise NotNowError(f"{code} {str(error).removeprefix(code).strip()}", status_code=code) from None
        finally:
            progress.note()


class _GroupConnection(_ReadsAnswers, SentinelManagedConnection):
    """Of a group: it asks the sentinels whenever it connects."""
