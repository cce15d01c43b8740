"""Works the inbox: a batch of events is read, parsed, grouped by booking, applied and settled."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from events.addressing import inbox_key, shard_of
from events.parse import Rejection, parse
from worker.custody.decide import Received
from worker.custody.transition import RejectedEvent
from worker.engine.alarms import compose, raise_alarm
from worker.engine.apply import Work, apply
from worker.store.commit import Commit
from worker.store.connection import UNREACHABLE
from worker.store.context import Context, Shard
from worker.store.inbox import Delivery

log = structlog.get_logger("custody")

BATCH: Final = 400
"""Half as many take in a tenth fewer events per second."""

TASK_SECONDS: Final = 1.0
SET_ASIDE_AFTER_DELIVERIES: Final = 3
"""A poison message: an event that failed this often is set aside, so that it cannot stop the others."""


@dataclass(slots=True)
class _Sorted:
    """A batch, sorted by what to do with it."""

    received: dict[str, list[Received]] = field(default_factory=dict)
    settled_at_once: list[Commit] = field(default_factory=list)
    misplaced: list[tuple[str, bytes]] = field(default_factory=list)


def drain(context: Context, shard: Shard) -> int:
    """Work the inbox until nothing is left to read; return how many entries were worked.

    What cannot be worked now stays, and comes back. Stops after a second so that shutdown is quick; the next
    signal resumes.
    """
    worked = 0
    until = time.monotonic() + TASK_SECONDS
    while time.monotonic() < until and (batch := work_one_batch(context, shard)) > 0:
        worked += batch
    return worked


def work_one_batch(context: Context, shard: Shard) -> int:
    """Work what dead workers held, then what is new; return how many entries that were."""
    claimed = shard.inbox.claim(BATCH)
    if claimed.lost:
        raise_alarm(
            shard,
            "event_set_aside",
            f"{claimed.lost} inbox entries were deleted before they were worked: ask upstream to send again",
            context.clock.now(),
        )
    if claimed.deliveries:
        # A simulated time is unknown to the store.
        now = context.clock.now() if context.simulated else claimed.store_now
        _work(context, shard, claimed.deliveries, now)
    return len(claimed.deliveries)


def _work(context: Context, shard: Shard, deliveries: Sequence[Delivery], now: datetime) -> None:
    """Apply one batch. Work that fails is tried alone, then left for another try, then set aside."""
    batch = _sort(context, shard, deliveries, now)
    _move(context, batch.misplaced)
    shard.committer.commit(batch.settled_at_once, context.clock.now())
    works = [
        Work(booking, tuple(facts), tuple(fact.inbox_id for fact in facts))
        for booking, facts in batch.received.items()
    ]
    try:
        apply(context, shard, works)
    except UNREACHABLE:
        raise
    except Exception:
        log.exception("batch_failed", entries=len(deliveries))
        for work in works:
            _work_alone(context, shard, work)


def _sort(context: Context, shard: Shard, deliveries: Sequence[Delivery], now: datetime) -> _Sorted:
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
                home = shard_of(booking, len(context.shards))
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
    rejected = RejectedEvent(raw, rejection.reason, rejection.detail, delivery.id)
    return Commit(None, (rejected,), (delivery.id,))


def _move(context: Context, misplaced: Sequence[tuple[str, bytes]]) -> None:
    """Put events into the inbox of the shard that their booking lives on; repeats are harmless there."""
    for inbox, raw in misplaced:
        context.client.xadd(inbox, {"event": raw})


def _work_alone(context: Context, shard: Shard, work: Work) -> None:
    """Apply a booking's events one at a time, so that a poison message takes no other with it."""
    for fact in (fact for fact in work.facts if isinstance(fact, Received)):
        try:
            apply(context, shard, [Work(work.booking, (fact,), (fact.inbox_id,))])
        except UNREACHABLE:
            raise
        except Exception:
            times = shard.inbox.deliveries_of(fact.inbox_id)
            log.exception("event_failed", booking=work.booking, inbox_id=fact.inbox_id, deliveries=times)
            if times >= SET_ASIDE_AFTER_DELIVERIES:
                _set_aside(context, shard, fact)


def _set_aside(context: Context, shard: Shard, fact: Received) -> None:
    booking = fact.event.subject
    detail = "could not be applied in several tries; see the log, then `custody rejects replay`"
    alarm = compose(
        "event_set_aside",
        f"booking {booking}: an event {detail}",
        event_id=f"{booking}:set_aside:{fact.inbox_id}",
        booking=booking,
    )
    rejected = RejectedEvent(fact.raw.encode(), "set_aside", detail, fact.inbox_id)
    shard.committer.commit([Commit(None, (rejected,), (fact.inbox_id,), (alarm,))], context.clock.now())
