"""What waits to be taken in, and what waits to be sent."""

from datetime import datetime, timedelta

from worker.desk.gauges.answers import Inbox, SinkFigures, Waiting
from worker.store.context import OpenStore
from worker.store.inbox import unread_inboxes
from worker.store.outbox import position
from worker.store.sink_backlog import Backlog, backlogs
from worker.store.unix_ms import from_ms
from worker.store.waits import wait_seen

_NOTHING = timedelta(0)


def read_inbox(store: OpenStore) -> Inbox:
    """The inboxes of all shards.

    Raises:
        redis.exceptions.RedisError: the store does not answer.
    """
    now, oldest = store.store_now(), _NOTHING
    count = 0
    for shard in store.shards:
        count += shard.inbox.waiting()
        if (oldest_id := shard.inbox.oldest_id()) is not None:
            # An id may be ahead of the store's clock; then only a worker knows.
            seen = timedelta(seconds=wait_seen(shard.client, shard.keys, "inbox"))
            oldest = max(oldest, now - store.arrived_at(oldest_id), seen)
    return Inbox(Waiting(count, oldest), len(unread_inboxes(store.client, len(store.shards))))


def read_sinks(store: OpenStore) -> dict[str, SinkFigures]:
    """By sink, what waits for it on all shards.

    Raises:
        redis.exceptions.RedisError: the store does not answer.
    """
    now = store.store_now()
    found: dict[str, SinkFigures] = {}
    for shard in store.shards:
        for sink, backlog in backlogs(shard.client, shard.keys).items():
            figures = _figures(store, backlog, now)
            found[sink] = _together(found[sink], figures) if sink in found else figures
    return found


def _figures(store: OpenStore, backlog: Backlog, now: datetime) -> SinkFigures:
    def age(id_: str | None) -> timedelta:
        return max(_NOTHING, now - store.by_clock(from_ms(position(id_)[0]))) if id_ else _NOTHING

    return SinkFigures(
        unreached=Waiting(backlog.unreached, age(backlog.oldest_unreached)),
        retried=Waiting(backlog.retried, age(backlog.oldest_retried)),
        is_disabled=backlog.is_disabled,
        dead_letters=backlog.dead_letters,
    )


def _together(one: SinkFigures, other: SinkFigures) -> SinkFigures:
    return SinkFigures(
        unreached=_sum(one.unreached, other.unreached),
        retried=_sum(one.retried, other.retried),
        is_disabled=one.is_disabled or other.is_disabled,
        dead_letters=one.dead_letters + other.dead_letters,
    )


def _sum(one: Waiting, other: Waiting) -> Waiting:
    return Waiting(one.count + other.count, max(one.oldest, other.oldest))
