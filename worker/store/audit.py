"""Checks that the journal is unbroken, and that every record and timer agrees with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from msgspec import DecodeError
from redis.exceptions import ResponseError

from events.instants import format_instant, parse_instant
from worker.custody.journal import BrokenEntryError, Link, read_entry, record_digest
from worker.custody.record import Record
from worker.custody.record_document import read_record
from worker.store import alarms, journal, records
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.record_head import head_of
from worker.store.unix_ms import from_ms, to_ms_up

_PAGE = 500


@dataclass(slots=True)
class Audit:
    """The result of a check. `problems` are sentences that name booking and entry."""

    entries: int = 0
    bookings: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One stored record with its timer, read in one step."""

    booking: str
    doc: bytes | None
    journal_ids: list[str]
    head: bytes | None
    timer_ms: int | None


def verify(client: Client, keys: Keys) -> Audit:
    """Check every entry, every chain for gaps, and every record against its chain, its fields and its timer.

    Safe beside a working service: a record that changes meanwhile is judged as it was read.
    """
    audit = Audit()
    heads = _check_chains(client, keys, audit)
    audit.bookings = len(heads)
    bookings = records.every_booking(client, keys)
    while page := list(islice(bookings, _PAGE)):
        stored = read_stored(client, keys, page)
        for record, last in zip(stored, _last_entries(client, keys, stored), strict=True):
            audit.problems += problems_of(record, last, heads.pop(record.booking, (0, None)))
    audit.problems += alarms.verify(client, keys)
    for booking in heads:
        if not client.exists(keys.record(booking)):
            audit.problems.append(f"booking {booking}: a journal without a record")
    return audit


def _check_chains(client: Client, keys: Keys, audit: Audit) -> dict[str, tuple[int, bytes | None]]:
    """Check the whole journal; return each booking's newest version and hash."""
    heads: dict[str, tuple[int, bytes | None]] = {}
    simulated = bool(client.exists(keys.simulation))
    previous_ms = -1
    for id_, text in journal.every(client, keys):
        audit.entries += 1
        id_ms = int(id_.split("-")[0])
        try:
            link = read_entry(text)
            booking, version, before = link.content["booking"], link.content["version"], link.content["prev"]
        except (BrokenEntryError, KeyError) as error:
            audit.problems.append(f"journal entry {id_}: {error}")
            continue
        last_version, last_hash = heads.get(booking, (0, None))
        if (version, before) != (last_version + 1, _hex(last_hash)):
            problem = f"entry {id_} (version {version}) does not follow version {last_version}"
            audit.problems.append(f"booking {booking}: {problem}")
        if not simulated and not _commit_time_fits(link, id_ms, previous_ms):
            audit.problems.append(f"booking {booking}: entry {id_} names another commit time than its id")
        previous_ms = id_ms
        heads[booking] = (version, link.hash)
    return heads


def _commit_time_fits(link: Link, id_ms: int, previous_ms: int) -> bool:
    """An id has the commit's time; if the store's clock was set back, it has the time of the previous id."""
    committed_at = parse_instant(link.committed_at)
    return committed_at == from_ms(id_ms) or (committed_at < from_ms(id_ms) and id_ms == previous_ms)


def read_stored(client: Client, keys: Keys, bookings: Sequence[str]) -> list[StoredRecord]:
    """What the store holds of these bookings' records, each read in one step; empty where there is none."""
    pipeline = client.pipeline(transaction=True)
    for booking in bookings:
        pipeline.hmget(keys.record(booking), "doc", "journal", "head")
        pipeline.zscore(keys.timers, booking)
    answers = pipeline.execute(raise_on_error=False)
    stored = []
    for booking, values, score in zip(bookings, answers[::2], answers[1::2], strict=True):
        if isinstance(score, ResponseError):
            raise score
        if isinstance(values, ResponseError) and "WRONGTYPE" not in str(values):
            raise values
        # A key of another kind holds no record that can be read.
        doc, ids, head = (b"", b"", None) if isinstance(values, ResponseError) else values
        timer_ms = None if score is None else int(score)
        stored.append(StoredRecord(booking, doc, (ids or b"").decode().split(), head, timer_ms))
    return stored


def _last_entries(client: Client, keys: Keys, stored: Sequence[StoredRecord]) -> list[bytes | None]:
    pipeline = client.pipeline(transaction=False)
    for record in stored:
        newest = record.journal_ids[-1] if record.journal_ids else "0-1"
        pipeline.xrange(keys.journal, min=newest, max=newest)
    return [found[0][1].get(b"entry") if found else None for found in pipeline.execute()]


def problems_of(stored: StoredRecord, last: bytes | None, head: tuple[int, bytes | None]) -> Iterator[str]:
    """What of a stored record is not as it was committed, in sentences.

    Args:
        last: the newest journal entry that the record lists; None if it is gone.
        head: version and hash of the newest entry of its chain.
    """
    about = f"booking {stored.booking}:"
    try:
        record = read_record(stored.doc or b"")
    except DecodeError:
        yield f"{about} its record cannot be read"
        return
    if last is None:
        yield f"{about} its newest journal entry is gone"
        return
    try:
        link = read_entry(last)
    except BrokenEntryError as error:
        yield f"{about} its newest journal entry: {error}"
        return
    if head[0] > record.version or (head[0] == record.version and head[1] != record.chain):
        yield f"{about} its record is at version {record.version}, its journal at {head[0]}"
    for name, committed, found in _compared(record, link, stored):
        if committed != found:
            yield f"{about} its {name} is not what was committed"
    if link.record_digest != record_digest(stored.doc or b"", link.committed_at):
        yield f"{about} its record is not what was committed"
    if len(stored.journal_ids) != record.version:
        listed = len(stored.journal_ids)
        yield f"{about} its record lists {listed} journal entries for {record.version} versions"
    yield from _timer_problems(about, record, stored.timer_ms)


def _compared(record: Record, link: Link, stored: StoredRecord) -> Iterator[tuple[str, Any, Any]]:
    """What the journal and the key say, beside what the record says."""
    content = link.content
    yield "booking", content["booking"], stored.booking
    yield "booking number", stored.booking, record.booking
    yield "chain", link.hash, record.chain
    yield "version", content["version"], record.version
    yield "state", content["state"], record.state
    yield "deadline", content["deadline"], format_instant(record.deadline) if record.deadline else None
    yield "governing limit", content["governing_limit"], record.governing_limit
    yield "profile", content["profile_version"], record.profile.fingerprint
    yield "head", stored.head, head_of(record)


def _timer_problems(about: str, record: Record, timer_ms: int | None) -> Iterator[str]:
    if record.state == "closed" and timer_ms is not None:
        yield f"{about} closed, and still has a timer"
    due_at = record.release_due_at
    if record.state == "held" and (timer_ms is None or due_at is None or timer_ms > to_ms_up(due_at)):
        yield f"{about} held without a timer at or before its release"


def _hex(entry_hash: bytes | None) -> str | None:
    return entry_hash.hex() if entry_hash else None
