"""Reads custody records."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from msgspec import DecodeError
from redis.exceptions import ResponseError

from worker.custody.record import Record
from worker.custody.record_document import UnknownFormatError, read_record
from worker.store.connection import Client
from worker.store.keys import EVERY_RECORD, Keys
from worker.store.pipelining import ask
from worker.store.record_head import head_of
from worker.store.wrong_types import is_wrong_type

_PAGE = 1000


class UnreadableRecordError(RuntimeError):
    """A stored record cannot be read: damaged, or in the format of another version of the software."""

    def __init__(self, booking: str, reason: str) -> None:
        super().__init__(
            f"booking {booking}: its record cannot be read ({reason}); a person must look at once, starting "
            "with `custody audit verify`"
        )
        self.booking = booking


class Loaded(NamedTuple):
    """The stored records that can be read, and an error for each that cannot."""

    records: dict[str, Record]
    unreadable: tuple[UnreadableRecordError, ...]


def load(client: Client, keys: Keys, bookings: Sequence[str]) -> Loaded:
    """The stored records of these bookings, in one round trip. An unreadable one stops no other."""
    records, unreadable = {}, []
    answers = ask(client, [("HMGET", keys.record(booking), "head", "doc") for booking in bookings])
    for booking, answer in zip(bookings, answers, strict=True):
        if isinstance(answer, ResponseError):
            if not is_wrong_type(answer):
                raise answer
            unreadable.append(UnreadableRecordError(booking, "its key holds something else than a record"))
            continue
        head, document = answer
        if document is None:
            continue
        try:
            records[booking] = _read(booking, head, document)
        except DecodeError as error:
            reason = str(error) if isinstance(error, UnknownFormatError) else "damaged"
            unreadable.append(UnreadableRecordError(booking, reason))
    return Loaded(records, tuple(unreadable))


def load_one(client: Client, keys: Keys, booking: str) -> Record | None:
    """The stored record of one booking.

    Raises:
        UnreadableRecordError: it is there and cannot be read.
    """
    loaded = load(client, keys, [booking])
    if loaded.unreadable:
        raise loaded.unreadable[0]
    return loaded.records.get(booking)


def _read(booking: str, head: bytes | None, document: bytes) -> Record:
    """A record that the script would also accept: nothing is decided on one that could not be committed."""
    record = read_record(document)
    if record.booking != booking or head != head_of(record):
        raise DecodeError("its head or its booking number is not what its document says")
    return record


def journal_ids(client: Client, keys: Keys, booking: str) -> list[str]:
    """The ids of a record's journal entries, oldest first."""
    ids: Any = client.hget(keys.record(booking), "journal")
    return ids.decode().split() if ids else []


def every_booking(client: Client, keys: Keys) -> Iterator[str]:
    """The booking numbers of all records, in no order, each once."""
    seen: set[str] = set()
    found: Any = client.scan_iter(match=f"{_literal(keys.record(''))}*", count=_PAGE)
    for _, booking in filter(None, map(Keys.of_record, found)):
        if booking not in seen:
            seen.add(booking)
            yield booking


def every(client: Client, keys: Keys) -> Iterator[Loaded]:
    """All records, in no order, in pages; one written meanwhile may be as before or as after."""
    bookings = every_booking(client, keys)
    while page := list(islice(bookings, _PAGE)):
        yield load(client, keys, page)


def pages(client: Client, count: int) -> Iterator[dict[int, list[str]]]:
    """The booking numbers of all records, by shard, about `count` at a time; in no order, some twice."""
    cursor = 0
    while True:
        found: Any
        cursor, found = client.scan(cursor, match=EVERY_RECORD, count=count)
        page: defaultdict[int, list[str]] = defaultdict(list)
        for shard, booking in filter(None, map(Keys.of_record, found)):
            page[shard].append(booking)
        yield page
        if not cursor:
            return


def _literal(prefix: str) -> str:
    """A key prefix as a glob pattern; braces are plain in one, but brackets would not be."""
    return prefix.replace("[", r"\[")
