"""What waits for a person."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from worker.desk.alarms import waiting_alarms
from worker.desk.gauges.answers import Attention, Waiting
from worker.desk.gauges.rejects import RejectsWaiting
from worker.store import losses
from worker.store.context import OpenStore


def read_attention(store: OpenStore, rejects: RejectsWaiting) -> Attention:
    """Of all shards.

    Raises:
        redis.exceptions.RedisError: the store does not answer.
    """
    now = store.store_now()
    raised: dict[str, list[datetime]] = {}
    for item in waiting_alarms(store):
        raised.setdefault(item.alarm.code, []).append(store.by_clock(item.alarm.first_at))
    return Attention(
        alarms={code: _waiting(since, now) for code, since in raised.items()},
        rejects=rejects.read(store),
        losses=sum(len(losses.unaccepted(shard.client, shard.keys)) for shard in store.shards),
    )


def _waiting(since: Iterable[datetime], now: datetime) -> Waiting:
    instants = list(since)
    oldest = now - min(instants) if instants else timedelta(0)
    return Waiting(len(instants), max(timedelta(0), oldest))
