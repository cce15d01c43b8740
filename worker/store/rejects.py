"""Rejected events, kept until a person has dealt with them: has said so, or has replayed them.

The stream is never shortened. What became of each is beside it, in the hashes `dealt` and `replayed`: the
journal is chained per booking, and many a rejected event names none.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from events.parse import attribute_in
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.streams import entries_of_range
from worker.store.unix_ms import from_ms

_ID: Final = re.compile(r"\d{1,15}-\d{1,19}", re.ASCII)


class Dealt(msgspec.Struct, frozen=True):
    """Who has dealt with a rejected event, when (UTC, the store's time), and what they noted."""

    by: str
    at: datetime
    note: str | None = None


class StoredRejection(msgspec.Struct, frozen=True):
    """One rejected event as stored, and what became of it.

    Attributes:
        inbox_id: where it was in the inbox.
        replayed_as: the inbox id of its newest replay; None if it was never replayed.
        dealt: None if nobody has said that it is dealt with.
    """

    id: str
    event: bytes
    reason: str
    detail: str
    inbox_id: str
    replayed_as: str | None = None
    dealt: Dealt | None = None

    @property
    def rejected_at(self) -> datetime:
        """When it was rejected: the store's time, in UTC."""
        return from_ms(int(self.id.split("-")[0]))

    @property
    def waits(self) -> bool:
        """Whether nobody has dealt with it. A replay does: if that is rejected too, it waits in its place."""
        return self.replayed_as is None and self.dealt is None

    @property
    def is_whole(self) -> bool:
        """Whether all of the event is kept; of one that is too large, only the beginning is."""
        return self.reason != "too_large"

    @property
    def booking(self) -> str | None:
        """The booking number, where it can be read."""
        return attribute_in(self.event, "subject")

    @property
    def type(self) -> str | None:
        """The event type, where it can be read."""
        return attribute_in(self.event, "type")


def every(client: Client, keys: Keys, page: int = 500) -> Iterator[StoredRejection]:
    """All rejected events, oldest first."""
    start = "-"
    while found := _page(client, keys, start, page):
        yield from found
        start = f"({found[-1].id}"


def after(client: Client, keys: Keys, reject_id: str, page: int = 20) -> Iterator[StoredRejection]:
    """The rejected events after this one, oldest first."""
    while found := _page(client, keys, f"({reject_id}", page):
        yield from found
        reject_id = found[-1].id


def count(client: Client, keys: Keys) -> int:
    """How many events were ever rejected."""
    return int(client.xlen(keys.rejects))


def settled_among(client: Client, keys: Keys, reject_ids: Sequence[str]) -> set[str]:
    """Those of these rejected events that somebody has dealt with, or has replayed."""
    if not reject_ids:
        return set()
    outcomes: Any = (client.hmget(name, reject_ids) for name in (keys.replayed, keys.dealt))
    return {
        id_
        for found in outcomes
        for id_, outcome in zip(reject_ids, found, strict=True)
        if outcome is not None
    }


def find(client: Client, keys: Keys, reject_id: str) -> StoredRejection | None:
    """One rejected event by its id; None if there is none."""
    if not _ID.fullmatch(reject_id):
        return None
    entries = entries_of_range(client.xrange(keys.rejects, min=reject_id, max=reject_id))
    return _with_outcomes(client, keys, entries)[0] if entries else None


def replay(client: Client, keys: Keys, item: StoredRejection) -> str:
    """Put a rejected event into the inbox again, and record that; return its new inbox id."""
    inbox_id: Any = client.xadd(keys.inbox, {"event": item.event})
    client.hset(keys.replayed, item.id, inbox_id)
    return str(inbox_id.decode())


def settle(client: Client, keys: Keys, reject_id: str, dealt: Dealt) -> bool:
    """Record who has dealt with a rejected event. The first stays; whether this was the first."""
    return bool(client.hsetnx(keys.dealt, reject_id, msgspec.json.encode(dealt)))


def _page(client: Client, keys: Keys, start: str, count: int) -> list[StoredRejection]:
    entries = entries_of_range(client.xrange(keys.rejects, min=start, count=count))
    return _with_outcomes(client, keys, entries) if entries else []


def _with_outcomes(
    client: Client, keys: Keys, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]
) -> list[StoredRejection]:
    ids = [id_ for id_, _ in entries]
    replayed: Any = client.hmget(keys.replayed, ids)
    dealt: Any = client.hmget(keys.dealt, ids)
    return [_rejected(*one) for one in zip(entries, replayed, dealt, strict=True)]


def _rejected(
    entry: tuple[bytes, dict[bytes, bytes]], replayed_as: bytes | None, dealt: bytes | None
) -> StoredRejection:
    id_, fields = entry
    return StoredRejection(
        id=id_.decode(),
        event=fields.get(b"event", b""),
        reason=_text(fields, b"reason"),
        detail=_text(fields, b"detail"),
        inbox_id=_text(fields, b"inbox_id"),
        replayed_as=None if replayed_as is None else replayed_as.decode(),
        dealt=None if dealt is None else msgspec.json.decode(dealt, type=Dealt),
    )


def _text(fields: dict[bytes, bytes], name: bytes) -> str:
    """A field as text; another program may have written to the stream."""
    return fields.get(name, b"").decode("utf-8", "replace")
