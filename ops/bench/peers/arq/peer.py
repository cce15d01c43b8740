"""arq: `_defer_until`."""

# mypy: disable-error-code="import-not-found, import-untyped"

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker
from bench_peer import STREAM, Timer, option, schedule_async, state_change, store_url

AT_ONCE = 50
MAX_JOBS = 100


async def fire(context: dict[str, Any], number: int) -> None:
    """The task."""
    await context["redis"].xadd(STREAM, state_change(number))


async def set_all() -> None:
    """Keep a fixed number of calls in flight: arq has no call for several jobs."""
    pool = await create_pool(RedisSettings.from_dsn(store_url()))

    async def set_timers(timers: Sequence[Timer]) -> None:
        await asyncio.gather(
            *(
                pool.enqueue_job("fire", number, _defer_until=datetime.fromtimestamp(due_ms / 1000, UTC))
                for number, due_ms in timers
            )
        )

    await schedule_async(set_timers, at_once=AT_ONCE)


def work() -> None:
    """As shipped, arq polls every half second."""
    poll_seconds = option("POLL_SECONDS")
    options: dict[str, Any] = {} if poll_seconds is None else {"poll_delay": poll_seconds}
    Worker(
        functions=[fire],
        redis_settings=RedisSettings.from_dsn(store_url()),
        max_jobs=MAX_JOBS,
        keep_result=0,
        **options,
    ).run()


if __name__ == "__main__":
    if sys.argv[1] == "work":
        asyncio.set_event_loop(asyncio.new_event_loop())
        work()
    else:
        asyncio.run(set_all())
