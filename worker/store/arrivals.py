"""Puts events into the inboxes, and comes back only when they are as safe as the site asks.

While the store cannot take them, or is about to fill, it says so and when to try again: an event that waits
at its sender is safer than one in a store that has no room for releases.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from redis.exceptions import RedisError, ResponseError

from events.addressing import shard_of
from worker.store.connection import UNREACHABLE, Client
from worker.store.context import Context, Shard

MOST_WAITING: Final = 50_000
"""Events in all inboxes together."""

MOST_MEMORY: Final = 0.8
"""Of the memory that the store may use. The rest is for releases, which must always find room."""

_REPLICAS_WAIT_MS: Final = 1500
_DISK_WAIT_MS: Final = 2000


class NotTakenError(Exception):
    """The events are not as safe as the site asks: send all of them again. The message says why.

    Attributes:
        retry_after_seconds: when to try again.
    """

    def __init__(self, problem: str, retry_after_seconds: int = 5) -> None:
        super().__init__(problem)
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event for an inbox, as it came.

    Attributes:
        booking: its booking number; None where it cannot be read.
    """

    raw: bytes
    booking: str | None


def put_in(
    context: Context, arrivals: Sequence[Arrival], *, min_replicas: int, is_unsafe_accepted: bool
) -> None:
    """Put events into the inboxes of their shards; one without a booking number goes to shard 0.

    Args:
        min_replicas: so many replicas must have them.
        is_unsafe_accepted: a store that does not write to its disk is good enough.

    Raises:
        NotTakenError: the store cannot take them, or not safely enough. Some may be in: repeats are harmless.
    """
    groups = _by_client(context.shards, arrivals)
    try:
        looks = [_look(client, shards, is_unsafe_accepted) for client, shards, _ in groups]
        if sum(look.waiting for look in looks) > MOST_WAITING:
            raise NotTakenError("too many events wait for the clock", 10)
        for (client, _, entries), look in zip(groups, looks, strict=True):
            if entries:
                _write(client, entries, min_replicas, waits_for_disk=look.waits_for_disk)
    except UNREACHABLE as error:
        code = error.status_code if isinstance(error, RedisError) else None
        problem = f"cannot take events now ({code})" if code else "does not answer"
        raise NotTakenError(f"the store {problem}") from None
    except ResponseError as error:
        raise NotTakenError(f"the store refuses events ({_code(error)})") from None


@dataclass(frozen=True, slots=True)
class _Look:
    """What a server said before it was sent anything."""

    waiting: int
    waits_for_disk: bool


def _by_client(
    shards: Sequence[Shard], arrivals: Iterable[Arrival]
) -> list[tuple[Client, list[Shard], list[tuple[str, bytes]]]]:
    """By server: its shards, and the entries for their inboxes in order."""
    groups: dict[int, tuple[Client, list[Shard], list[tuple[str, bytes]]]] = {}
    for shard in shards:
        groups.setdefault(id(shard.client), (shard.client, [], []))[1].append(shard)
    for arrival in arrivals:
        shard = shards[0 if arrival.booking is None else shard_of(arrival.booking, len(shards))]
        groups[id(shard.client)][2].append((shard.keys.inbox, arrival.raw))
    return list(groups.values())


def _look(client: Client, shards: Sequence[Shard], is_unsafe_accepted: bool) -> _Look:
    pipeline: Any = client.pipeline(transaction=False)
    for shard in shards:
        pipeline.xlen(shard.keys.inbox)
    pipeline.info("memory")
    pipeline.config_get("appendonly", "appendfsync")
    *lengths, memory, settings = pipeline.execute(raise_on_error=False)
    if isinstance(memory, dict) and _is_nearly_full(memory):
        raise NotTakenError("the store's memory is nearly full: raise maxmemory, or archive", 30)
    # A store that may not be asked for its settings is asked, after the write, whether that is on disk.
    waits_for_disk = True
    if isinstance(settings, dict):
        waits_for_disk = settings.get("appendfsync") != "always" or settings.get("appendonly") != "yes"
    waiting = sum(length for length in lengths if isinstance(length, int))
    return _Look(waiting, waits_for_disk and not is_unsafe_accepted)


def _is_nearly_full(memory: dict[str, Any]) -> bool:
    limits = [int(memory.get(name) or 0) for name in ("maxmemory", "total_system_memory")]
    smallest = min((limit for limit in limits if limit > 0), default=0)
    return smallest > 0 and int(memory["used_memory"]) > MOST_MEMORY * smallest


def _write(
    client: Client, entries: Sequence[tuple[str, bytes]], min_replicas: int, *, waits_for_disk: bool
) -> None:
    """In one pipeline, hence on one connection: WAIT is about the writes of its own connection."""
    pipeline: Any = client.pipeline(transaction=False)
    for inbox, raw in entries:
        pipeline.xadd(inbox, {"event": raw})
    if waits_for_disk:
        pipeline.execute_command("WAITAOF", 1, 0, _DISK_WAIT_MS)
    if min_replicas:
        pipeline.execute_command("WAIT", min_replicas, _REPLICAS_WAIT_MS)
    answers = pipeline.execute()
    if min_replicas and (replicas := answers.pop()) < min_replicas:
        raise NotTakenError(f"{replicas} of {min_replicas} replicas have the events")
    if waits_for_disk and answers.pop()[0] < 1:
        raise NotTakenError("the store has not written the events to its disk in time")


def _code(error: ResponseError) -> str:
    """The first word of the store's answer; the rest may name keys or users."""
    return error.status_code or str(error).partition(" ")[0]
