"""Reads custody records."""

from collections.abc import Iterator, Sequence
from typing import Any

from worker.custody.record import Record
from worker.store.connection import Client
from worker.store.keys import Keys

_SCAN_COUNT = 1000


def load(client: Client, keys: Keys, bookings: Sequence[str]) -> dict[str, Record]:
    """The stored records among these bookings, in one round trip."""
    pipeline = client.pipeline(transaction=False)
    for booking in bookings:
        pipeline.hget(keys.record(booking), "doc")
    documents = pipeline.execute()
    return {
        booking: Record.model_validate_json(document)
        for booking, document in zip(bookings, documents, strict=True)
        if document is not None
    }


def journal_ids(client: Client, keys: Keys, booking: str) -> list[str]:
    """The ids of a record's journal entries, oldest first."""
    ids = client.hget(keys.record(booking), "journal")
    return ids.decode().split() if ids else []


def every(client: Client, keys: Keys) -> Iterator[Record]:
    """All records, in no order, read in batches; a record written meanwhile may come in either form."""
    prefix = keys.record("")
    batch: list[str] = []
    key: Any
    for key in client.scan_iter(match=f"{_literal(prefix)}*", count=_SCAN_COUNT):
        batch.append(bytes(key).decode().removeprefix(prefix))
        if len(batch) == _SCAN_COUNT:
            yield from load(client, keys, batch).values()
            batch = []
    yield from load(client, keys, batch).values()


def _literal(prefix: str) -> str:
    """A key prefix as a glob pattern; braces are plain in one, but brackets would not be."""
    return prefix.replace("[", r"\[")
