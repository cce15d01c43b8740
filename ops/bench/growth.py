"""How the clock's cost grows: with the records that wait, with workers, shards and the size of a batch."""

import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from ops.bench.cases import PATIENCE_SECONDS, Document, sleep_until_ms
from ops.bench.custody_clock import CustodyClock
from ops.bench.stage import Stage, now_ms, stage
from ops.bench.timers import Shape, Timer, Workload

_HOUR_MS: Final = 3_600_000
_FAR_MS: Final = 11 * _HOUR_MS // 2
"""With deadlines in 5.5 to 7.5 h no warning, 4 h or 1 h before, falls due while the harness is at it."""

_IDLE_SECONDS: Final = 10.0
_FILLING_AT_MOST_SECONDS: Final = 1_800.0
_DOWN_SECONDS: Final = 2.0


def by_pending(sizes: Sequence[int], burst: int, spread: int, under: Path) -> list[Document]:
    """One clock, filled step by step; at each size, what intake, a deadline, rest and a restart cost.

    Raises:
        ValueError: a size leaves no room for what was set at the one before.
    """
    if any(size + burst + 2 * spread + 1 >= bigger for size, bigger in pairwise(sizes)):
        raise ValueError("each size must exceed the one before by more than what is measured there")
    points = []
    with stage(clock := CustodyClock(), under) as on:
        on.rest()
        empty_bytes, number = on.place.used_memory_bytes(), 0
        for size in sizes:
            far = Workload(size - number, Shape.STEADY, 2 * _HOUR_MS)
            clock.schedule(far.timers(now_ms() + _FAR_MS, first_number=number), _FILLING_AT_MOST_SECONDS)
            number = size
            on.rest()
            point = {"pending": size, **_at_rest(on, empty_bytes)}
            drained = clock.drain(
                on.workers,
                Workload(burst, Shape.STEADY, _HOUR_MS).timers(now_ms() + _FAR_MS, first_number=number),
            )
            number += burst
            point["events_a_second"] = round(drained.a_second, 1)
            on.place.come_to_rest()
            point |= _sharpness(on, clock, spread, number)
            number += spread
            point |= _while_rewriting(on, clock, spread, number)
            number += spread
            point |= _after_store_kill(on, clock, number)
            number += 1
            points.append(point)
    return points


def by_concurrency(values: Sequence[int], burst: int, under: Path) -> list[Document]:
    """Processes in the worker's pool."""
    return [_intake(CustodyClock(concurrency=value), burst, under, "workers", value) for value in values]


def by_shards(values: Sequence[int], burst: int, under: Path) -> list[Document]:
    """Shards, all on one server."""
    return [_intake(CustodyClock(shards=value), burst, under, "shards", value) for value in values]


def by_batch(values: Sequence[int], burst: int, under: Path) -> list[Document]:
    """Inbox entries a batch."""
    return [_intake(CustodyClock(intake_batch=value), burst, under, "batch", value) for value in values]


def _intake(clock: CustodyClock, burst: int, under: Path, what: str, value: int) -> Document:
    with stage(clock, under, rate_pilots=burst // 5) as on:
        timers = Workload(burst, Shape.STEADY, _HOUR_MS).timers(now_ms() + _FAR_MS)
        drained = clock.drain(on.workers, timers)
        return {what: value, "events_a_second": round(drained.a_second, 1)}


def _at_rest(on: Stage, empty_bytes: int) -> Document:
    """Memory, and processor time of a service with nothing due."""
    pending = max(1, on.place.client.zcard("{custody:0}:timers"))
    stored = on.place.used_memory_bytes() - empty_bytes
    workers, server = on.workers.cpu_seconds(), on.place.server_cpu_seconds()
    began = time.monotonic()
    time.sleep(_IDLE_SECONDS)
    took = time.monotonic() - began
    return {
        "stored_bytes_a_record": round(stored / pending, 1),
        "workers_bytes": on.workers.memory_bytes(),
        "idle_workers_core_share": round((on.workers.cpu_seconds() - workers) / took, 5),
        "idle_store_core_share": round((on.place.server_cpu_seconds() - server) / took, 5),
    }


def _sharpness(on: Stage, clock: CustodyClock, count: int, first_number: int) -> Document:
    """Lateness of timers spread over 10 s, with all the others waiting."""
    timers = _spread(on, clock, count, first_number)
    on.wait(timers, PATIENCE_SECONDS)
    return _kept(on, timers)


def _while_rewriting(on: Stage, clock: CustodyClock, count: int, first_number: int) -> Document:
    """The same with the server writing its append-only file anew, from the first deadline on."""
    timers = _spread(on, clock, count, first_number)
    sleep_until_ms(timers[0].due_ms)
    on.place.client.bgrewriteaof()
    on.wait(timers, PATIENCE_SECONDS)
    return {"rewriting": {"lasted_seconds": on.place.come_to_rest(), **_kept(on, timers)}}


def _spread(on: Stage, clock: CustodyClock, count: int, first_number: int) -> list[Timer]:
    spread = Workload(count, Shape.SCATTERED, 10_000)
    timers = spread.timers(now_ms() + round(on.lead_seconds(count) * 1000), first_number=first_number)
    clock.schedule(timers, PATIENCE_SECONDS)
    return timers


def _kept(on: Stage, timers: list[Timer]) -> Document:
    kept = on.account(timers).to_document()
    return {name: kept[name] for name in ("lateness_ms", "seen_ms", "early", "unfired", "repeated")}


def _after_store_kill(on: Stage, clock: CustodyClock, number: int) -> Document:
    """SIGKILL to the store with one timer nearly due: how long it is away, and the release after that."""
    due_ms = now_ms() + 1000
    timers = Workload(1, Shape.ONE_INSTANT).timers(due_ms, first_number=number)
    clock.schedule(timers, PATIENCE_SECONDS)
    on.place.kill_store()
    time.sleep(_DOWN_SECONDS)
    back_seconds = on.place.restart_store()
    answered_us = time.time_ns() // 1000
    on.wait(timers, PATIENCE_SECONDS)
    fired_us = on.account(timers).first_fired_us
    return {
        "store_back_seconds": round(back_seconds, 3),
        "released_after_store_answered_seconds": (
            None if fired_us is None else round((fired_us - answered_us) / 1e6, 3)
        ),
    }
