"""Sorts a batch of inbox entries: to be applied, rejected, moved to another shard, or tried again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

import structlog
from msgspec.structs import replace

from events.addressing import inbox_key, shard_of
from events.envelope import MAX_EVENT_BYTES
from events.parse import Rejection, booking_in, parse
from worker.custody.decide import Received
from worker.custody.same_alarm import raised
from worker.custody.transition import RejectedEvent
from worker.engine.alarms import SERVICE_SUBJECT, compose, log_alarm
from worker.engine.waiting_events import booking_of
from worker.store.commit import Commit
from worker.store.connection import UNREACHABLE
from worker.store.context import Context, Shard
from worker.store.inbox_reader import Delivery
from worker.store.unix_ms import from_ms

log = structlog.get_logger("custody")

SET_ASIDE_AFTER_DELIVERIES: Final = 3
"""A poison message: an event that fails at this delivery is set aside, so that it cannot stop the others."""

_NO_FIELD: Final = Rejection("not_cloudevent", "the inbox entry has no field `event`")


@dataclass(slots=True)
class Sorted:
    """A batch, sorted.

    Attributes:
        received: by booking, its events in order.
        settled_at_once: commits that are about no record.
        rejected: events that cannot be understood.
        misplaced: events of other shards, each with the inbox that it belongs into.
        removed: an example booking of each field that was removed, by source, event type and field.
        left: bookings with an event that could not even be read; it and those after it are tried again.
    """

    received: dict[str, list[Received]] = field(default_factory=dict)
    settled_at_once: list[Commit] = field(default_factory=list)
    rejected: list[RejectedEvent] = field(default_factory=list)
    misplaced: list[tuple[str, bytes]] = field(default_factory=list)
    removed: dict[tuple[str, str, str], str] = field(default_factory=dict)
    left: set[str | None] = field(default_factory=set)


def sort(context: Context, shard: Shard, deliveries: Iterable[Delivery], now: datetime) -> Sorted:
    """Parse each entry and find out what to do with it.

    Args:
        now: the store's time, in UTC; nothing arrived later.
    """
    batch = Sorted()
    for delivery in deliveries:
        try:
            _sort_one(context, shard, delivery, now, batch)
        except UNREACHABLE:
            raise
        except Exception:
            raw = delivery.raw or b""
            booking = booking_of(raw)
            if may_be_tried_again(shard, delivery.id, booking):
                batch.left.add(booking)
            else:
                batch.settled_at_once.append(setting_aside(raw, delivery.id, booking))
    return batch


def may_be_tried_again(shard: Shard, inbox_id: str, booking: str | None) -> bool:
    """Log that an event has just failed; False if that was once too often."""
    times = shard.inbox.deliveries_of(inbox_id)
    log.exception("event_failed", booking=booking, inbox_id=inbox_id, deliveries=times)
    return times < SET_ASIDE_AFTER_DELIVERIES


def setting_aside(raw: bytes, inbox_id: str, booking: str | None) -> Commit:
    """Keep an event that cannot be applied for a person, and alarm the watch."""
    about = booking or SERVICE_SUBJECT
    detail = "could not be applied in several tries; see the log, then `custody rejects replay`"
    alarm = compose(
        "event_set_aside",
        f"booking {booking or 'unknown'}: an event {detail}",
        event_id=f"{about}:set_aside:{inbox_id}",
        booking=about,
    )
    log_alarm(alarm)
    return Commit(None, (RejectedEvent(raw, "set_aside", detail, inbox_id),), (inbox_id,), (raised(alarm),))


def _sort_one(context: Context, shard: Shard, delivery: Delivery, now: datetime, batch: Sorted) -> None:
    parsed = parse(delivery.raw) if delivery.raw is not None else _NO_FIELD
    if isinstance(parsed, Rejection):
        batch.rejected.append(_reject(delivery, parsed))
        return
    event = parsed.event
    booking = event.subject
    if booking in batch.left:
        return
    home = shard_of(booking, len(context.shards))
    if home != shard.keys.shard:
        batch.misplaced.append((inbox_key(home), parsed.raw))
        batch.settled_at_once.append(Commit(None, settles=(delivery.id,)))
        return
    for name in parsed.removed:
        batch.removed.setdefault((event.source, event.type, name), booking)
    # An id may be ahead of the store's time: ids go on rising where a clock is set back.
    arrived_at = min(context.arrived_at(delivery.id), now)
    received = Received(event, parsed.raw.decode(), arrived_at, delivery.id, parsed.doubts)
    if delivery.accepted_ms is not None:
        received = replace(received, accepted_at=min(from_ms(delivery.accepted_ms), arrived_at))
    batch.received.setdefault(booking, []).append(received)


def _reject(delivery: Delivery, rejection: Rejection) -> RejectedEvent:
    log.warning("rejected", booking=rejection.booking, reason=rejection.reason, inbox_id=delivery.id)
    raw = delivery.raw if delivery.raw is not None else delivery.fields
    if len(raw) > MAX_EVENT_BYTES:
        return _reject_in_part(raw, rejection, delivery.id)
    return RejectedEvent(raw, rejection.reason, rejection.detail, delivery.id)


def _reject_in_part(raw: bytes, rejection: Rejection, inbox_id: str) -> RejectedEvent:
    """Of an event that is too large, keep the beginning, and what identifies the rest."""
    beginning = raw[:MAX_EVENT_BYTES]
    detail = (
        f"{rejection.detail}; of {len(raw)} bytes with the SHA-256 {sha256(raw).hexdigest()} "
        f"the first {MAX_EVENT_BYTES} are kept"
    )
    if rejection.booking and not booking_in(beginning):
        detail += f"; booking {rejection.booking}"
    return RejectedEvent(beginning, "too_large", detail, inbox_id)
