"""The cases that every contender is put through. Each returns one run's numbers as a document."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from ops.bench.contender import Contender, Scheduled
from ops.bench.stage import Stage, now_ms, set_in_time, stage
from ops.bench.timers import Shape, Timer, Workload

Document: TypeAlias = dict[str, Any]

SCHEDULING_AT_MOST_SECONDS: Final = 240.0
"""A contender that cannot set a case's timers in this time is given as many as it can."""

PATIENCE_SECONDS: Final = 120.0
"""What has not fired so long after it was due is counted as unfired."""

_BACKLOG_GAP_SECONDS: Final = 0.1
"""Each contender tells itself when it fired; to watch it meanwhile would take from the cores it works on."""

_HOUR_MS: Final = 3_600_000
_REDELIVERED_DUE_MS: Final = 30_000
_REDELIVERED_LATEST_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Case:
    """A case: what it is called, what it shows, and how a run of it goes.

    Attributes:
        quick: the same at a size that shows only that the harness works.
    """

    name: str
    told: str
    workload: Workload
    quick: Workload
    run: Callable[[Contender, Workload, Path], Document]


def lateness(contender: Contender, workload: Workload, under: Path) -> Document:
    """Set the timers ahead of time, and see when they fire."""
    with stage(contender, under, rate_pilots=_rate_pilots(workload)) as on:
        count = _affordable(on, workload)
        first_due_ms = now_ms() + round(on.lead_seconds(count) * 1000)
        timers = workload.timers(first_due_ms, count=count)
        scheduled = on.contender.schedule(timers, SCHEDULING_AT_MOST_SECONDS)
        in_time = set_in_time(scheduled, first_due_ms)
        timers = _set(timers, scheduled)
        waited = on.wait(timers, PATIENCE_SECONDS)
        kept = on.account(timers)
        return {
            "scheduled_a_second": round(scheduled.a_second, 1),
            "all_set_before_first_due": in_time,
            "waited_seconds": round(waited, 3),
            **kept.to_document(),
        }


def two_kills(contender: Contender, workload: Workload, under: Path) -> Document:
    """SIGKILL to all worker processes a quarter and half of the way through; others are started at once."""
    with stage(contender, under) as on:
        first_due_ms = now_ms() + round(on.lead_seconds(workload.count) * 1000)
        timers = workload.timers(first_due_ms)
        scheduled = on.contender.schedule(timers, SCHEDULING_AT_MOST_SECONDS)
        timers = _set(timers, scheduled)
        for part in (0.25, 0.5):
            sleep_until_ms(first_due_ms + round(part * workload.over_ms))
            on.workers.kill()
            on.workers = on.contender.start_workers()
        waited = on.wait(timers, PATIENCE_SECONDS)
        # A repeat may come after every timer has fired once.
        on.rest()
        return {"waited_seconds": round(waited, 3), **on.account(timers).to_document()}


def backlog(contender: Contender, workload: Workload, under: Path) -> Document:
    """Timers that fell due while all was down: the store is killed and restarted, then the workers start."""
    with stage(contender, under, rate_pilots=_rate_pilots(workload), gap_seconds=_BACKLOG_GAP_SECONDS) as on:
        if not contender.schedules_through_workers:
            on.workers.stop()
        count = _affordable(on, workload)
        due_ms = now_ms() + round(on.lead_seconds(count) * 1000)
        timers = workload.timers(due_ms, count=count)
        scheduled = contender.schedule(timers, SCHEDULING_AT_MOST_SECONDS)
        timers = _set(timers, scheduled)
        on.workers.stop()
        contender.kill_and_restart_store(on.place)
        sleep_until_ms(due_ms + 1000)
        started_us = time.time_ns() // 1000
        on.workers = contender.start_workers()
        waited = on.wait(timers, PATIENCE_SECONDS)
        on.rest()
        kept = on.account(timers)
        return {
            "scheduled_a_second": round(scheduled.a_second, 1),
            "first_after_start_seconds": _seconds_since(started_us, kept.first_fired_us),
            "last_after_start_seconds": _seconds_since(started_us, kept.last_fired_us),
            "gone_after_start_seconds": (
                None if kept.unfired else _seconds_since(started_us, kept.last_fired_us)
            ),
            "waited_seconds": round(waited, 3),
            **kept.to_document(),
        }


