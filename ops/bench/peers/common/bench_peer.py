"""Common code of the Python peers: their command line, and the one state change of a firing.

Runs in the peers' own environments, which contain a Redis client and nothing of the project.
"""

# mypy: disable-error-code="import-not-found, import-untyped"

import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from redis import Redis

Timer = tuple[int, int]
"""A timer's number, and the Unix time in milliseconds at which it is due."""

STREAM = "bench:fired"

_clients: dict[int, Any] = {}


def store_url() -> str:
    """The store of the run."""
    return os.environ["BENCH_STORE_URL"]


def option(name: str) -> float | None:
    """An option of this row, in seconds; None for the peer's default."""
    value = os.environ.get(f"BENCH_{name}")
    return float(value) if value else None


def state_change(number: int) -> dict[Any, Any]:
    """The entry by which a task reports that its timer fired, with the present time."""
    return {"timer": number, "fired_us": time.time_ns() // 1000}


def fire(number: int) -> None:
    """The task, for peers whose tasks are plain functions. A forked child opens its own connection."""
    pid = os.getpid()
    if pid not in _clients:
        _clients[pid] = Redis.from_url(store_url())
    _clients[pid].xadd(STREAM, state_change(number))


def wanted() -> tuple[list[Timer], float]:
    """The timers to set, and the seconds allowed, from the command line: `schedule FILE SECONDS`."""
    lines = Path(sys.argv[2]).read_text().split()
    timers = [(int(number), int(due)) for number, due in (line.split(":") for line in lines)]
    return timers, float(sys.argv[3])


def schedule(set_timers: Callable[[Sequence[Timer]], object], *, at_once: int = 1) -> None:
    """Set the timers, `at_once` per call, while time allows; print how many were set in how many seconds."""
    timers, allowed = wanted()
    began, count = time.perf_counter(), 0
    while count < len(timers) and time.perf_counter() - began < allowed:
        batch = timers[count : count + at_once]
        set_timers(batch)
        count += len(batch)
    _report(count, time.perf_counter() - began)


async def schedule_async(
    set_timers: Callable[[Sequence[Timer]], Awaitable[object]], *, at_once: int = 1
) -> None:
    """The same for peers with an asynchronous client."""
    timers, allowed = wanted()
    began, count = time.perf_counter(), 0
    while count < len(timers) and time.perf_counter() - began < allowed:
        batch = timers[count : count + at_once]
        await set_timers(batch)
        count += len(batch)
    _report(count, time.perf_counter() - began)


def _report(count: int, seconds: float) -> None:
    sys.stdout.write(json.dumps({"count": count, "seconds": seconds}) + "\n")
