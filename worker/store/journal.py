"""Reads the journal back, and checks it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from events.instants import parse_instant
from worker.custody.journal import BrokenEntryError, Link, read_entry
from worker.custody.record import GENESIS
from worker.store import records
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.streams import entries_of_range
from worker.store.unix_ms import from_ms

_PAGE = 1000


@dataclass(slots=True)
class Audit:
    """What a check of every hash chain found. `problems` are sentences that name booking and entry."""

    entries: int = 0
    bookings: int = 0
    problems: list[str] = field(default_factory=list)


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


def every(client: Client, keys: Keys) -> Iterator[tuple[str, bytes]]:
    """All journal entries with their ids, oldest first, as they stand in the store."""
    start = "-"
    while entries := entries_of_range(client.xrange(keys.journal, min=start, count=_PAGE)):
        for id_, fields in entries:
            yield id_.decode(), fields.get(b"entry", b"")
        start = f"({entries[-1][0].decode()}"


def verify(client: Client, keys: Keys) -> Audit:
    """Check every entry, every chain without a gap, and that each record stands where its chain ends."""
    audit = Audit()
    heads: dict[str, tuple[int, str]] = {}
    simulated = bool(client.exists(keys.simulation))
    for id_, text in every(client, keys):
        audit.entries += 1
        try:
            link = read_entry(text)
        except BrokenEntryError as error:
            audit.problems.append(f"journal entry {id_}: {error}")
            continue
        booking, version = link.content["booking"], link.content["version"]
        before_version, before_hash = heads.get(booking, (0, GENESIS))
        if version != before_version + 1 or link.content["prev"] != before_hash:
            audit.problems.append(
                f"booking {booking}: entry {id_} (version {version}) does not follow version {before_version}"
            )
        if not simulated and parse_instant(link.committed_at) != from_ms(int(id_.split("-")[0])):
            audit.problems.append(f"booking {booking}: entry {id_} names another commit time than its id")
        heads[booking] = (version, link.hash)
    audit.bookings = len(heads)
    _check_records(client, keys, heads, audit)
    return audit


def _check_records(client: Client, keys: Keys, heads: dict[str, tuple[int, str]], audit: Audit) -> None:
    unseen = dict(heads)
    for record in records.every(client, keys):
        head = unseen.pop(record.booking, None)
        if head is None:
            audit.problems.append(f"booking {record.booking}: a record without a journal")
        elif head != (record.version, record.chain) and not _moved_on(client, keys, record.booking, head):
            problem = f"its record is at version {record.version}, its journal at {head[0]}"
            audit.problems.append(f"booking {record.booking}: {problem}")
    for booking in _absent(client, keys, list(unseen)):
        audit.problems.append(f"booking {booking}: a journal without a record")


def _moved_on(client: Client, keys: Keys, booking: str, head: tuple[int, str]) -> bool:
    """Whether the record was written after the journal was read, with the chain intact."""
    links = timeline(client, keys, booking)
    return any((link.content["version"], link.hash) == head for link in links)


def _absent(client: Client, keys: Keys, bookings: Sequence[str]) -> list[str]:
    present = records.load(client, keys, bookings)
    return [booking for booking in bookings if booking not in present]