def pending(contender: Contender, workload: Workload, under: Path) -> Document:
    """How fast timers are set that are not due for hours, and what each costs in memory while it waits."""
    with stage(contender, under, rate_pilots=_rate_pilots(workload)) as on:
        on.rest()
        store_before, workers_before = contender.stored_bytes(on.place), on.workers.memory_bytes()
        timers = workload.timers(now_ms() + 2 * _HOUR_MS)
        scheduled = contender.schedule(timers, SCHEDULING_AT_MOST_SECONDS / 2)
        on.rest()
        store_after, workers_after = contender.stored_bytes(on.place), on.workers.memory_bytes()
        count = max(1, scheduled.count)
        return {
            "set": scheduled.count,
            "scheduled_a_second": round(scheduled.a_second, 1),
            "stored_bytes_a_timer": round((store_after - store_before) / count, 1),
            "worker_bytes_a_timer": round((workers_after - workers_before) / count, 1),
            "workers_bytes": workers_after,
        }


def redelivery(contender: Contender, workload: Workload, under: Path) -> Document:
    """Timers due later than the visibility timeout of the contender's broker, with nobody killed."""
    with stage(contender, under) as on:
        timers = workload.timers(now_ms() + _REDELIVERED_DUE_MS)
        contender.schedule(timers, SCHEDULING_AT_MOST_SECONDS)
        waited = on.wait(timers, PATIENCE_SECONDS)
        time.sleep(_REDELIVERED_LATEST_SECONDS)
        return {"waited_seconds": round(waited, 3), **on.account(timers).to_document()}


def _set(timers: list[Timer], scheduled: Scheduled) -> list[Timer]:
    if not scheduled.count:
        raise RuntimeError("not one timer could be set in the time allowed")
    return timers[: scheduled.count]


def _rate_pilots(workload: Workload) -> int:
    return min(2_000, workload.count)


def _affordable(on: Stage, workload: Workload) -> int:
    return max(1, min(workload.count, int(on.rate * SCHEDULING_AT_MOST_SECONDS)))


def sleep_until_ms(instant_ms: int) -> None:
    """Until this Unix ms; not at all if it has passed."""
    time.sleep(max(0.0, (instant_ms - now_ms()) / 1000))


def _seconds_since(started_us: int, instant_us: int | None) -> float | None:
    return None if instant_us is None else round((instant_us - started_us) / 1e6, 3)


def _case(
    name: str,
    told: str,
    workload: Workload,
    quick: Workload,
    run: Callable[[Contender, Workload, Path], Document],
) -> tuple[str, Case]:
    return name, Case(name, told, workload, quick, run)


CASES: Final[Mapping[str, Case]] = dict(
    [
        _case(
            "spread",
            "1,000 timers spread over 10 s",
            Workload(1_000, Shape.SCATTERED, 10_000),
            Workload(40, Shape.SCATTERED, 1_000),
            lateness,
        ),
        _case(
            "instant",
            "10,000 timers due in one instant",
            Workload(10_000, Shape.ONE_INSTANT),
            Workload(50, Shape.ONE_INSTANT),
            lateness,
        ),
        _case(
            "steady",
            "200 timers a second for 60 s",
            Workload(12_000, Shape.STEADY, 60_000),
            Workload(60, Shape.STEADY, 1_000),
            lateness,
        ),
        _case(
            "backlog",
            "100,000 timers overdue after a restart of store and workers",
            Workload(100_000, Shape.ONE_INSTANT),
            Workload(200, Shape.ONE_INSTANT),
            backlog,
        ),
        _case(
            "kills",
            "2,000 timers over 20 s, all workers killed twice with SIGKILL and started again at once",
            Workload(2_000, Shape.SCATTERED, 20_000),
            Workload(40, Shape.SCATTERED, 2_000),
            two_kills,
        ),
        _case(
            "pending",
            "20,000 timers that are due in two hours: scheduling rate, and memory each",
            Workload(20_000, Shape.STEADY, 600_000),
            Workload(200, Shape.STEADY, 600_000),
            pending,
        ),
        _case(
            "redelivery",
            "200 timers due later than Celery's visibility timeout, here 5 s",
            Workload(200, Shape.SCATTERED, 2_000),
            Workload(10, Shape.SCATTERED, 1_000),
            redelivery,
        ),
    ]
)
