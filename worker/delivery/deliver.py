"""Delivers the outbox, at least once, in order."""

import time
from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter, ValidationError

from events.outbound import Outbound, OutboundEvent
from worker.delivery.sink import Sink
from worker.store.outbox import Outbox, Outgoing

BATCH: Final = 200
TASK_SECONDS: Final = 1.0

_ADAPTER: Final[TypeAdapter[Outbound]] = TypeAdapter(OutboundEvent)


def deliver(outbox: Outbox, sinks: Sequence[Sink]) -> int:
    """Deliver batches until nothing waits; return how many notices were delivered.

    Returns 0 if another worker holds the lease. Stops after a second so that shutdown is quick; the next
    signal resumes.

    Only what every sink has taken is settled, so no notice is lost if the lease expires over a slow sink or
    the deliverer dies: the batch in hand is delivered again, and a receiver drops a repeat by its id.
    An entry in which no notice can be read is settled as undelivered, for a person.
    """
    lease = outbox.lease()
    if not lease.acquire():
        return 0
    delivered = 0
    until = time.monotonic() + TASK_SECONDS
    try:
        while batch := outbox.unfinished(BATCH) or outbox.fresh(BATCH):
            notices, unreadable = _read(batch)
            for sink in sinks:
                if notices:
                    sink.deliver(notices)
            outbox.settle(batch, unreadable)
            delivered += len(notices)
            if time.monotonic() >= until or not lease.renew():
                return delivered
        outbox.count_removed()
    finally:
        lease.release()
    return delivered


def _read(batch: Sequence[Outgoing]) -> tuple[list[tuple[Outbound, bytes]], dict[str, str]]:
    """The notices of a batch, and by id why an entry has none: it must not stop those behind it."""
    notices: list[tuple[Outbound, bytes]] = []
    unreadable: dict[str, str] = {}
    for item in batch:
        if item.event is None:
            unreadable[item.id] = "deleted before it was delivered, or without its field `event`"
            continue
        try:
            notices.append((_ADAPTER.validate_json(item.event), item.event))
        except ValidationError:
            unreadable[item.id] = "no notice of this version can be read in it"
    return notices, unreadable
