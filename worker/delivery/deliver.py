"""Delivers the outbox, at least once, in order."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from pydantic import TypeAdapter
from redis.exceptions import LockError
from redis.lock import Lock

from events.outbound import Outbound, OutboundEvent
from worker.delivery.sink import Sink
from worker.store.outbox import Outbox

BATCH: Final = 200
TASK_SECONDS: Final = 1.0

_ADAPTER: Final[TypeAdapter[Outbound]] = TypeAdapter(OutboundEvent)


def deliver(outbox: Outbox, sinks: Sequence[Sink]) -> int:
    """Deliver batches until nothing waits; return how many notices were delivered.

    Returns 0 if another worker holds the lease. Stops after a second so that shutdown is quick; the next
    signal resumes.

    Only what every sink has taken is settled, so no notice is lost if the lease expires over a slow sink or
    the deliverer dies: the batch in hand is delivered again, and a receiver drops a repeat by its id.
    """
    lease = outbox.lease()
    if not lease.acquire():
        return 0
    delivered = 0
    until = time.monotonic() + TASK_SECONDS
    try:
        while time.monotonic() < until and (batch := outbox.unfinished(BATCH) or outbox.fresh(BATCH)):
            notices = [(_ADAPTER.validate_json(item.event), item.event) for item in batch]
            for sink in sinks:
                sink.deliver(notices)
            outbox.settle(batch)
            delivered += len(batch)
            if not _is_still_ours(lease):
                break
    finally:
        with suppress(LockError):
            lease.release()
    return delivered


def _is_still_ours(lease: Lock) -> bool:
    """Renew the lease; False if it had expired, since another worker delivers by now."""
    try:
        lease.reacquire()
    except LockError:
        return False
    return True
