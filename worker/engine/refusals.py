"""The watch hears of what intake does not take: events, deleted entries, removed fields."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from redis.exceptions import ResponseError

from events.parse import attribute_in
from worker.custody.same_alarm import RaisedAlarm
from worker.custody.transition import RejectedEvent
from worker.engine.alarms import SERVICE_SUBJECT, compose, is_quiet, log_alarm, raise_alarm
from worker.store import losses
from worker.store.commit import Commit
from worker.store.context import Shard
from worker.store.losses import Loss
from worker.store.unix_ms import to_ms

REFUSED_QUIET_SECONDS: Final = 60
"""A system that sends nothing but mistakes raises one alarm a minute for each kind of mistake."""

DAY_SECONDS: Final = 24 * 3600
MOST_NAMED: Final = 2
SOURCE_SHOWN: Final = 100
"""So that the text of an alarm has room."""


def refusing(shard: Shard, refused: Sequence[RejectedEvent]) -> list[Commit]:
    """Keep each event in `rejects`, and alarm the watch once a minute per source and reason.

    The alarm is in the commit that keeps the first of them, so that neither is there without the other.
    """
    alarms = {events[0].inbox_id: _alarm(shard, *kind, events) for kind, events in _by_kind(refused)}
    return [
        Commit(None, (rejected,), (rejected.inbox_id,), alarms.get(rejected.inbox_id, ()))
        for rejected in refused
    ]


def report_rejected(shard: Shard, rejected: Sequence[RejectedEvent], now: datetime) -> None:
    """Alarm the watch about events that the record they are about has just rejected."""
    for kind, events in _by_kind(rejected):
        if alarms := _alarm(shard, *kind, events):
            shard.committer.commit([Commit(None, alarms=alarms)], now)


def _alarm(
    shard: Shard, source: str, reason: str, events: Sequence[RejectedEvent]
) -> tuple[RaisedAlarm, ...]:
    first, kind = events[0].inbox_id, f"event_refused:{source}:{reason}"
    count = _count_today(shard, shard.keys.alarmed(f"{kind}:count"), len(events))
    if is_quiet(shard, kind, first, REFUSED_QUIET_SECONDS):
        return ()
    bookings = [booking for one in events if (booking := attribute_in(one.event, "subject"))]
    types = sorted({attribute_in(one.event, "type") or "no readable type" for one in events})
    which = ", ".join(types[:MOST_NAMED])
    whose = ", ".join(list(dict.fromkeys(bookings))[:MOST_NAMED]) or "no readable booking"
    detail = (
        f"{source or 'an unknown source'}: {which} refused ({reason}), {count} today, about {whose}: "
        "see `custody rejects list`; what it says is not in force, so correct it, send it again, "
        "and say so with `custody rejects done`"
    )
    about = bookings[0] if bookings else SERVICE_SUBJECT
    alarm = compose("event_refused", detail, event_id=f"{about}:event_refused:{first}", booking=about)
    log_alarm(alarm)
    return (RaisedAlarm(alarm, kind),)


def _count_today(shard: Shard, key: str, more: int) -> int:
    """Count these, from 0 where the key holds no number: an alarm must not depend on it."""
    try:
        count = int(shard.client.incrby(key, more))
    except ResponseError:
        shard.client.set(key, more)
        count = more
    shard.client.expire(key, DAY_SECONDS, nx=True)
    return count


def report_losses(shard: Shard, now: datetime) -> None:
    """Alarm the watch about each loss that nobody has accepted, again every ten minutes."""
    losses.count(shard.client, shard.keys)
    for loss in losses.unaccepted(shard.client, shard.keys):
        raise_alarm(shard, loss.code, loss.describe(), now, once=loss.id)


def report_vanished(shard: Shard, bookings: Sequence[str], now: datetime) -> None:
    """Timers had no record: what was known of these bookings is gone, and a person must look."""
    if bookings:
        noticed_ms = to_ms(now)
        first = tuple(bookings[:MOST_NAMED])
        loss = Loss(f"records-{noticed_ms}", "records_vanished", noticed_ms, len(bookings), first)
        losses.record(shard.client, shard.keys, loss)
        report_losses(shard, now)


def report_removed(shard: Shard, removed: Mapping[tuple[str, str, str], str], now: datetime) -> None:
    """Fields that the contract does not have were removed. Raised once a day per source, type and field.

    Args:
        removed: an example booking for each, by source, event type and field.
    """
    for (source, event_type, name), booking in removed.items():
        raise_alarm(
            shard,
            "field_removed",
            f"{source[:SOURCE_SHOWN]} sends {name} in {event_type}, which the contract does not have: "
            "it is removed",
            now,
            about=booking,
            once=f"{source}:{event_type}:{name}",
            quiet_seconds=DAY_SECONDS,
        )


def _by_kind(refused: Iterable[RejectedEvent]) -> Iterator[tuple[tuple[str, str], list[RejectedEvent]]]:
    for kind, group in groupby(sorted(refused, key=_kind), key=_kind):
        yield kind, list(group)


def _kind(refused: RejectedEvent) -> tuple[str, str]:
    return attribute_in(refused.event, "source") or "", refused.reason
