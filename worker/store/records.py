"""Reads custody records."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from msgspec import DecodeError
from redis.exceptions import ResponseError

from worker.custody.record import Record
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.pipelining import ask
from worker.store.record_layout import record_of

_PAGE = 1000


class UnreadableRecordError(RuntimeError):
    """A stored record cannot be read: damaged, or written by a later version of the software."""

    def __init__(self, booking: str) -> None:
        super().__init__(
            f"booking {booking}: its record cannot be read; a person must look at once: is this version of "
            "the software older than the one that wrote it? See `custody audit verify`"
        )
        self.booking = booking


class Loaded(NamedTuple):
    """The records that are there and can be read, and the bookings whose record cannot."""

    records: dict[str, Record]
    unreadable: tuple[str, ...]


def load(client: Client, keys: Keys, bookings: Sequence[str]) -> Loaded:
    """The stored records among these bookings, in one round trip. One that cannot be read stops no other."""
    records, unreadable = {}, []
    answers = ask(client, [("HMGET", keys.record(booking), "stands", "doc") for booking in bookings])
    for booking, answer in zip(bookings, answers, strict=True):
        if isinstance(answer, ResponseError):
            raise answer
        stands, document = answer
        if document is None:
            continue
        try:
            records[booking] = record_of(booking, stands, document)
        except DecodeError:
            unreadable.append(booking)
    return Loaded(records, tuple(unreadable))


def load_one(client: Client, keys: Keys, booking: str) -> Record | None:
    """The stored record of one booking.

    Raises:
        UnreadableRecordError: it is there and cannot be read.
    """
    loaded = load(client, keys, [booking])
    if loaded.unreadable:
        raise UnreadableRecordError(booking)
    return loaded.records.get(booking)


def journal_ids(client: Client, keys: Keys, booking: str) -> list[str]:
    """The ids of a record's journal entries, oldest first."""
    ids: Any = client.hget(keys.record(booking), "journal")
    return ids.decode().split() if ids else []


def every_booking(client: Client, keys: Keys) -> Iterator[str]:
    """The booking numbers of all records, in no order, each once."""
    prefix = keys.record("")
    seen: set[str] = set()
    keys_found: Any = client.scan_iter(match=f"{_literal(prefix)}*", count=_PAGE)
    for key in keys_found:
        booking = key.decode().removeprefix(prefix)
        if booking not in seen:
            seen.add(booking)
            yield booking


def every(client: Client, keys: Keys) -> Iterator[Loaded]:
    """All records, in no order, some at a time; one written meanwhile may come in either form."""
    bookings = every_booking(client, keys)
    while page := list(islice(bookings, _PAGE)):
        yield load(client, keys, page)


def _literal(prefix: str) -> str:
    """A key prefix as a glob pattern; braces are plain in one, but brackets would not be."""
    return prefix.replace("[", r"\[")
