"""procrastinate: `schedule_at`, on PostgreSQL."""

# mypy: disable-error-code="import-not-found, import-untyped"

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bench_peer import STREAM, Timer, option, schedule_async, state_change, store_url
from procrastinate import App, PsycopgConnector
from redis.asyncio import Redis

CONCURRENCY = 20
AT_ONCE = 500

app = App(connector=PsycopgConnector(conninfo=os.environ["BENCH_DATABASE_URL"], max_size=CONCURRENCY))
_store: list[Any] = []


async def fire(number: int) -> None:
    """The task."""
    if not _store:
        _store.append(Redis.from_url(store_url()))
    await _store[0].xadd(STREAM, state_change(number))


fire_task = app.task(name="fire")(fire)


async def set_all() -> None:
    """Set timers in batches, with procrastinate's own call for them."""
    async with app.open_async():

        async def set_timers(timers: Sequence[Timer]) -> None:
            jobs = [
                fire_task.configure(schedule_at=datetime.fromtimestamp(due_ms / 1000, UTC)).make_new_job(
                    number=number
                )
                for number, due_ms in timers
            ]
            await app.job_manager.batch_defer_jobs_async(jobs)

        await schedule_async(set_timers, at_once=AT_ONCE)


async def work() -> None:
    """As shipped, procrastinate polls every five seconds."""
    poll_seconds = option("POLL_SECONDS")
    options: dict[str, Any] = {} if poll_seconds is None else {"fetch_job_polling_interval": poll_seconds}
    async with app.open_async():
        await app.run_worker_async(concurrency=CONCURRENCY, delete_jobs="successful", **options)


async def prepare() -> None:
    """Create the tables."""
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


if __name__ == "__main__":
    asyncio.run({"work": work, "prepare": prepare, "schedule": set_all}[sys.argv[1]]())
