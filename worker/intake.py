"""Works the inbox: a batch of events is read, parsed, grouped by booking, applied and settled."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from events.addressing import inbox_key, shard_of
from events.parse import Rejection, parse
from worker.alarms import compose, raise_alarm
from worker.apply import Work, apply
from worker.custody.advance import Received
from worker.site import Shard, Site
from worker.store.commit import Commit, Reject
from worker.store.connection import UNREACHABLE
from worker.store.inbox import Delivery

log = structlog.get_logger("custody")

BATCH: Final = 400
"""With 200 the store and the worker wait for each other more often: a tenth fewer events a second."""
TASK_SECONDS: Final = 1.0
SET_ASIDE_AFTER_DELIVERIES: Final = 3
"""An event that broke the worker this often is set aside, so that it cannot stop the others."""


@dataclass(slots=True)
class _Sorted:
    """A batch, sorted by what is to be done with it."""

    received: dict[str, list[Received]] = field(default_factory=dict)
    settled_at_once: list[Commit] = field(default_factory=list)
    misplaced: list[tuple[str, bytes]] = field(default_factory=list)


def drain(site: Site, shard: Shard) -> int:
    """Work the inbox until nothing is left to read, or a second has passed; return how many were taken.

    What a dead worker held is taken over first. What cannot be worked now stays, and comes back. The second
    is for a worker that is told to stop: what is left then, another signal brings to another worker.
    """
    taken = 0
    until = time.monotonic() + TASK_SECONDS
    while time.monotonic() < until and (batch := work_one_batch(site, shard)) > 0:
        taken += batch
    return taken


def work_one_batch(site: Site, shard: Shard) -> int:
    """Work what dead workers held, then what is new; return how many entries that were."""
    taken = shard.inbox.take(BATCH)
    if taken.lost:
        told = f"{taken.lost} inbox entries were deleted before they were worked: ask upstream to send again"
        raise_alarm(shard, "event_set_aside", told, site.clock.now())
    if taken.deliveries:
        # Of a made-up time the store knows nothing.
        _work(site, shard, taken.deliveries, site.clock.now() if site.simulated else taken.store_now)
    return len(taken.deliveries)


def _work(site: Site, shard: Shard, deliveries: Sequence[Delivery], now: datetime) -> None:
    """Apply one batch. Work that fails is tried alone, then left for another try, then set aside."""
    batch = _sort(site, shard, deliveries, now)
    _move(site, batch.misplaced)
    shard.committer.commit(batch.settled_at_once, site.clock.now())
    works = [
        Work(booking, tuple(facts), tuple(fact.inbox_id for fact in facts))
        for booking, facts in batch.received.items()
    ]
    try:
        apply(shard, works, site.policies, site.clock)
    except UNREACHABLE:
        raise
    except Exception:
        log.exception("batch_failed", entries=len(deliveries))
        for work in works:
            _work_alone(site, shard, work)


def _sort(site: Site, shard: Shard, deliveries: Sequence[Delivery], now: datetime) -> _Sorted:
    batch = _Sorted()
    for delivery in deliveries:
        if delivery.raw is None:
            rejection = Rejection("not_cloudevent", "the inbox entry has no field `event`")
            batch.settled_at_once.append(_rejecting(delivery, rejection))
            continue
        match parse(delivery.raw, now):
            case Rejection() as rejection:
                batch.settled_at_once.append(_rejecting(delivery, rejection))
            case event:
                booking = event.subject
                home = shard_of(booking, len(site.shards))
                if home != shard.keys.shard:
                    batch.misplaced.append((inbox_key(home), delivery.raw))
                    batch.settled_at_once.append(Commit(None, settles=(delivery.id,)))
                    continue
                received = Received(event, delivery.raw.decode(), delivery.id)
                batch.received.setdefault(booking, []).append(received)
    return batch


def _rejecting(delivery: Delivery, rejection: Rejection) -> Commit:
    log.warning("rejected", booking=rejection.booking, reason=rejection.reason, inbox_id=delivery.id)
    raw = delivery.raw if delivery.raw is not None else delivery.fields
    return Commit(None, (Reject(raw, rejection.reason, rejection.detail, delivery.id),), (delivery.id,))


def _move(site: Site, misplaced: Sequence[tuple[str, bytes]]) -> None:
    """Put events into the inbox of the shard that their booking lives on; a repeat does no harm there."""
    for inbox, raw in misplaced:
        site.client.xadd(inbox, {"event": raw})


def _work_alone(site: Site, shard: Shard, work: Work) -> None:
    """Apply a booking's events one at a time: one that breaks the worker takes no other with it."""
    for fact in (fact for fact in work.facts if isinstance(fact, Received)):
        try:
            apply(shard, [Work(work.booking, (fact,), (fact.inbox_id,))], site.policies, site.clock)
        except UNREACHABLE:
            raise
        except Exception:
            times = shard.inbox.deliveries_of(fact.inbox_id)
            log.exception("event_failed", booking=work.booking, inbox_id=fact.inbox_id, deliveries=times)
            if times >= SET_ASIDE_AFTER_DELIVERIES:
                _set_aside(site, shard, fact)


def _set_aside(site: Site, shard: Shard, fact: Received) -> None:
    booking = fact.event.subject
    detail = "could not be applied in several tries; see the log, then `custody rejects replay`"
    alarm = compose(
        "event_set_aside",
        f"booking {booking}: an event {detail}",
        event_id=f"{booking}:set_aside:{fact.inbox_id}",
        booking=booking,
    )
    reject = Reject(fact.raw.encode(), "set_aside", detail, fact.inbox_id)
    shard.committer.commit([Commit(None, (reject,), (fact.inbox_id,), (alarm,))], site.clock.now())
