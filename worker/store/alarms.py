"""The alarms that wait for a person, and those that were acknowledged. The commit script writes both."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha1
from typing import Any

import msgspec

from events.instants import parse_instant
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.streams import entries_of_range
from worker.store.unix_ms import from_ms

_PAGE = 1000


class Acknowledging(msgspec.Struct, frozen=True):
    """An alarm that a person acknowledges.

    Attributes:
        same: its field among the waiting alarms.
        by: who, and what was noted, as a JSON object.
    """

    same: str
    id: str
    by: bytes


class StoredAlarm(msgspec.Struct, frozen=True):
    """An alarm as the script keeps it.

    Attributes:
        id: of its notice.
        subject: the booking number, or `clock`.
        count: how often it was raised since `first_at_ms`, the store's time in Unix ms.
        detail: what was said last; `earlier` has what was said before, newest first, the last 20.
        source: the system whose event it is about.
        others: the other bookings that it was raised about, newest first, the last 20.
    """

    id: str
    code: str
    subject: str
    first_at_ms: int
    last_at_ms: int
    count: int
    detail: str
    source: str | None = None
    earlier: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def first_at(self) -> datetime:
        """When it was raised, in UTC: the store's time."""
        return from_ms(self.first_at_ms)

    @property
    def last_at(self) -> datetime:
        """When it was raised last, in UTC: the store's time."""
        return from_ms(self.last_at_ms)


class Acknowledgement(msgspec.Struct, frozen=True):
    """Who acknowledged an alarm, when (UTC, the store's time), and what they noted.

    Attributes:
        before: SHA-1 of the entry before this one, as the script computed it; empty in the first.
    """

    alarm: StoredAlarm
    at: str
    before: str
    by: str
    note: str | None = None

    @property
    def acknowledged_at(self) -> datetime:
        """When, in UTC: the store's time."""
        return parse_instant(self.at)


def waiting(client: Client, keys: Keys) -> dict[str, StoredAlarm]:
    """The alarms of a shard that wait for a person, by what makes them the same, in no order."""
    found: dict[str, StoredAlarm] = {}
    kept: Any = client.hgetall(keys.alarms)
    for same, text in kept.items():
        try:
            found[same.decode()] = msgspec.json.decode(text, type=StoredAlarm)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue  # of another program: the script replaces it by the next alarm of the kind
    return found


def acknowledged(client: Client, keys: Keys) -> Iterator[Acknowledgement]:
    """The acknowledgements of a shard, oldest first, without those that cannot be read."""
    for _, text in _entries(client, keys):
        try:
            yield msgspec.json.decode(text, type=Acknowledgement)
        except msgspec.DecodeError:
            continue


def verify(client: Client, keys: Keys) -> list[str]:
    """What is wrong with the chain of acknowledgements, in sentences."""
    problems = []
    before = ""
    for id_, text in _entries(client, keys):
        try:
            entry = msgspec.json.decode(text, type=Acknowledgement)
        except msgspec.DecodeError:
            problems.append(f"acknowledgement {id_}: cannot be read")
        else:
            if entry.before != before:
                problems.append(f"acknowledgement {id_}: does not follow the one before it")
        before = sha1(text, usedforsecurity=False).hexdigest()
    return problems


def _entries(client: Client, keys: Keys) -> Iterator[tuple[str, bytes]]:
    start = "-"
    while entries := entries_of_range(client.xrange(keys.acknowledged, min=start, count=_PAGE)):
        for id_, fields in entries:
            yield id_.decode(), fields.get(b"entry", b"")
        start = f"({entries[-1][0].decode()}"
