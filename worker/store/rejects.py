"""Rejected events, kept whole for a person to look at and replay."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.streams import entries_of_range
from worker.store.unix_ms import from_ms


@dataclass(frozen=True, slots=True)
class StoredRejection:
    """One rejected event as stored. `rejected_at` is the store's time, in UTC."""

    id: str
    event: bytes
    reason: str
    detail: str
    inbox_id: str

    @property
    def rejected_at(self) -> datetime:
        """When it was rejected."""
        return from_ms(int(self.id.split("-")[0]))


def every(client: Client, keys: Keys, page: int = 500) -> Iterator[StoredRejection]:
    """All rejected events, oldest first."""
    start = "-"
    while entries := entries_of_range(client.xrange(keys.rejects, min=start, count=page)):
        yield from (_rejected(id_, fields) for id_, fields in entries)
        start = f"({entries[-1][0].decode()}"


def find(client: Client, keys: Keys, reject_id: str) -> StoredRejection | None:
    """One rejected event by its id; None if there is none."""
    entries = entries_of_range(client.xrange(keys.rejects, min=reject_id, max=reject_id))
    return _rejected(*entries[0]) if entries else None


def _rejected(id_: bytes, fields: dict[bytes, bytes]) -> StoredRejection:
    reason, detail, inbox_id = (fields[name].decode() for name in (b"reason", b"detail", b"inbox_id"))
    return StoredRejection(id_.decode(), fields[b"event"], reason, detail, inbox_id)


def replay(client: Client, keys: Keys, item: StoredRejection) -> str:
    """Put a rejected event into the inbox again, and record that; return its new inbox id."""
    inbox_id: Any = client.xadd(keys.inbox, {"event": item.event})
    client.hset(keys.replayed, item.id, inbox_id)
    return str(inbox_id.decode())


def replayed_as(client: Client, keys: Keys, reject_id: str) -> str | None:
    """The inbox id of a rejected event's newest replay; None if it was never replayed."""
    inbox_id: Any = client.hget(keys.replayed, reject_id)
    return str(inbox_id.decode()) if inbox_id else None


def count_not_replayed(client: Client, keys: Keys) -> int:
    """How many rejected events have not been replayed."""
    return int(client.xlen(keys.rejects)) - int(client.hlen(keys.replayed))
