"""The journal: one entry a transition, chained by SHA-256 within its booking.

An entry's text is canonical JSON (sorted keys, no blanks) and names the hash of the entry before it. The
store adds the instant of the commit and a seal over hash and instant, so that neither can be changed unnoticed.
"""

from dataclasses import dataclass
from hashlib import sha1, sha256
from typing import Any, Final

import orjson

from events.inbound import Inbound
from events.instants import format_instant
from worker.custody.record import Record

_HASH_MARK: Final = b',"hash":"'


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry, without what only the store can add.

    Attributes:
        outcome: what happened, in one word of the field's terms.
        cause: type of the event that caused it, or "clock".
        event_id: that event's id.
        body: the canonical text that `hash` covers.
    """

    version: int
    outcome: str
    cause: str
    event_id: str | None
    body: bytes
    hash: str


def write_entry(record: Record, outcome: str, event: Inbound | None, detail: dict[str, Any]) -> Entry:
    """The entry that brings a record to its next version; `record` is as it will stand, but for its chain."""
    cause = event.type if event else "clock"
    content = {
        "booking": record.booking,
        "version": record.version,
        "cause": cause,
        "outcome": outcome,
        "state": record.state,
        "deadline": format_instant(record.deadline) if record.deadline else None,
        "governing_limit": record.governing_limit,
        "profile": record.profile,
        "prev": record.chain,
    }
    if event:
        content["event"] = {"source": event.source, "id": event.id, "time": format_instant(event.time)}
    if detail:
        content["detail"] = detail
    body = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return Entry(record.version, outcome, cause, event.id if event else None, body, sha256(body).hexdigest())


@dataclass(frozen=True, slots=True)
class Link:
    """A committed entry, read back and checked against itself."""

    content: dict[str, Any]
    hash: str
    committed_at: str


class BrokenEntryError(ValueError):
    """A journal entry is not what was written."""


def read_entry(text: bytes) -> Link:
    """Read a committed entry and check its hash and its seal.

    Raises:
        BrokenEntryError: the text was changed after it was written.
    """
    body, mark, tail = text.rpartition(_HASH_MARK)
    try:
        body += b"}"
        content = orjson.loads(body)
        added = orjson.loads(b"{" + (mark + tail)[1:])
        stated, committed_at, seal = added["hash"], added["committed_at"], added["seal"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BrokenEntryError("not a journal entry") from error
    if sha256(body).hexdigest() != stated:
        raise BrokenEntryError("its hash does not match its text")
    if seal_of(stated, committed_at) != seal:
        raise BrokenEntryError("its seal does not match its hash and commit time")
    return Link(content, stated, committed_at)


def seal_of(entry_hash: str, committed_at: str) -> str:
    """What binds the commit's instant to an entry: SHA-1, the one digest that the store can compute."""
    return sha1(f"{entry_hash}:{committed_at}".encode(), usedforsecurity=False).hexdigest()
