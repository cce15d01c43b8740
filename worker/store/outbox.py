"""The outbox, as the deliverer reads it. Other systems may read the stream with their own groups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from redis.exceptions import ResponseError
from redis.lock import Lock

from worker.store.connection import Client
from worker.store.keys import DELIVERY_GROUP, Keys
from worker.store.streams import entries_of, entries_of_range

LEASE_SECONDS: Final = 10

_PAGE: Final = 500
_CONSUMER: Final = "deliverer"
_OWN_UNFINISHED: Final = "0"
_NEW: Final = ">"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One outbound event as it is stored in the outbox."""

    id: str
    event: bytes


class Outbox:
    """One shard's outbox. The holder of the lease delivers; what a dead deliverer held is redelivered."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def lease(self) -> Lock:
        """The exclusive right to deliver, for some seconds: notices of one booking leave in order."""
        lock: Lock = self._client.lock(self._keys.delivery_lease, timeout=LEASE_SECONDS, blocking=False)
        return lock

    def ensure_group(self) -> None:
        """Create the deliverer's group, reading from the beginning, unless it exists."""
        try:
            self._client.xgroup_create(self._keys.outbox, DELIVERY_GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def unfinished(self, count: int) -> list[Outgoing]:
        """Entries taken for delivery earlier and not settled."""
        return self._read(_OWN_UNFINISHED, count)

    def fresh(self, count: int) -> list[Outgoing]:
        """Entries not taken for delivery yet."""
        return self._read(_NEW, count)

    def settle(self, outgoing: list[Outgoing]) -> None:
        """Mark these as delivered."""
        self._client.xack(self._keys.outbox, DELIVERY_GROUP, *(item.id for item in outgoing))

    def waiting(self) -> int:
        """How many events are undelivered; at least 1 if the store cannot count them."""
        for group in self._client.xinfo_groups(self._keys.outbox):
            if group["name"] == DELIVERY_GROUP.encode():
                unread = 1 if group["lag"] is None else int(group["lag"])
                return unread + int(group["pending"])
        return 0

    def is_stalled(self, idle_ms: int) -> bool:
        """Whether an event has waited this long and nobody is delivering."""
        oldest = self._oldest_undelivered()
        if oldest is None or self._client.exists(self._keys.delivery_lease):
            return False
        seconds, microseconds = self._client.time()
        return seconds * 1000 + microseconds // 1000 - int(oldest.split(b"-")[0]) >= idle_ms

    def _oldest_undelivered(self) -> bytes | None:
        for group in self._client.xinfo_groups(self._keys.outbox):
            if group["name"] == DELIVERY_GROUP.encode():
                if group["pending"]:
                    taken: Any = self._client.xpending(self._keys.outbox, DELIVERY_GROUP)
                    oldest: bytes | None = taken["min"]
                    return oldest
                after = b"(" + group["last-delivered-id"]
                fresh = entries_of_range(self._client.xrange(self._keys.outbox, min=after, count=1))
                return fresh[0][0] if fresh else None
        return None

    def _read(self, start: str, count: int) -> list[Outgoing]:
        streams = self._client.xreadgroup(DELIVERY_GROUP, _CONSUMER, {self._keys.outbox: start}, count=count)
        return [Outgoing(id_.decode(), fields[b"event"]) for id_, fields in entries_of(streams)]


def every(client: Client, keys: Keys) -> Iterator[tuple[str, bytes]]:
    """All outbound events with their ids, oldest first, as they stand in the store."""
    start = "-"
    while entries := entries_of_range(client.xrange(keys.outbox, min=start, count=_PAGE)):
        for id_, fields in entries:
            yield id_.decode(), fields[b"event"]
        start = f"({entries[-1][0].decode()}"


def stored_with(client: Client, keys: Keys, journal_ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The outbound events, with their ids, of the milliseconds in which these journal entries were stored."""
    pipeline = client.pipeline(transaction=False)
    for ms in dict.fromkeys(id_.split("-")[0] for id_ in journal_ids):
        pipeline.xrange(keys.outbox, min=ms, max=ms)
    for found in pipeline.execute():
        for id_, fields in entries_of_range(found):
            yield id_.decode(), fields.get(b"event", b"")


def position(id_: str) -> tuple[int, int]:
    """An entry's place in its stream."""
    ms, _, sequence = id_.partition("-")
    return int(ms), int(sequence)


def first_undelivered(client: Client, keys: Keys) -> tuple[int, int] | None:
    """The position from which on events may be undelivered; None without a deliverer's group."""
    for group in client.xinfo_groups(keys.outbox):
        if group["name"] == DELIVERY_GROUP.encode():
            if group["pending"]:
                taken: Any = client.xpending(keys.outbox, DELIVERY_GROUP)
                return position(taken["min"].decode())
            ms, sequence = position(group["last-delivered-id"].decode())
            return ms, sequence + 1
    return None
