"""Puts events into the inboxes, and comes back only when they are as safe as the site asks.

While the store cannot take them, or is about to fill, it says so and when to try again: an event that waits
at its sender is safer than one in a store that has no room for releases.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from redis.exceptions import RedisError, ResponseError

from events.addressing import shard_of
from worker.store import confirmation
from worker.store.connection import UNREACHABLE, Client
from worker.store.context import Context, Shard
from worker.store.inbox_reader import ACCEPTED_FIELD, EVENT_FIELD
from worker.store.unix_ms import to_ms

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
        accepted_at: when it was accepted, in UTC, if that was earlier and it is put in again.
    """

    raw: bytes
    booking: str | None
    accepted_at: datetime | None = None

    def fields(self) -> dict[bytes, bytes | int]:
        """The fields of its inbox entry."""
        fields: dict[bytes, bytes | int] = {EVENT_FIELD: self.raw}
        if self.accepted_at is not None:
            fields[ACCEPTED_FIELD] = to_ms(self.accepted_at)
        return fields


def put_in(
    context: Context,
    arrivals: Sequence[Arrival],
    *,
    min_replicas: int,
    is_unsafe_accepted: bool,
    most_waiting: int = MOST_WAITING,
) -> list[datetime]:
    """Put events into the inboxes of their shards; one without a booking number goes to shard 0.

    Returns:
        When each of them arrived, by the store's clock, in UTC.

    Args:
        min_replicas: so many replicas must have them.
        is_unsafe_accepted: a store that does not write to its disk is good enough.
        most_waiting: none is taken while more than this wait.

    Raises:
        NotTakenError: the store cannot take them, or not safely enough. Some may be in: repeats are harmless.
    """
    groups = _by_client(context.shards, arrivals)
    try:
        looks = [_look(client, shards, is_unsafe_accepted) for client, shards, _ in groups]
        if sum(look.waiting for look in looks) > most_waiting:
            raise NotTakenError("too many events wait for the clock", 10)
        ids: dict[int, str] = {}
        for (client, _, entries), look in zip(groups, looks, strict=True):
            if entries:
                ids |= _write(client, entries, min_replicas, waits_for_disk=look.waits_for_disk)
    except UNREACHABLE as error:
        code = error.status_code if isinstance(error, RedisError) else None
        problem = f"cannot take events now ({code})" if code else "does not answer"
        raise NotTakenError(f"the store {problem}") from None
    except ResponseError as error:
        raise NotTakenError(f"the store refuses events ({_code(error)})") from None
    return [context.arrived_at(ids[number]) for number in range(len(arrivals))]


@dataclass(frozen=True, slots=True)
class _Look:
    """What a server said before it was sent anything."""

    waiting: int
    waits_for_disk: bool


def _by_client(
    shards: Sequence[Shard], arrivals: Iterable[Arrival]
) -> list[tuple[Client, list[Shard], list[tuple[int, str, Arrival]]]]:
    """By server: its shards, and the entries for their inboxes in order, each with its arrival's number."""
    groups: dict[int, tuple[Client, list[Shard], list[tuple[int, str, Arrival]]]] = {}
    for shard in shards:
        groups.setdefault(id(shard.client), (shard.client, [], []))[1].append(shard)
    for number, arrival in enumerate(arrivals):
        shard = shards[0 if arrival.booking is None else shard_of(arrival.booking, len(shards))]
        groups[id(shard.client)][2].append((number, shard.keys.inbox, arrival))
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
    client: Client, entries: Sequence[tuple[int, str, Arrival]], min_replicas: int, *, waits_for_disk: bool
) -> dict[int, str]:
    """Return the id of each entry by the number of its arrival.

    In one pipeline, hence on one connection: WAIT counts only the writes of the same connection.
    """
    pipeline: Any = client.pipeline(transaction=False)
    for _, inbox, arrival in entries:
        pipeline.xadd(inbox, arrival.fields())
    if waits_for_disk:
        pipeline.execute_command("WAITAOF", 1, 0, _DISK_WAIT_MS)
    if min_replicas:
        confirmation.ask(pipeline, min_replicas, _REPLICAS_WAIT_MS)
    answers = pipeline.execute()
    if min_replicas and (problem := confirmation.doubt(client, answers, min_replicas)):
        raise NotTakenError(f"the events are not safe in the store ({problem})")
    if waits_for_disk and answers.pop()[0] < 1:
        raise NotTakenError("the store has not written the events to its disk in time")
    return {number: id_.decode() for (number, _, _), id_ in zip(entries, answers, strict=True)}


def _code(error: ResponseError) -> str:
    """The first word of the store's answer; the rest may name keys or users."""
    return error.status_code or str(error).partition(" ")[0]
