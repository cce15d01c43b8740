"""A bare sorted set with a client that sleeps on its own clock: the minimum that can keep a timer."""

# mypy: disable-error-code="import-not-found, import-untyped"

import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from bench_peer import STREAM, Timer, schedule, state_change, store_url
from redis import Redis

TIMERS = "bench:timers"
BATCH = 100
LONGEST_SLEEP_SECONDS = 0.05


def set_timers(client: Any, timers: Sequence[Timer]) -> None:
    """One command per batch."""
    client.zadd(TIMERS, {str(number): due_ms for number, due_ms in timers})


def work(client: Any) -> None:
    """Sleep until the first timer is due; then remove and report every due timer in one transaction."""
    while True:
        soonest = client.zrange(TIMERS, 0, BATCH - 1, withscores=True)
        now_ms = time.time() * 1000
        if due := [number for number, due_ms in soonest if due_ms <= now_ms]:
            pipeline = client.pipeline(transaction=True)
            pipeline.zrem(TIMERS, *due)
            for number in due:
                pipeline.xadd(STREAM, state_change(int(number)))
            pipeline.execute()
            continue
        until_next = (soonest[0][1] - now_ms) / 1000 if soonest else LONGEST_SLEEP_SECONDS
        time.sleep(min(until_next, LONGEST_SLEEP_SECONDS))


if __name__ == "__main__":
    store = Redis.from_url(store_url())
    if sys.argv[1] == "work":
        work(store)
    else:
        schedule(partial(set_timers, store), at_once=BATCH)
