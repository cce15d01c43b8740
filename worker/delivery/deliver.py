"""Delivers what is in the outbox, at least once, in order."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from pydantic import TypeAdapter
from redis.exceptions import LockError

from events.outbound import Outbound, OutboundEvent
from worker.delivery.sinks import Sink
from worker.store.outbox import Outbox

BATCH: Final = 200

_ADAPTER: Final[TypeAdapter[Outbound]] = TypeAdapter(OutboundEvent)


def deliver(outbox: Outbox, sinks: Sequence[Sink]) -> int:
    """Deliver all that waits, unless another does so already; return how many were delivered.

    What a deliverer had taken when it died is delivered again: a receiver tells a repeat by its id.
    """
    lease = outbox.lease()
    if not lease.acquire():
        return 0
    delivered = 0
    try:
        while batch := outbox.unfinished(BATCH) or outbox.fresh(BATCH):
            notices = [(_ADAPTER.validate_json(item.event), item.event) for item in batch]
            for sink in sinks:
                sink.take(notices)
            outbox.settle(batch)
            delivered += len(batch)
            lease.reacquire()
    finally:
        with suppress(LockError):
            lease.release()
    return delivered
