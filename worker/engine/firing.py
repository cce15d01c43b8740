"""Fires what is due: releases, warnings, alarms. Called by the pacemaker and, for a backlog, by tasks."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

import structlog

from worker.custody.decide import Tick
from worker.engine.alarms import raise_alarm
from worker.engine.apply import Applied, Decision, Work, apply, commit_decided
from worker.engine.decided_ahead import DecidedAhead
from worker.store import timers
from worker.store.connection import UNREACHABLE
from worker.store.context import Context, Shard

log = structlog.get_logger("custody")

BATCH: Final = 200
DECIDED_BATCH: Final = 1_000
"""Larger, since of a decision made ahead only the commit remains."""

TASK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Fired:
    """The result of one batch.

    Attributes:
        found: how many timers were due on the worker's clock.
        failed: bookings that could not be attended to; each is logged and alarmed.
        store_ahead_ms: how far the store's clock is ahead of the worker's (negative: behind).
        decided_ahead: how many of them had been decided ahead.
        next_at: when the next timer is due, in UTC; None if it was not seen.
    """

    found: int
    failed: tuple[str, ...] = ()
    store_ahead_ms: int = 0
    decided_ahead: int = 0
    next_at: datetime | None = None


def fire(
    context: Context,
    shard: Shard,
    *,
    skip: int = 0,
    limit: int = BATCH,
    decided_ahead: DecidedAhead | None = None,
) -> Fired:
    """Attend to one batch of due records, soonest first. One that fails does not hold up the others.

    Decisions made ahead come first, without a look at the timers: the store refuses one that is too early or
    whose record has changed, and the next look finds its timer.
    """
    if decided_ahead and decided_ahead.seconds_until_next(context.clock) <= 0:
        fired = _fire_decided(context, shard, decided_ahead)
        if fired.found:
            return fired
    look = timers.look(shard.client, shard.keys, context.clock.now(), limit=limit, skip=skip)
    if not look.due:
        return Fired(0, next_at=look.next_at)
    works = [Work(booking, (Tick(),)) for booking in look.due]
    return _fire(context, shard, works, lambda: apply(context, shard, works))


def help_with_backlog(context: Context, shard: Shard) -> None:
    """Fire batches until little is left, for a second at most, so that a worker can stop quickly.

    Helpers know nothing of each other: each takes its batches at random places behind the front, where the
    pacemaker is. Two that take the same batch do no harm, since only the first commit succeeds.
    """
    until = time.monotonic() + TASK_SECONDS
    while time.monotonic() < until:
        behind_front = timers.count_due(shard.client, shard.keys, context.clock.now()) - BATCH
        if behind_front < BATCH:
            return
        skip = BATCH + secrets.randbelow(behind_front - BATCH + 1)
        if fire(context, shard, skip=skip).failed:
            return


def _fire_decided(context: Context, shard: Shard, decided_ahead: DecidedAhead) -> Fired:
    works: list[Work] = []

    def decisions() -> Iterator[Decision]:
        for decision in islice(decided_ahead.pop_due(context.clock), DECIDED_BATCH):
            works.append(decision.work)
            yield decision

    fired = _fire(context, shard, works, lambda: commit_decided(context, shard, decisions()))
    return replace(fired, decided_ahead=len(works))


def _fire(context: Context, shard: Shard, works: list[Work], act: Callable[[], Applied]) -> Fired:
    """Attend to these together; if that fails, one by one."""
    try:
        applied = act()
    except UNREACHABLE:
        raise
    except Exception:
        log.exception("batch_failed", due=len(works))
        return Fired(len(works), failed=_fire_each(context, shard, works))
    return Fired(len(works), store_ahead_ms=applied.store_ahead_ms)


def _fire_each(context: Context, shard: Shard, works: list[Work]) -> tuple[str, ...]:
    failed = []
    for work in works:
        try:
            if timers.drop_orphan(shard.client, shard.keys, work.booking):
                log.error("timer_without_record", booking=work.booking)
            else:
                apply(context, shard, [work])
        except UNREACHABLE:
            raise
        except Exception:
            log.exception("attention_failed", booking=work.booking)
            failed.append(work.booking)
            raise_alarm(
                shard,
                "held_without_clock",
                f"booking {work.booking} cannot be attended to and may not be released in time: see the log",
                context.clock.now(),
                about=work.booking,
            )
    return tuple(failed)
