"""Does the clock run, and do clocks agree?"""

import time
from datetime import timedelta

from worker.clock import SystemClock
from worker.desk.gauges.answers import Life
from worker.store.awake import beat_age, clock_behind
from worker.store.context import OpenStore


def read_life(store: OpenStore) -> Life:
    """Ask every shard.

    Raises:
        redis.exceptions.RedisError: the store does not answer.
    """
    ages = [beat_age(shard.client, shard.keys) for shard in store.shards]
    known = [age for age in ages if age is not None]
    return Life(
        beat_age=max(known) if len(known) == len(ages) else None,
        skew=None if store.simulated else _skew(store),
        set_back=max(clock_behind(shard.client, shard.keys) for shard in store.shards),
    )


def _skew(store: OpenStore) -> timedelta:
    """Between the middle of the question and what the store answered."""
    before = time.monotonic()
    store_now = store.store_now()
    took = timedelta(seconds=time.monotonic() - before)
    return store_now - (SystemClock().now() - took / 2)
