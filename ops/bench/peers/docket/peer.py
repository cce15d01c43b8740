"""docket (pydocket): `add(when=...)`."""

# mypy: disable-error-code="import-not-found, import-untyped"

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bench_peer import STREAM, Timer, option, schedule_async, state_change, store_url
from docket import Docket, Worker
from redis.asyncio import Redis

CONCURRENCY = 50
"""More would exceed the connection pool that docket opens: tasks fail with "Too many connections"."""
AT_ONCE = 500

_store: list[Any] = []


async def fire(number: int) -> None:
    """The task."""
    if not _store:
        _store.append(Redis.from_url(store_url()))
    await _store[0].xadd(STREAM, state_change(number))


async def set_all() -> None:
    """Set timers in batches, with docket's own call for them."""
    async with Docket(name="bench", url=store_url()) as docket:
        docket.register(fire)

        async def set_timers(timers: Sequence[Timer]) -> None:
            await docket.add_many(
                docket.call(fire, when=datetime.fromtimestamp(due_ms / 1000, UTC))(number)
                for number, due_ms in timers
            )

        await schedule_async(set_timers, at_once=AT_ONCE)


async def work() -> None:
    """As shipped, docket polls every quarter of a second."""
    options: dict[str, Any] = {}
    if (poll_seconds := option("POLL_SECONDS")) is not None:
        step = timedelta(seconds=poll_seconds)
        options = {"minimum_check_interval": step, "scheduling_resolution": step}
    async with Docket(name="bench", url=store_url(), execution_ttl=timedelta(0)) as docket:
        docket.register(fire)
        async with Worker(docket, concurrency=CONCURRENCY, **options) as worker:
            await worker.run_forever()


if __name__ == "__main__":
    asyncio.run(work() if sys.argv[1] == "work" else set_all())
