"""The outbox, as the deliverer reads it. Other systems may read the stream with their own groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from redis.exceptions import ResponseError

from worker.store.batch_size import BatchSize
from worker.store.connection import UNREACHABLE, Client
from worker.store.keys import DELIVERY_GROUP, Keys
from worker.store.lease import Lease, Observed
from worker.store.streams import entries_of_group, entries_of_range

LEASE_SECONDS: Final = 10

_BATCH: Final = 200
_PAGE: Final = 500
_CONSUMER: Final = "deliverer"
_OWN_UNFINISHED: Final = "0"
_NEW: Final = ">"
_BEGINNING: Final = b"0-0"
_SETTLE: Final = files("worker.store").joinpath("settle_notices.lua").read_text()
_COUNT_REMOVED: Final = files("worker.store").joinpath("count_removed.lua").read_text()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One entry of the outbox. `event` is None if the entry was deleted, or has no field `event`."""

    id: str
    event: bytes | None


class Outbox:
    """One shard's outbox. The holder of the lease delivers; what a dead deliverer held is redelivered."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client: Any = client
        self._keys = keys
        self._observed = Observed(LEASE_SECONDS)
        self._batch = BatchSize(_BATCH)

    def lease(self) -> Lease:
        """The exclusive right to deliver, for some seconds: notices of one booking leave in order."""
        return Lease(self._client, self._keys.delivery_lease, LEASE_SECONDS, self._observed)

    def ensure_group(self) -> None:
        """Create the deliverer's group, unless it exists: behind the last notice that was settled."""
        last = self._last_settled()
        try:
            self._client.xgroup_create(self._keys.outbox, DELIVERY_GROUP, id=last, mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
            return
        if last == _BEGINNING:
            self._client.hsetnx(self._keys.delivered, "count", 0)
            return
        newest = self._client.xinfo_stream(self._keys.outbox)["last-generated-id"]
        if position(newest.decode()) < position(last.decode()):
            # Another stream than the one that was delivered from.
            self._client.xgroup_setid(self._keys.outbox, DELIVERY_GROUP, "0")

    def unfinished(self, most: int = _BATCH) -> list[Outgoing]:
        """Entries taken for delivery earlier and not settled."""
        return self._read(_OWN_UNFINISHED, most)

    def fresh(self, most: int = _BATCH) -> list[Outgoing]:
        """Entries not taken for delivery yet."""
        return self._read(_NEW, most)

    def settle(self, outgoing: Sequence[Outgoing], undelivered: Mapping[str, str] | None = None) -> None:
        """Mark these as settled.

        Args:
            undelivered: by id, why some of them were not delivered; they are kept for a person.
        """
        if undelivered:
            self._client.hset(self._keys.undelivered, mapping=dict(undelivered))
        ids = [item.id for item in outgoing]
        self._client.eval(_SETTLE, 2, self._keys.outbox, self._keys.delivered, DELIVERY_GROUP, *ids)

    def count_removed(self) -> None:
        """Keep for a person how many notices were removed before they were delivered."""
        keys = self._keys
        self._client.eval(_COUNT_REMOVED, 3, keys.outbox, keys.delivered, keys.undelivered, DELIVERY_GROUP)

    def waiting(self) -> int:
        """How many events are undelivered; at least 1 if the store cannot count them."""
        if group := self._group():
            unread = 1 if group["lag"] is None else int(group["lag"])
            return unread + int(group["pending"])
        return 0

    def oldest_waiting(self) -> str | None:
        """The id of the oldest undelivered entry; None if there is none."""
        after = self._last_settled()
        if group := self._group():
            if group["pending"]:
                taken = self._client.xpending(self._keys.outbox, DELIVERY_GROUP)
                return taken["min"].decode() if taken["min"] else None
            after = group["last-delivered-id"]
        fresh = entries_of_range(self._client.xrange(self._keys.outbox, min=b"(" + after, count=1))
        return fresh[0][0].decode() if fresh else None

    def _last_settled(self) -> bytes:
        last: bytes | None = self._client.hget(self._keys.delivered, "last")
        return last or _BEGINNING

    def _group(self) -> dict[str, Any] | None:
        try:
            groups = self._client.xinfo_groups(self._keys.outbox)
        except ResponseError as error:
            if "no such key" not in str(error):
                raise
            return None
        return next((group for group in groups if group["name"] == DELIVERY_GROUP.encode()), None)

    def _read(self, start: str, most: int) -> list[Outgoing]:
        asked = min(most, self._batch.now)
        try:
            answer = self._ask(start, asked)
        except UNREACHABLE:
            self._batch.shrink(asked)
            raise
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            self.ensure_group()
            answer = self._ask(start, asked)
        found = [Outgoing(id_.decode(), fields.get(b"event")) for id_, fields in entries_of_group(answer)]
        if len(found) == asked:
            self._batch.grow()
        return found

    def _ask(self, start: str, most: int) -> Any:
        return self._client.xreadgroup(DELIVERY_GROUP, _CONSUMER, {self._keys.outbox: start}, count=most)


def every(client: Client, keys: Keys) -> Iterator[tuple[str, bytes]]:
    """All outbound events with their ids, oldest first, as they stand in the store."""
    start = "-"
    while entries := entries_of_range(client.xrange(keys.outbox, min=start, count=_PAGE)):
        for id_, fields in entries:
            if (event := fields.get(b"event")) is not None:
                yield id_.decode(), event
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
