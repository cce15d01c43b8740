"""Reads one shard's inbox: one reader at a time, so that a booking's events keep their order.

The reader holds a lease, which ends when it dies or stalls; see lease.py. Its token is its fence: the store
keeps the token of whoever read last, and the commit script refuses any other, so a stalled reader that wakes
up commits nothing. Whoever takes over is given what was left unsettled before anything new.
"""

import re
import secrets
from datetime import datetime
from importlib.resources import files
from typing import Any, Final, NamedTuple

import orjson
from msgspec import Struct
from redis.exceptions import ResponseError

from worker.store.connection import Client
from worker.store.keys import INBOX_GROUP, Keys
from worker.store.lease import RELEASE, Observed
from worker.store.unix_ms import from_time

EVENT_FIELD: Final = b"event"
"""The field of an inbox entry that upstream writes."""

ACCEPTED_FIELD: Final = b"accepted_at"
"""Of an event that is put in again: when it was first accepted, Unix ms."""

LEASE_MS: Final = 3_000
"""Renewed with every batch, of about 0.1 s. Short, since releases may wait for what a dead reader held."""

_MOST_BYTES: Final = 16 * 1024 * 1024
"""Of a read: four hundred events of 60 MB each are not read together."""

_READ: Final = files("worker.store").joinpath("read_inbox.lua").read_text()


class Delivery(Struct, frozen=True):
    """One inbox entry as it came. `raw` is None if the entry has no field `event`."""

    id: str
    raw: bytes | None
    fields: bytes = b""
    """The fields of such an entry as JSON, so that it can be rejected whole."""
    accepted_ms: int | None = None
    """When it was first accepted, if it was put in again; Unix ms."""


class Claimed(NamedTuple):
    """Entries that the reader now holds and must settle.

    Attributes:
        deliveries: oldest first.
        lost: how many entries were deleted while an earlier reader held them.
        store_now: the store's time, in UTC, once all of them were there.
    """

    deliveries: list[Delivery]
    lost: int
    store_now: datetime


class InboxReader:
    """One attempt to be the reader, by one task or one pacemaker.

    Attributes:
        fence: what its commits must carry.
    """

    def __init__(self, client: Client, keys: Keys, consumer: str, observed: Observed) -> None:
        self.fence = secrets.token_hex(8)
        self._client: Any = client
        self._observed = observed
        self._reads = 0
        self._keys = (keys.reader, keys.reader_fence, keys.inbox)
        self._consumer = consumer
        self._read = client.register_script(_READ)
        self._may_hold = False

    def read(self, most: int) -> Claimed | None:
        """Take or renew the lease, and read the oldest entries: those left unsettled, or else new ones.

        None, and no lease, if another reader is at work or nothing waits.
        """
        self._may_hold = True
        self._reads += 1
        lease = (self.fence, self._reads, LEASE_MS, self._observed.expired)
        arguments = (*lease, INBOX_GROUP, self._consumer, most, _MOST_BYTES)
        try:
            answer: Any = self._read(self._keys, arguments)
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
            ensure_group(self._client, self._keys[2])
            answer = self._read(self._keys, arguments)
        others = answer if isinstance(answer, bytes) else None
        self._observed.see(others)
        if answer is None or others is not None:
            self._may_hold = False
            return None
        entries, lost, seconds, microseconds = answer
        return Claimed([_delivery(entry) for entry in entries], lost, from_time(seconds, microseconds))

    def release(self) -> None:
        """Give the lease up, if it is still ours."""
        if self._may_hold:
            self._client.eval(RELEASE, 1, self._keys[0], self.fence)


def ensure_group(client: Client, inbox: str) -> None:
    """Create the consumer group, reading from the beginning, unless it exists: what is settled is deleted."""
    try:
        client.xgroup_create(inbox, INBOX_GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


def _delivery(entry: Any) -> Delivery:
    id_, flat = entry
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    raw = fields.get(EVENT_FIELD)
    if raw is not None:
        return Delivery(id_.decode(), raw, accepted_ms=_ms(fields.get(ACCEPTED_FIELD)))
    texts = {
        name.decode("utf-8", "backslashreplace"): value.decode("utf-8", "backslashreplace")
        for name, value in fields.items()
    }
    return Delivery(id_.decode(), None, orjson.dumps(texts))


def _ms(text: bytes | None) -> int | None:
    """Anyone who may send events may have written it: what is no instant counts as absent."""
    return int(text) if text is not None and re.fullmatch(rb"\d{1,14}", text) else None
