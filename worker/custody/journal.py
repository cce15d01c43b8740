"""The journal: one entry per step, chained by SHA-256 within its booking.

An entry's text is canonical JSON (sorted keys, no blanks) and names the hash of the entry before it, null in
a booking's first. An entry omits its own hash, which anyone can recompute; the next entry and the record have
it. The store adds the commit's instant, in a commit's last entry the worker's digest of the record, and a
seal over hash, instant and digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1, sha256
from typing import Any, Final

import orjson
from msgspec import Struct

from events.inbound import Inbound
from events.instants import format_instant
from worker.custody.changes import Changes
from worker.custody.record import Record

_ADDED: Final = b',"committed_at":"'
"""Where the store's additions begin. Nothing imitates it: the body ends with its version, a number."""


class Entry(Struct, frozen=True):
    """One journal entry, without what only the store can add.

    Attributes:
        outcome: what happened: an `Outcome`.
        cause: type of the event that caused it, or "clock", also for a reprofile.
        event_id: that event's id.
        body: the canonical text.
        hash: its SHA-256.
    """

    version: int
    outcome: str
    cause: str
    event_id: str | None
    body: bytes
    hash: bytes


def write_entry(
    before: Record, changes: Changes, outcome: str, event: Inbound | None, detail: Mapping[str, Any]
) -> Entry:
    """The entry for these changes of a record, which make its next version."""
    version = before.version + 1
    cause = event.type if event else "clock"
    deadline = changes.get("deadline", before.deadline)
    profile = changes.get("profile", before.profile)
    content: dict[str, Any] = {
        "booking": before.booking,
        "version": version,
        "cause": cause,
        "outcome": outcome,
        "state": changes.get("state", before.state),
        "deadline": format_instant(deadline) if deadline else None,
        "governing_limit": changes.get("governing_limit", before.governing_limit),
        "profile": profile.name,
        "profile_version": profile.fingerprint,
        "prev": before.chain.hex() if before.chain else None,
    }
    if event:
        content["event"] = {"source": event.source, "id": event.id}
        if event.time is not None:
            content["event"]["time"] = format_instant(event.time)
    if detail:
        content["detail"] = detail
    body = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    event_id = event.id if event else None
    return Entry(version, outcome, cause, event_id, body, sha256(body).digest())


@dataclass(frozen=True, slots=True)
class Link:
    """A committed entry, read back and checked against itself.

    Attributes:
        record_digest: of the record's document after this entry; None but for the last entry of a commit.
    """

    content: dict[str, Any]
    hash: bytes
    committed_at: str
    record_digest: str | None


class BrokenEntryError(ValueError):
    """A journal entry is not what was written."""


def read_entry(text: bytes) -> Link:
    """Read a committed entry and check its hash and its seal.

    Raises:
        BrokenEntryError: the text was changed after it was written.
    """
    body, _, added = text.rpartition(_ADDED)
    body += b"}"
    entry_hash = sha256(body).digest()
    try:
        content = orjson.loads(body)
        additions = orjson.loads(b"{" + _ADDED[1:] + added)
        committed_at, record = additions["committed_at"], additions.get("record")
        whole = complete(body, entry_hash, committed_at, record)
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BrokenEntryError("not a journal entry") from error
    if whole != text or record == "":
        raise BrokenEntryError("its seal does not match what it seals")
    return Link(content, entry_hash, committed_at, record)


def record_digest(document: bytes, committed_at: str) -> str:
    """The digest of a record's document that goes into the journal: of all but the commit's own instant.

    The worker does not know that instant, and it is sealed beside the digest. Nothing else in a document can
    be taken for it: a quotation mark within a text is escaped, and other instants have six decimals or none.

    Args:
        document: as it is stored, or as it is sent to the store.
        committed_at: the instant, or the mark in its place.
    """
    undated = document.replace(f'_at":"{committed_at}"'.encode(), b'_at":""')
    return sha1(undated, usedforsecurity=False).hexdigest()


def seal_of(entry_hash: bytes, committed_at: str, record: str | None = None) -> str:
    """Binds the commit's instant and the record's digest to an entry; SHA-1, which the store can compute."""
    sealed = f"{entry_hash.hex()}:{committed_at}:{record or ''}"
    return sha1(sealed.encode(), usedforsecurity=False).hexdigest()


def complete(body: bytes, entry_hash: bytes, committed_at: str, record: str | None) -> bytes:
    """An entry as the store completes it; see commit.lua.

    Args:
        record: the digest of the record's document; None but for the last entry of a commit.
    """
    digest = f',"record":"{record}"' if record is not None else ""
    seal = seal_of(entry_hash, committed_at, record)
    return body[:-1] + f',"committed_at":"{committed_at}"{digest},"seal":"{seal}"}}'.encode()
