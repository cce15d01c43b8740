"""How far behind each sink of a shard is, in a few round trips, without reading what its notices say."""

from typing import Any, Final, NamedTuple

from worker.store import outbox, sinks
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.outbox import BEGINNING, position

MOST_COUNTED: Final = 1_000
"""A longer backlog is not counted to its end."""


class Backlog(NamedTuple):
    """What waits for one sink.

    Attributes:
        unreached: how many outbox entries it has not come to, up to `MOST_COUNTED`.
        oldest_unreached: the id of the first; None if there is none.
        retried: how many notices its receiver has not taken, or that wait behind such a one.
        oldest_retried: the id of the first; None if there is none.
    """

    unreached: int
    oldest_unreached: str | None
    retried: int
    oldest_retried: str | None
    is_disabled: bool
    dead_letters: int


def backlogs(client: Client, keys: Keys) -> dict[str, Backlog]:
    """By sink; where no process that delivers has ever run, of `NONE_YET`."""
    cursors = sinks.cursors_of(client, keys) or {sinks.NONE_YET: BEGINNING}
    pipeline: Any = client.pipeline(transaction=False)
    for sink in cursors:
        pipeline.hkeys(keys.sink_waiting(sink))
        pipeline.hexists(keys.sink(sink), "disabled")
    answers = iter(pipeline.execute())
    dead = _dead_letters(client, keys)
    found = {}
    for sink, cursor in cursors.items():
        waiting = sorted((id_.decode() for id_ in next(answers)), key=position)
        fresh = [one.id for one in outbox.after(client, keys, cursor, MOST_COUNTED)]
        found[sink] = Backlog(
            unreached=len(fresh),
            oldest_unreached=fresh[0] if fresh else None,
            retried=len(waiting),
            oldest_retried=waiting[0] if waiting else None,
            is_disabled=bool(next(answers)),
            dead_letters=dead.pop(sink, 0),
        )
    # Of sinks that the routing file no longer has.
    return found | {sink: Backlog(0, None, 0, None, False, count) for sink, count in dead.items()}


def _dead_letters(client: Client, keys: Keys) -> dict[str, int]:
    counted: dict[str, int] = {}
    fields: Any = client.hkeys(keys.dead_letters)
    for field in fields:
        sink = field.decode().partition(" ")[0]
        counted[sink] = counted.get(sink, 0) + 1
    return counted
