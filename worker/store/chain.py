"""One booking's chain of journal entries, checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from events.instants import parse_instant
from worker.custody.journal import Link, read_entry
from worker.store.audit import problems_of, read_stored
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.streams import entries_of_range
from worker.store.unix_ms import from_ms


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """One journal entry as it stands in the store.

    Attributes:
        text: exactly as it is stored; empty if it is gone.
        link: what it says; None if it is gone, or not what was written.
    """

    id: str
    text: bytes
    link: Link | None


@dataclass(frozen=True, slots=True)
class Chain:
    """The journal entries that a record lists, oldest first.

    Attributes:
        problems: what is broken, in sentences; empty if the chain and its record are whole.
        is_clock_steady: whether every entry's id has the time of its commit; not so after the store's clock
            was set back.
    """

    entries: tuple[ChainEntry, ...]
    problems: tuple[str, ...]
    is_clock_steady: bool

    @property
    def ids(self) -> list[str]:
        """The ids of all entries, those that are gone included."""
        return [entry.id for entry in self.entries]


def chain_of(client: Client, keys: Keys, booking: str) -> Chain | None:
    """Check a booking's entries, the gaps between them, and its record; None without a record.

    Entries that the record does not list are not looked for: see `audit.verify`, which reads them all.
    """
    stored = read_stored(client, keys, [booking])[0]
    if stored.doc is None and not stored.journal_ids:
        return None
    entries = tuple(_entries(client, keys, stored.journal_ids))
    problems: list[str] = []
    head: tuple[int, bytes | None] = (0, None)
    for position, entry in enumerate(entries, start=1):
        is_last = position == len(entries)
        if entry.link is None:
            if not is_last:  # of the last it is said with the record's problems
                state = "is not what was written" if entry.text else "is gone"
                problems.append(f"booking {booking}: entry {position} ({entry.id}) {state}")
            head = (position, None)
            continue
        problems += _gaps(booking, position, entry.link, head)
        head = (position, entry.link.hash)
    last = entries[-1].text or None if entries else None
    problems += problems_of(stored, last, head)
    return Chain(entries, tuple(dict.fromkeys(problems)), all(map(_has_commit_time, entries)))


def _entries(client: Client, keys: Keys, ids: Sequence[str]) -> list[ChainEntry]:
    pipeline: Any = client.pipeline(transaction=False)
    for id_ in ids:
        pipeline.xrange(keys.journal, min=id_, max=id_)
    found = [entries_of_range(answer) for answer in pipeline.execute()]
    return [
        _entry(id_, one[0][1].get(b"entry", b"") if one else b"") for id_, one in zip(ids, found, strict=True)
    ]


def _entry(id_: str, text: bytes) -> ChainEntry:
    try:
        link = read_entry(text)
        parse_instant(link.committed_at)
    except ValueError:
        return ChainEntry(id_, text, None)
    return ChainEntry(id_, text, link)


def _gaps(booking: str, position: int, link: Link, before: tuple[int, bytes | None]) -> list[str]:
    content = link.content
    problems = []
    if (content.get("booking"), content.get("version")) != (booking, position):
        said = f"booking {content.get('booking')}, version {content.get('version')}"
        problems.append(f"booking {booking}: entry {position} says that it is {said}")
    is_first, before_hash = position == 1, before[1]
    is_known = is_first or before_hash is not None
    if is_known and content.get("prev") != (before_hash.hex() if before_hash else None):
        problems.append(f"booking {booking}: entry {position} does not follow the one before it")
    return problems


def _has_commit_time(entry: ChainEntry) -> bool:
    if entry.link is None:
        return True
    return parse_instant(entry.link.committed_at) == from_ms(int(entry.id.split("-")[0]))
