"""Finds the primary of a Sentinel group."""

from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, ResponseError, TimeoutError
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool, SentinelManagedConnection

from worker.sentinel_group import SentinelGroup

ANSWER_TIMEOUT_SECONDS: Final = 0.5
"""A sentinel that is cut off holds up each new connection for so long."""


class NewestSentinel(Sentinel):
    """Believes the sentinel with the newest configuration, where the library believes the first that answers.

    A sentinel that is cut off together with the old primary calls that one the primary for as long as
    it is cut off. Each failover that a majority decides has a higher epoch, so the highest is right.
    """

    def discover_master(self, service_name: str) -> tuple[str, int]:
        """Host and port of the primary.

        Raises:
            MasterNotFoundError: no sentinel that answers knows a primary that is up.
        """
        states = [state for sentinel in self.sentinels if (state := _state(sentinel, service_name))]
        if not states:
            raise MasterNotFoundError(f"no sentinel answers that knows a group {service_name!r}")
        newest = max(states, key=_epoch)
        is_up = newest["is_master"] and not newest["is_sdown"] and not newest["is_odown"]
        if not is_up:
            raise MasterNotFoundError("the sentinels know of no primary that is up")
        return newest["ip"], newest["port"]


def group_client(
    group: SentinelGroup, connection_class: type[SentinelManagedConnection], **options: Any
) -> Redis:
    """A client of whichever server is the primary. Nothing is sent until it is used.

    Args:
        options: of each connection to a server of the group.
    """
    sentinels = NewestSentinel(  # type: ignore[no-untyped-call]
        group.sentinels,
        sentinel_kwargs={
            "socket_timeout": ANSWER_TIMEOUT_SECONDS,
            "socket_connect_timeout": ANSWER_TIMEOUT_SECONDS,
            "retry": Retry(NoBackoff(), 0),
            **group.sentinel_login(),
        },
    )
    pool = SentinelConnectionPool(  # type: ignore[no-untyped-call]
        group.name,
        sentinels,
        connection_class=connection_class,
        db=group.database,
        username=group.username,
        password=group.password,
        **options,
    )
    return Redis.from_pool(pool)


def doubt_about_primary(client: Redis, run_id: str) -> str | None:
    """Why a server that has just taken a write may not be the primary any more.

    A replica may follow an old primary while another server has been made the primary: its acknowledgement
    alone does not say that the write will last. So most of the sentinels must answer that this is still the
    primary and that no failover has begun.

    Args:
        run_id: what the server calls itself, asked for on the connection of the write.

    Returns:
        The reason; None if it is the primary, or is not of a group.
    """
    asked = sentinel_states(client)
    if asked is None:
        return None
    states = [state for state in asked if state]
    if len(states) <= len(asked) / 2:
        return "most of the sentinels do not answer"
    if max(states, key=_epoch)["runid"] != run_id:
        return "another server is the primary by now"
    if any("failover_in_progress" in state["flags"] or state["is_odown"] for state in states):
        return "a failover has begun"
    return None


def sentinel_states(client: Redis) -> list[dict[str, Any] | None] | None:
    """What each sentinel says of the primary, None where it does not answer; None if there is no group."""
    pool: Any = client.connection_pool
    sentinels = getattr(pool, "sentinel_manager", None)
    if sentinels is None:
        return None
    return [_state(sentinel, pool.service_name) for sentinel in sentinels.sentinels]


def _epoch(state: dict[str, Any]) -> int:
    return int(state["config-epoch"])


def _state(sentinel: Any, name: str) -> dict[str, Any] | None:
    try:
        state: dict[str, Any] | None = sentinel.sentinel_masters().get(name)
    except (ConnectionError, TimeoutError, ResponseError):
        return None
    return state
