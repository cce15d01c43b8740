"""All sinks of one shard: which there are, what waits for them, and what became of every attempt."""

import sys
from collections.abc import Collection, Iterator
from typing import Any, Final

import msgspec

from worker.store import outbox
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.outbox import BEGINNING, position
from worker.store.rejects import Dealt
from worker.store.sink_queue import Receipt, Settled, SinkQueue
from worker.store.streams import entries_of_range

NONE_YET: Final = "none yet"
"""In place of a sink's name, where no process that delivers has ever run."""

_PAGE: Final = 500


def open_sinks(client: Client, keys: Keys, sinks: Collection[str]) -> list[str]:
    """Give every sink that is new on this shard a cursor, and name the sinks that are no longer there.

    A new sink begins where those that it may replace have stopped, so that nothing is left out; if there are
    none, after what the others have dealt with, so that nothing old is sent to it.

    Returns:
        The sinks that have a cursor and are not among `sinks`; see `retire_sink`.
    """
    cursors = cursors_of(client, keys)
    gone = sorted(cursors.keys() - set(sinks))
    stopped = [cursors[name] for name in gone]
    start = min(stopped, key=position) if stopped else max(cursors.values(), key=position, default=BEGINNING)
    for name in sinks:
        client.hsetnx(keys.sink_cursors, name, start)
    return gone


def retire_sink(client: Client, keys: Keys, sink: str) -> int:
    """Forget a sink that is no longer in the routing file; what waited for it becomes dead letters.

    Returns:
        How many dead letters that made.
    """
    queue = SinkQueue(client, keys, sink)
    if not queue.acquire():
        return 0
    waiting = queue.waiting()
    gone = "the sink is no longer in the routing file"
    queue.settle(
        [
            Settled(id_, receipt=Receipt(sink, "", "", id_, state.attempts, "dead", gone))
            for id_, state in waiting.items()
        ]
    )
    client.hdel(keys.sink_cursors, sink)
    queue.release()
    return len(waiting)


def oldest_waiting(client: Client, keys: Keys, sinks: Collection[str]) -> dict[str, str]:
    """By sink, the id of the oldest outbox entry that it has not dealt with; none where nothing waits.

    An entry that is for other sinks counts until this one has passed it by.
    """
    cursors = cursors_of(client, keys)
    oldest: dict[str, str] = {}
    for sink in sinks:
        stored: Any = client.hkeys(keys.sink_waiting(sink))
        waiting = [id_.decode() for id_ in stored]
        fresh = entries_of_range(client.xrange(keys.outbox, min=f"({cursors.get(sink, BEGINNING)}", count=1))
        ids = waiting + [id_.decode() for id_, _ in fresh]
        if ids:
            oldest[sink] = min(ids, key=position)
    return oldest


def names(client: Client, keys: Keys) -> list[str]:
    """Every sink that has a cursor on this shard."""
    return sorted(cursors_of(client, keys))


def cursors_of(client: Client, keys: Keys) -> dict[str, str]:
    """By sink, the last outbox entry that it has dealt with."""
    found: Any = client.hgetall(keys.sink_cursors)
    return {name.decode(): cursor.decode() for name, cursor in found.items()}


def dead_letters(client: Client, keys: Keys) -> dict[tuple[str, str], Receipt]:
    """Every dead letter by sink and outbox id, with its last receipt."""
    stored: Any = client.hgetall(keys.dead_letters)
    found = {}
    for field, receipt in stored.items():
        sink, _, outbox_id = field.decode().partition(" ")
        found[sink, outbox_id] = msgspec.json.decode(receipt, type=Receipt)
    return found


def not_reached(client: Client, keys: Keys) -> dict[str, str | None]:
    """By sink, the oldest outbox entry that it has not come to; None if there is none, or it is disabled."""
    cursors = cursors_of(client, keys) or {NONE_YET: BEGINNING}
    pipeline: Any = client.pipeline(transaction=False)
    for sink, cursor in cursors.items():
        pipeline.xrange(keys.outbox, min=f"({cursor}", count=1)
        pipeline.hexists(keys.sink(sink), "disabled")
    answers = iter(pipeline.execute())
    heads: dict[str, str | None] = {}
    for sink in cursors:
        found, is_disabled = entries_of_range(next(answers)), next(answers)
        heads[sink] = found[0][0].decode() if found and not is_disabled else None
    return heads


def restart_cursors(client: Client, keys: Keys) -> None:
    """Let a sink whose cursor is past all that was ever in the outbox begin again: it is another stream.

    The last id that was given counts, not the newest entry, which somebody may have removed.
    """
    last = BEGINNING
    if client.exists(keys.outbox):
        stream: Any = client.xinfo_stream(keys.outbox)
        last = stream["last-generated-id"].decode()
    for sink, cursor in cursors_of(client, keys).items():
        if position(cursor) > position(last):
            pipeline: Any = client.pipeline(transaction=True)
            pipeline.hset(keys.sink_cursors, sink, BEGINNING)
            pipeline.hincrby(keys.sink(sink), "changes", 1)
            pipeline.execute()


def count_failing(client: Client, keys: Keys, sink: str) -> int:
    """How many notices the sink's receiver has not taken and is tried for again."""
    waiting = SinkQueue(client, keys, sink).waiting()
    return sum(state.attempts > 0 for state in waiting.values())


def disabled(client: Client, keys: Keys) -> list[str]:
    """The sinks whose receivers want nothing any more."""
    return [name for name in names(client, keys) if SinkQueue(client, keys, name).state().is_disabled]


def settle_dead_letters(client: Client, keys: Keys, outbox_id: str, dealt: Dealt) -> int:
    """Record who has brought a notice to its receivers otherwise; how many dead letters that settles."""
    settled = [f"{sink} {id_}" for sink, id_ in dead_letters(client, keys) if id_ == outbox_id]
    if settled:
        pipeline: Any = client.pipeline(transaction=True)
        pipeline.hset(keys.dealt, f"notice {outbox_id}", msgspec.json.encode(dealt))
        pipeline.hdel(keys.dead_letters, *settled)
        pipeline.execute()
    return len(settled)


def count_waiting(client: Client, keys: Keys) -> int:
    """How many notices some sink has not dealt with; one that waits at two counts twice.

    What no sink has come to yet counts once.
    """
    cursors = cursors_of(client, keys)
    waiting = sum(client.hlen(keys.sink_waiting(sink)) for sink in cursors)
    cursor = min(cursors.values(), key=position, default=BEGINNING)
    while page := outbox.after(client, keys, cursor, _PAGE):
        waiting += len(page)
        cursor = page[-1].id
    return waiting


def first_undelivered(client: Client, keys: Keys) -> tuple[int, int]:
    """The place in the outbox from which on notices may be undelivered; its beginning without a sink."""
    cursors = cursors_of(client, keys)
    if not cursors:
        return position(BEGINNING)
    oldest = oldest_waiting(client, keys, cursors)
    return min(map(position, oldest.values()), default=(sys.maxsize, 0))


def receipts(client: Client, keys: Keys, since_ms: int = 0) -> Iterator[tuple[str, Receipt]]:
    """Every receipt since a Unix ms, with its id, oldest first; the id has the store's time in Unix ms."""
    start: int | str = since_ms
    while entries := entries_of_range(client.xrange(keys.receipts, min=start, count=_PAGE)):
        for id_, fields in entries:
            yield id_.decode(), msgspec.json.decode(fields[b"receipt"], type=Receipt)
        start = f"({entries[-1][0].decode()}"
