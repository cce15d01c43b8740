"""The inbox, read by a consumer group, so that another worker takes over what a dead one held."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from msgspec import Struct
from redis.exceptions import ResponseError

from worker.store.connection import Client
from worker.store.keys import INBOX_GROUP, Keys
from worker.store.pipelining import ask
from worker.store.streams import entries_of_range
from worker.store.unix_ms import from_time

CLAIM_AFTER_MS: Final = 5_000
"""After this long without being settled, an entry may be claimed by another worker."""

PACEMAKER_SUFFIX: Final = ".pacemaker"
"""Ends the consumer name of a pacemaker, which works the inbox only if no task does."""

_FIELD: Final = b"event"


class Delivery(Struct, frozen=True):
    """One inbox entry as it came. `raw` is None if the entry has no field `event`."""

    id: str
    raw: bytes | None
    fields: bytes = b""
    """The fields of such an entry as JSON, so that it can be rejected whole."""


class Claimed(NamedTuple):
    """Entries that a worker now holds and must settle.

    Attributes:
        deliveries: first what dead workers held, then what is new.
        lost: how many entries a dead worker held that somebody deleted meanwhile.
        store_now: the store's time, in UTC, once all of them were there.
    """

    deliveries: list[Delivery]
    lost: int
    store_now: datetime


class Inbox:
    """One shard's inbox, read under one consumer name."""

    def __init__(self, client: Client, keys: Keys, consumer: str) -> None:
        self._client = client
        self._keys = keys
        self._consumer = consumer

    def ensure_group(self) -> None:
        """Create the consumer group, reading from the beginning, unless it exists."""
        try:
            self._client.xgroup_create(self._keys.inbox, INBOX_GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def claim(self, count: int) -> Claimed:
        """Claim what another worker did not settle in time, and what nobody has read yet.

        One round trip, since each waits behind the commits of other workers.

        Args:
            count: the most of each.
        """
        inbox = self._keys.inbox
        claimed, read, time = ask(
            self._client,
            [
                ("XAUTOCLAIM", inbox, INBOX_GROUP, self._consumer, CLAIM_AFTER_MS, "0-0", "COUNT", count),
                ("XREADGROUP", "GROUP", INBOX_GROUP, self._consumer, "COUNT", count, "STREAMS", inbox, ">"),
                ("TIME",),
            ],
        )
        for answer in (claimed, read, time):
            if isinstance(answer, ResponseError):
                raise answer
        entries = claimed[1] + (read[inbox.encode()] if read else [])
        return Claimed([_delivery(entry) for entry in entries], len(claimed[2]), from_time(*time))

    def deliveries_of(self, id_: str) -> int:
        """How often an unsettled entry has been delivered to a worker."""
        pending: Any = self._client.xpending_range(self._keys.inbox, INBOX_GROUP, id_, id_, 1)
        return int(pending[0]["times_delivered"]) if pending else 0

    def waiting(self) -> int:
        """How many entries are unsettled, read or not."""
        return int(self._client.xlen(self._keys.inbox))

    def is_stalled(self, idle_ms: int) -> bool:
        """Whether an entry has waited this long while no task asked for work."""
        oldest = entries_of_range(self._client.xrange(self._keys.inbox, count=1))
        if not oldest:
            return False
        now_seconds, _ = self._client.time()
        if now_seconds * 1000 - int(oldest[0][0].split(b"-")[0]) < idle_ms:
            return False
        consumers = self._client.xinfo_consumers(self._keys.inbox, INBOX_GROUP)
        return all(
            consumer["idle"] >= idle_ms
            for consumer in consumers
            if not consumer["name"].endswith(PACEMAKER_SUFFIX.encode())
        )

    def forget_idle_consumers(self, idle_ms: int) -> None:
        """Delete consumer names of workers long gone that hold nothing."""
        for consumer in self._client.xinfo_consumers(self._keys.inbox, INBOX_GROUP):
            if consumer["idle"] > idle_ms and not consumer["pending"]:
                self._client.xgroup_delconsumer(self._keys.inbox, INBOX_GROUP, consumer["name"])


def _delivery(entry: Any) -> Delivery:
    id_, flat = entry
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    raw = fields.get(_FIELD)
    if raw is not None:
        return Delivery(id_.decode(), raw)
    texts = {
        name.decode("utf-8", "backslashreplace"): value.decode("utf-8", "backslashreplace")
        for name, value in fields.items()
    }
    return Delivery(id_.decode(), None, orjson.dumps(texts))
