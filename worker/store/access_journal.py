"""Who has looked at whose record. Nothing of the clock removes an entry."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

import msgspec

from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.streams import entries_of_range
from worker.store.unix_ms import from_ms

Form: TypeAlias = Literal["page", "evidence", "over-detention report", "ICE report"]
"""What was opened: a booking's page or its evidence file, or a report that names booking numbers."""

_PAGE: Final = 1000


class Access(msgspec.Struct, frozen=True):
    """One look at a booking, or at a report.

    Attributes:
        booking: the number that was asked for, whether there is such a booking or not; None of a report.
        by: the name of the token; None where the desk is open to whoever asks.
    """

    booking: str | None
    by: str | None
    form: Form


@dataclass(frozen=True, slots=True)
class NotedAccess:
    """One entry. `at` is the store's time in UTC; `access` is None for one that cannot be read."""

    id: str
    at: datetime
    access: Access | None


def note(client: Client, keys: Keys, access: Access) -> None:
    """Write one entry.

    Raises:
        redis.exceptions.RedisError: the store has not taken it.
    """
    client.xadd(keys.access, {"entry": msgspec.json.encode(access)})


def every(client: Client, keys: Keys, since_ms: int = 0) -> Iterator[NotedAccess]:
    """All entries since a Unix millisecond of the store, oldest first."""
    start: int | str = since_ms
    while entries := entries_of_range(client.xrange(keys.access, min=start, count=_PAGE)):
        for id_, fields in entries:
            name = id_.decode()
            yield NotedAccess(name, from_ms(int(name.split("-")[0])), _read(fields.get(b"entry", b"")))
        start = f"({entries[-1][0].decode()}"


def _read(text: bytes) -> Access | None:
    try:
        return msgspec.json.decode(text, type=Access)
    except msgspec.DecodeError:
        return None
