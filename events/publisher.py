"""Puts events into the inbox, from Python code of upstream systems."""

from collections.abc import Iterable
from typing import Any, Final, Protocol

import orjson

from events.addressing import inbox_key, shard_of
from events.inbound import Inbound
from events.parse import Parsed, Rejection, parse

_BATCH: Final = 500


class StreamClient(Protocol):
    """The part of a client that the publisher needs; redis.Redis and valkey.Valkey have it."""

    def pipeline(self, transaction: bool = True) -> Any: ...


class EventRejectedError(ValueError):
    """The clock would reject the event, so nothing was sent. `rejection` has the reason."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(f"booking {rejection.booking or 'unknown'}: {rejection.reason}: {rejection.detail}")
        self.rejection = rejection


class Publisher:
    """Puts events into the inbox of the shard that their booking lives on.

    Once the call returns, an event is as safe as the store's own durability makes it (with `appendfsync
    always`, it is on disk). Publishing is idempotent: source, id and subject identify an event.
    """

    def __init__(self, client: StreamClient, *, shards: int = 1) -> None:
        self._client = client
        self._shards = shards

    def publish(self, event: Inbound | bytes) -> str:
        """Put one event into the inbox; return the id of its entry.

        Raises:
            EventRejectedError: the event breaks the contract.
        """
        return self.publish_all([event])[0]

    def publish_all(self, events: Iterable[Inbound | bytes]) -> list[str]:
        """Put events into the inbox in this order, in few round trips; return the ids of their entries.

        Raises:
            EventRejectedError: an event breaks the contract; none of this call's events was sent.
        """
        addressed = [self._address(event) for event in events]
        ids: list[str] = []
        for start in range(0, len(addressed), _BATCH):
            pipeline = self._client.pipeline(transaction=False)
            for key, raw in addressed[start : start + _BATCH]:
                pipeline.xadd(key, {"event": raw})
            ids += [id.decode() if isinstance(id, bytes) else id for id in pipeline.execute()]
        return ids

    def _address(self, event: Inbound | bytes) -> tuple[str, bytes]:
        raw = event if isinstance(event, bytes) else event.to_wire()
        parsed = parse(raw)
        if isinstance(parsed, Rejection):
            raise EventRejectedError(parsed)
        return inbox_key(shard_of(parsed.event.subject, self._shards)), without_values(parsed, raw)


def without_values(parsed: Parsed, raw: bytes) -> bytes:
    """The event as it came, but no field that the contract does not have brings its value into the store.

    The field's name stays, so that the clock still alarms the watch about its sender.
    """
    if not parsed.removed:
        return raw
    event = orjson.loads(parsed.raw)
    event["data"] |= {name.removeprefix("data."): None for name in parsed.removed}
    return orjson.dumps(event)
