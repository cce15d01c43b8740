"""Fires what is due: releases, warnings, alarms. Called by the pacemaker and, for a backlog, by tasks."""

import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

import structlog

from worker.custody.decide import Tick
from worker.engine.alarms import raise_alarm
from worker.engine.apply import Applied, apply, commit_decided
from worker.engine.decided_ahead import DecidedAhead
from worker.engine.deciding import Decision, MissingRecordError, Work
from worker.engine.refusals import report_vanished
from worker.engine.waiting_events import waiting_events
from worker.store import timers
from worker.store.connection import UNREACHABLE
from worker.store.context import Context, Shard

log = structlog.get_logger("custody")

BATCH: Final = 200
DECIDED_BATCH: Final = 1_000
"""Larger: for decisions made ahead only the commit remains."""

TASK_SECONDS: Final = 1.0
MOST_ALARMED_ALONE: Final = 3
"""Of the bookings of one batch that cannot be attended to; more are one alarm."""


@dataclass(frozen=True, slots=True)
class Fired:
    """The result of one batch.

    Attributes:
        found: how many timers were due.
        failed: bookings that could not be attended to; each is logged and alarmed.
        put_off: bookings whose release waits for older events to be taken in.
        decided_ahead: how many of them had been decided ahead.
        next_at: when the next timer is due, in UTC; None if it was not seen.
    """

    found: int
    failed: tuple[str, ...] = ()
    put_off: tuple[str, ...] = ()
    decided_ahead: int = 0
    next_at: datetime | None = None


def fire(
    context: Context,
    shard: Shard,
    *,
    skip: int = 0,
    without: Collection[str] = (),
    limit: int = BATCH,
    decided_ahead: DecidedAhead | None = None,
    may_wait: Callable[[str], bool] = lambda _booking: True,
) -> Fired:
    """Attend to one batch of due records, soonest first. One that fails does not hold up the others.

    A release waits while an event about that booking, or more events than can be looked through, stand in the
    inbox from before its deadline.

    Decisions made ahead come first, without a look at the timers: the store refuses one that is too early or
    whose record has changed, and the next look finds its timer.

    Args:
        skip: how many timers at the front are left out.
        without: bookings that are left out.
        may_wait: whether a booking's release may still wait for the inbox.
    """
    if decided_ahead and decided_ahead.seconds_until_next(context.clock) <= 0:
        fired = _fire_decided(context, shard, decided_ahead, may_wait)
        if fired.found:
            return fired
    look = timers.look(shard.client, shard.keys, context.clock.now(), limit=limit + len(without), skip=skip)
    due = islice((booking for booking in look.due if booking not in without), limit)
    works = [Work(booking, (Tick(),)) for booking in due]
    if not works:
        return Fired(0, next_at=look.next_at)
    failed: dict[str, Exception] = {}
    fired = _fire(context, shard, works, lambda: apply(context, shard, works, failed=failed), may_wait)
    return replace(fired, failed=(*fired.failed, *_report_failed(context, shard, failed)))


def help_with_backlog(context: Context, shard: Shard) -> None:
    """Fire batches until little is left, for a second at most, so that a worker can stop quickly.

    Helpers know nothing of each other: each takes its batches at random places behind the front, where the
    pacemaker is. Two that take the same batch do no harm, since only the first commit succeeds.
    """
    context.store_now()  # the clock of a process that has been idle may have drifted
    until = time.monotonic() + TASK_SECONDS
    while time.monotonic() < until:
        behind_front = timers.count_due(shard.client, shard.keys, context.clock.now()) - BATCH
        if behind_front < BATCH:
            return
        skip = BATCH + secrets.randbelow(behind_front - BATCH + 1)
        fired = fire(context, shard, skip=skip)
        if fired.failed or fired.put_off:
            return


def _fire_decided(
    context: Context, shard: Shard, decided_ahead: DecidedAhead, may_wait: Callable[[str], bool]
) -> Fired:
    works: list[Work] = []

    def decisions() -> Iterator[Decision]:
        for decision in islice(decided_ahead.pop_due(context.clock), DECIDED_BATCH):
            works.append(decision.work)
            yield decision

    fired = _fire(context, shard, works, lambda: commit_decided(context, shard, decisions()), may_wait)
    return replace(fired, decided_ahead=len(works))


def _fire(
    context: Context,
    shard: Shard,
    works: list[Work],
    act: Callable[[], Applied],
    may_wait: Callable[[str], bool],
) -> Fired:
    """Attend to these together; if that fails, one by one."""
    try:
        applied = act()
        put_off = _release_who_need_not_wait(context, shard, applied.inbox_first, may_wait)
    except UNREACHABLE:
        raise
    except Exception:
        log.exception("batch_failed", due=len(works))
        return _fire_each(context, shard, works, may_wait)
    return Fired(len(works), put_off=put_off)


def _release_who_need_not_wait(
    context: Context, shard: Shard, refused: list[Decision], may_wait: Callable[[str], bool]
) -> tuple[str, ...]:
    """Of the releases that the store refused for the inbox, make those that no older event is about.

    Returns:
        The bookings whose release waits.
    """
    if not refused:
        return ()
    waiting = waiting_events(context, shard, refused)
    put_off: list[str] = []
    free: list[Work] = []
    cleared: dict[str, datetime] = {}
    for decision in refused:
        work = decision.work
        if waiting.hold_up(decision) and may_wait(work.booking):
            put_off.append(work.booking)
        elif decision.inbox_before is not None:
            free.append(work)
            cleared[work.booking] = decision.inbox_before
    applied = apply(context, shard, free, cleared=cleared)
    return (*put_off, *(decision.work.booking for decision in applied.inbox_first))


def _fire_each(context: Context, shard: Shard, works: list[Work], may_wait: Callable[[str], bool]) -> Fired:
    failed: dict[str, Exception] = {}
    put_off: list[str] = []
    for work in works:
        try:
            refused = apply(context, shard, [work]).inbox_first
            put_off += _release_who_need_not_wait(context, shard, refused, may_wait)
        except UNREACHABLE:
            raise
        except Exception as error:
            failed[work.booking] = error
    return Fired(len(works), failed=_report_failed(context, shard, failed), put_off=tuple(put_off))


def _report_failed(context: Context, shard: Shard, failed: Mapping[str, Exception]) -> tuple[str, ...]:
    """Log and alarm what could not be attended to; drop timers without a record.

    Many together raise one alarm: an alarm each would delay every release behind them.

    Returns:
        The bookings that failed.
    """
    bookings: list[str] = []
    orphans: list[str] = []
    for booking, error in failed.items():
        if not isinstance(error, MissingRecordError):
            bookings.append(booking)
        elif timers.drop_orphan(shard.client, shard.keys, booking):
            orphans.append(booking)
            log.error("timer_without_record", booking=booking)
    now = context.clock.now()
    report_vanished(shard, orphans, now)
    for booking in bookings[:MOST_ALARMED_ALONE]:
        log.error("attention_failed", booking=booking, exc_info=failed[booking])
    if len(bookings) > MOST_ALARMED_ALONE:
        which = ", ".join(bookings[:MOST_ALARMED_ALONE])
        detail = (
            f"at least {len(bookings)} bookings cannot be attended to and may not be released in time, among "
            f"them {which}: see `custody due` and `custody doctor`"
        )
        raise_alarm(shard, "held_without_clock", detail, now)
        return tuple(bookings)
    for booking in bookings:
        detail = f"booking {booking} cannot be attended to and may not be released in time: see the log"
        raise_alarm(shard, "held_without_clock", detail, now, about=booking)
    return tuple(bookings)
