"""The outbox: every outbound event, oldest first. Sinks read it by cursors; other systems may by groups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.streams import entries_of_range

_PAGE: Final = 500

BEGINNING: Final = "0-0"
"""Before every entry."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One entry of the outbox. `event` is empty if the entry has no field `event`."""

    id: str
    event: bytes


def after(client: Client, keys: Keys, cursor: str, count: int) -> list[Outgoing]:
    """The entries after one, oldest first."""
    found = entries_of_range(client.xrange(keys.outbox, min=f"({cursor}", count=count))
    return [Outgoing(id_.decode(), fields.get(b"event", b"")) for id_, fields in found]


def with_ids(client: Client, keys: Keys, ids: Sequence[str]) -> dict[str, bytes]:
    """The events of the entries with these ids; one that was deleted is missing."""
    pipeline = client.pipeline(transaction=False)
    for id_ in ids:
        pipeline.xrange(keys.outbox, min=id_, max=id_)
    answers = [entries_of_range(found) for found in pipeline.execute()]
    return {id_: found[0][1].get(b"event", b"") for id_, found in zip(ids, answers, strict=True) if found}


def newest_id(client: Client, keys: Keys) -> str:
    """The id of the newest entry."""
    newest = entries_of_range(client.xrevrange(keys.outbox, count=1))
    return newest[0][0].decode() if newest else BEGINNING


def removed(client: Client, keys: Keys) -> int:
    """How many entries were ever removed. Nothing of the clock removes one."""
    if not client.exists(keys.outbox):
        return 0
    stream: Any = client.xinfo_stream(keys.outbox)
    return int(stream["entries-added"]) - int(stream["length"])


def entries(client: Client, keys: Keys) -> Iterator[Outgoing]:
    """Every entry, oldest first."""
    cursor = BEGINNING
    while page := after(client, keys, cursor, _PAGE):
        yield from page
        cursor = page[-1].id


def between(client: Client, keys: Keys, first_ms: int, last_ms: int) -> Iterator[Outgoing]:
    """The entries stored from a Unix millisecond of the store up to and including another, oldest first."""
    start: int | str = first_ms
    while page := entries_of_range(client.xrange(keys.outbox, min=start, max=last_ms, count=_PAGE)):
        for id_, fields in page:
            yield Outgoing(id_.decode(), fields.get(b"event", b""))
        start = f"({page[-1][0].decode()}"


def every(client: Client, keys: Keys) -> Iterator[tuple[str, bytes]]:
    """All outbound events with their ids, oldest first, as they are in the store."""
    return ((entry.id, entry.event) for entry in entries(client, keys) if entry.event)


def stored_with(client: Client, keys: Keys, journal_ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The outbound events, with their ids, of the milliseconds in which these journal entries were stored."""
    pipeline = client.pipeline(transaction=False)
    for ms in dict.fromkeys(id_.split("-")[0] for id_ in journal_ids):
        pipeline.xrange(keys.outbox, min=ms, max=ms)
    for found in pipeline.execute():
        for id_, fields in entries_of_range(found):
            yield id_.decode(), fields.get(b"event", b"")


def position(id_: str) -> tuple[int, int]:
    """An entry's place in its stream."""
    ms, _, sequence = id_.partition("-")
    return int(ms), int(sequence or 0)
