"""Reads the journal back."""

from collections.abc import Iterator

from worker.custody.journal import BrokenEntryError, Link, read_entry
from worker.store import records
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.streams import entries_of_range

_PAGE = 1000


def timeline(client: Client, keys: Keys, booking: str) -> list[Link]:
    """A booking's journal entries, oldest first.

    Raises:
        BrokenEntryError: an entry was changed or removed.
    """
    ids = records.journal_ids(client, keys, booking)
    pipeline = client.pipeline(transaction=False)
    for id_ in ids:
        pipeline.xrange(keys.journal, min=id_, max=id_)
    links = []
    for id_, found in zip(ids, pipeline.execute(), strict=True):
        if not found:
            raise BrokenEntryError(
                f"booking {booking}: journal entry {id_} is gone; run `custody audit verify`"
            )
        links.append(read_entry(found[0][1][b"entry"]))
    return links


def every(
    client: Client, keys: Keys, first: int | str = "-", last: int | str = "+"
) -> Iterator[tuple[str, bytes]]:
    """All journal entries with their ids, oldest first, as they stand in the store.

    Args:
        first, last: only those stored from this Unix millisecond up to and including that one.
    """
    start = first
    while entries := entries_of_range(client.xrange(keys.journal, min=start, max=last, count=_PAGE)):
        for id_, fields in entries:
            yield id_.decode(), fields.get(b"entry", b"")
        start = f"({entries[-1][0].decode()}"
