"""How the clock's cost grows with pending records, and with workers, shards and batch size."""

import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from ops.bench.cases import PATIENCE_SECONDS, Document, sleep_until_ms
from ops.bench.custody_clock import CustodyClock
from ops.bench.timers import Shape, Timer, Workload
from ops.bench.trial import Trial, now_ms, start_trial
from worker.store.keys import Keys

_HOUR_MS: Final = 3_600_000
_FAR_MS: Final = 11 * _HOUR_MS // 2
"""With deadlines in 5.5 to 7.5 h, no warning (4 h and 1 h before) is due during the measurement."""

_IDLE_SECONDS: Final = 10.0
_FILLING_AT_MOST_SECONDS: Final = 1_800.0
_DOWN_SECONDS: Final = 2.0


def by_pending(sizes: Sequence[int], burst: int, spread: int, under: Path) -> list[Document]:
    """One clock, filled step by step; at each size, the cost of intake, a deadline, idling and a restart.

    Raises:
        ValueError: a size is too small for the timers already set at the size before it.
    """
    if any(size + burst + 2 * spread + 1 >= bigger for size, bigger in pairwise(sizes)):
        raise ValueError("each size must exceed the size before it by more than the timers measured there")
    points = []
    with start_trial(clock := CustodyClock(), under) as trial:
        trial.rest()
        empty_bytes, number = trial.store.used_memory_bytes(), 0
        for size in sizes:
            far = Workload(size - number, Shape.STEADY, 2 * _HOUR_MS)
            clock.schedule(far.timers(now_ms() + _FAR_MS, first_number=number), _FILLING_AT_MOST_SECONDS)
            number = size
            trial.rest()
            point = {"pending": size, **_idle(trial, empty_bytes)}
            drained = clock.drain(
                trial.workers,
                Workload(burst, Shape.STEADY, _HOUR_MS).timers(now_ms() + _FAR_MS, first_number=number),
            )
            number += burst
            point["events_a_second"] = round(drained.per_second, 1)
            trial.store.settle()
            point |= _lateness(trial, clock, spread, number)
            number += spread
            point |= _while_rewriting(trial, clock, spread, number)
            number += spread
            point |= _after_store_kill(trial, clock, number)
            number += 1
            points.append(point)
    return points


def by_concurrency(values: Sequence[int], burst: int, under: Path) -> list[Document]:
    """Intake against the processes in the worker's pool."""
    return [_intake(CustodyClock(concurrency=value), burst, under, "workers", value) for value in values]


def by_shards(values: Sequence[int], burst: int, under: Path) -> list[Document]:
    """Intake against shards, all on one server."""
    return [_intake(CustodyClock(shards=value), burst, under, "shards", value) for value in values]


def by_batch(values: Sequence[int], burst: int, under: Path) -> list[Document]:
    """Intake against inbox entries per batch."""
    return [_intake(CustodyClock(intake_batch=value), burst, under, "batch", value) for value in values]


def _intake(clock: CustodyClock, burst: int, under: Path, what: str, value: int) -> Document:
    with start_trial(clock, under, rate_pilots=burst // 5) as trial:
        timers = Workload(burst, Shape.STEADY, _HOUR_MS).timers(now_ms() + _FAR_MS)
        drained = clock.drain(trial.workers, timers)
        return {what: value, "events_a_second": round(drained.per_second, 1)}


def _idle(trial: Trial, empty_bytes: int) -> Document:
    """Memory, and the CPU time of a service with nothing due."""
    pending = max(1, trial.store.client.zcard(Keys(0).timers))
    stored = trial.store.used_memory_bytes() - empty_bytes
    workers, server = trial.workers.cpu_seconds(), trial.store.server_cpu_seconds()
    began = time.monotonic()
    time.sleep(_IDLE_SECONDS)
    took = time.monotonic() - began
    return {
        "stored_bytes_a_record": round(stored / pending, 1),
        "workers_bytes": trial.workers.memory_bytes(),
        "idle_workers_core_share": round((trial.workers.cpu_seconds() - workers) / took, 5),
        "idle_store_core_share": round((trial.store.server_cpu_seconds() - server) / took, 5),
    }


def _lateness(trial: Trial, clock: CustodyClock, count: int, first_number: int) -> Document:
    """Lateness of timers spread over 10 s while all the others are pending."""
    timers = _spread(trial, clock, count, first_number)
    trial.wait(timers, PATIENCE_SECONDS)
    return _kept(trial, timers)


def _while_rewriting(trial: Trial, clock: CustodyClock, count: int, first_number: int) -> Document:
    """The same while the server rewrites its append-only file, from the first deadline on."""
    timers = _spread(trial, clock, count, first_number)
    sleep_until_ms(timers[0].due_ms)
    trial.store.client.bgrewriteaof()
    trial.wait(timers, PATIENCE_SECONDS)
    return {"rewriting": {"lasted_seconds": trial.store.settle(), **_kept(trial, timers)}}


def _spread(trial: Trial, clock: CustodyClock, count: int, first_number: int) -> list[Timer]:
    spread = Workload(count, Shape.SCATTERED, 10_000)
    timers = spread.timers(now_ms() + round(trial.lead_seconds(count) * 1000), first_number=first_number)
    clock.schedule(timers, PATIENCE_SECONDS)
    return timers


def _kept(trial: Trial, timers: list[Timer]) -> Document:
    kept = trial.account(timers).to_document()
    return {name: kept[name] for name in ("lateness_ms", "seen_ms", "early", "unfired", "repeated")}


def _after_store_kill(trial: Trial, clock: CustodyClock, number: int) -> Document:
    """Kill the store with one timer nearly due: how long it is down, and the release after that."""
    due_ms = now_ms() + 1000
    timers = Workload(1, Shape.ONE_INSTANT).timers(due_ms, first_number=number)
    clock.schedule(timers, PATIENCE_SECONDS)
    trial.store.kill()
    time.sleep(_DOWN_SECONDS)
    back_seconds = trial.store.restart()
    answered_us = time.time_ns() // 1000
    trial.wait(timers, PATIENCE_SECONDS)
    fired_us = trial.account(timers).first_fired_us
    return {
        "store_back_seconds": round(back_seconds, 3),
        "released_after_store_answered_seconds": (
            None if fired_us is None else round((fired_us - answered_us) / 1e6, 3)
        ),
    }
