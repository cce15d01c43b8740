"""Delivers what is in the outbox, at least once, in order."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from pydantic import TypeAdapter
from redis.exceptions import LockError
from redis.lock import Lock

from events.outbound import Outbound, OutboundEvent
from worker.delivery.sinks import Sink
from worker.store.outbox import Outbox

BATCH: Final = 200
TASK_SECONDS: Final = 1.0

_ADAPTER: Final[TypeAdapter[Outbound]] = TypeAdapter(OutboundEvent)


def deliver(outbox: Outbox, sinks: Sequence[Sink]) -> int:
    """Deliver batches until nothing waits or a second has passed; return how many notices were delivered.

    None, if another delivers already. The second is for a worker that is told to stop: what is left then,
    another signal brings to another worker.

    A deliverer settles only what every sink has taken from it. So whoever loses the lease to another over a
    slow sink loses no notice: both deliver the batch in hand, and a receiver tells a repeat by its id. The
    same holds for what a deliverer had taken when it died.
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
                sink.take(notices)
            outbox.settle(batch)
            delivered += len(batch)
            if not _is_still_ours(lease):
                break
    finally:
        with suppress(LockError):
            lease.release()
    return delivered


def _is_still_ours(lease: Lock) -> bool:
    """Whether the lease was kept, and so begins anew; if it ended, another delivers by now."""
    try:
        lease.reacquire()
    except LockError:
        return False
    return True
