"""The cases that every contender runs. Each returns the figures of one run as a document."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from ops.bench.contender import Contender, Scheduled
from ops.bench.timers import Shape, Timer, Workload
from ops.bench.trial import Trial, now_ms, set_in_time, start_trial

Document: TypeAlias = dict[str, Any]

SUMMARY: Final = "told"
"""The key of a case's summary in a results file, as in the results that are kept."""

SCHEDULING_AT_MOST_SECONDS: Final = 240.0
"""A contender that cannot set all timers of a case in this time is given as many as it can set."""

PATIENCE_SECONDS: Final = 120.0
"""A timer that has not fired this long after it was due counts as unfired."""

_BACKLOG_GAP_SECONDS: Final = 0.1
"""Contenders report themselves when they fired; observing closely would take CPU time from them."""

_HOUR_MS: Final = 3_600_000
_REDELIVERED_DUE_MS: Final = 30_000
_REDELIVERY_WAIT_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Case:
    """A case: its name, what it measures, and how to run it.

    Attributes:
        quick: the same workload at a size that shows only that the harness works.
    """

    name: str
    summary: str
    workload: Workload
    quick: Workload
    run: Callable[[Contender, Workload, Path], Document]


def lateness(contender: Contender, workload: Workload, under: Path) -> Document:
    """Set the timers in advance, and measure when they fire."""
    with start_trial(contender, under, rate_pilots=_rate_pilots(workload)) as trial:
        count = _affordable(trial, workload)
        first_due_ms = now_ms() + round(trial.lead_seconds(count) * 1000)
        timers = workload.timers(first_due_ms, count=count)
        scheduled = trial.contender.schedule(timers, SCHEDULING_AT_MOST_SECONDS)
        in_time = set_in_time(scheduled, first_due_ms)
        timers = _set(timers, scheduled)
        waited = trial.wait(timers, PATIENCE_SECONDS)
        kept = trial.account(timers)
        return {
            "scheduled_a_second": round(scheduled.per_second, 1),
            "all_set_before_first_due": in_time,
            "waited_seconds": round(waited, 3),
            **kept.to_document(),
        }


def two_kills(contender: Contender, workload: Workload, under: Path) -> Document:
    """Kill all workers with SIGKILL a quarter and half of the way through; replacements start immediately."""
    with start_trial(contender, under) as trial:
        first_due_ms = now_ms() + round(trial.lead_seconds(workload.count) * 1000)
        timers = workload.timers(first_due_ms)
        scheduled = trial.contender.schedule(timers, SCHEDULING_AT_MOST_SECONDS)
        timers = _set(timers, scheduled)
        for part in (0.25, 0.5):
            sleep_until_ms(first_due_ms + round(part * workload.over_ms))
            trial.workers.kill()
            trial.workers = trial.contender.start_workers()
        waited = trial.wait(timers, PATIENCE_SECONDS)
        # A second firing may come after every timer has fired once.
        trial.rest()
        return {"waited_seconds": round(waited, 3), **trial.account(timers).to_document()}


def backlog(contender: Contender, workload: Workload, under: Path) -> Document:
    """Timers due while everything was down: the store is killed and restarted, then the workers start."""
    with start_trial(
        contender, under, rate_pilots=_rate_pilots(workload), gap_seconds=_BACKLOG_GAP_SECONDS
    ) as trial:
        if not contender.schedules_through_workers:
            trial.workers.stop()
        count = _affordable(trial, workload)
        due_ms = now_ms() + round(trial.lead_seconds(count) * 1000)
        timers = workload.timers(due_ms, count=count)
        scheduled = contender.schedule(timers, SCHEDULING_AT_MOST_SECONDS)
        timers = _set(timers, scheduled)
        trial.workers.stop()
        contender.kill_and_restart_store(trial.store)
        sleep_until_ms(due_ms + 1000)
        started_us = time.time_ns() // 1000
        trial.workers = contender.start_workers()
        waited = trial.wait(timers, PATIENCE_SECONDS)
        trial.rest()
        kept = trial.account(timers)
        return {
            "scheduled_a_second": round(scheduled.per_second, 1),
            "first_after_start_seconds": _seconds_since(started_us, kept.first_fired_us),
            "last_after_start_seconds": _seconds_since(started_us, kept.last_fired_us),
            "gone_after_start_seconds": (
                None if kept.unfired else _seconds_since(started_us, kept.last_fired_us)
            ),
            "waited_seconds": round(waited, 3),
            **kept.to_document(),
        }


def pending(contender: Contender, workload: Workload, under: Path) -> Document:
    """How fast timers due in hours are set, and how much memory each takes while it waits."""
    with start_trial(contender, under, rate_pilots=_rate_pilots(workload)) as trial:
        trial.rest()
        store_before, workers_before = contender.stored_bytes(trial.store), trial.workers.memory_bytes()
        timers = workload.timers(now_ms() + 2 * _HOUR_MS)
        scheduled = contender.schedule(timers, SCHEDULING_AT_MOST_SECONDS / 2)
        trial.rest()
        store_after, workers_after = contender.stored_bytes(trial.store), trial.workers.memory_bytes()
        count = max(1, scheduled.count)
        return {
            "set": scheduled.count,
            "scheduled_a_second": round(scheduled.per_second, 1),
            "stored_bytes_a_timer": round((store_after - store_before) / count, 1),
            "worker_bytes_a_timer": round((workers_after - workers_before) / count, 1),
            "workers_bytes": workers_after,
        }


def redelivery(contender: Contender, workload: Workload, under: Path) -> Document:
    """Timers due later than the visibility timeout of the contender's broker, with no process killed."""
    with start_trial(contender, under) as trial:
        timers = workload.timers(now_ms() + _REDELIVERED_DUE_MS)
        contender.schedule(timers, SCHEDULING_AT_MOST_SECONDS)
        waited = trial.wait(timers, PATIENCE_SECONDS)
        time.sleep(_REDELIVERY_WAIT_SECONDS)
        return {"waited_seconds": round(waited, 3), **trial.account(timers).to_document()}


def _set(timers: list[Timer], scheduled: Scheduled) -> list[Timer]:
    if not scheduled.count:
        raise RuntimeError("not one timer could be set in the time allowed")
    return timers[: scheduled.count]


def _rate_pilots(workload: Workload) -> int:
    return min(2_000, workload.count)


def _affordable(trial: Trial, workload: Workload) -> int:
    return max(1, min(workload.count, int(trial.rate * SCHEDULING_AT_MOST_SECONDS)))


def sleep_until_ms(instant_ms: int) -> None:
    """Sleep until this Unix time in ms; return immediately if it has passed."""
    time.sleep(max(0.0, (instant_ms - now_ms()) / 1000))


def _seconds_since(started_us: int, instant_us: int | None) -> float | None:
    return None if instant_us is None else round((instant_us - started_us) / 1e6, 3)


def _case(
    name: str,
    summary: str,
    workload: Workload,
    quick: Workload,
    run: Callable[[Contender, Workload, Path], Document],
) -> tuple[str, Case]:
    return name, Case(name, summary, workload, quick, run)


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
            "2,000 timers over 20 s, all workers killed twice with SIGKILL and restarted at once",
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
