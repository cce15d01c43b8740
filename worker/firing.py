"""Fires what is due: releases, warnings, alarms. Called by the pacemaker and, for a backlog, by tasks."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

import structlog

from worker.alarms import raise_alarm
from worker.apply import Decision, Done, Work, apply, commit_decided
from worker.custody.advance import Tick
from worker.foresight import Foresight
from worker.site import Shard, Site
from worker.store import timers
from worker.store.commit import COMMITS_A_CALL
from worker.store.connection import UNREACHABLE

log = structlog.get_logger("custody")

BATCH: Final = 200
FEW: Final = 8
"""Where hardly anything is due, to look at a whole batch would only take time."""

DECIDED_BATCH: Final = 1_000
"""Of what was decided ahead only the commits remain: the store gets one after another, without a pause."""

HELP_BATCH: Final = 400
"""Of a task that helps: nothing comes due at its place, so it need not be back soon."""

TASK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Fired:
    """What came of one batch.

    Attributes:
        found: how many timers were due on the worker's clock.
        failed: bookings that could not be attended to; each is logged.
        store_ahead_ms: how far the store's clock is ahead of the worker's (negative: behind).
        foreseen: how many of them had been decided ahead.
        next_at: when the next timer is; None if it was not seen.
    """

    found: int
    failed: tuple[str, ...] = ()
    store_ahead_ms: int = 0
    foreseen: int = 0
    next_at: datetime | None = None


def fire(
    site: Site, shard: Shard, *, skip: int = 0, limit: int = BATCH, foresight: Foresight | None = None
) -> Fired:
    """Attend to one batch of due records, soonest first. One that fails does not hold up the others.

    What was decided ahead comes first, and without a look at the timers: the store refuses it where it is too
    early or the record has changed, and the timer is then found by the next look.
    """
    if foresight and foresight.seconds_until_next(site.clock) <= 0:
        fired = _fire_decided(site, shard, foresight)
        if fired.found:
            return fired
    look = timers.look(shard.client, shard.keys, site.clock.now(), limit=limit, skip=skip)
    if not look.due:
        return Fired(0, next_at=look.next_at)
    works = [Work(booking, (Tick(),)) for booking in look.due]
    return _fire(site, shard, works, lambda: apply(shard, works, site.policies, site.clock))


def _fire_decided(site: Site, shard: Shard, foresight: Foresight) -> Fired:
    """Commit what was decided ahead. Each is taken when its turn comes: the first waits for no other."""
    works: list[Work] = []

    def decisions() -> Iterator[Decision]:
        for decision in islice(foresight.take(site.clock), DECIDED_BATCH):
            works.append(decision.work)
            yield decision

    fired = _fire(site, shard, works, lambda: commit_decided(shard, decisions(), site.clock))
    return replace(fired, foreseen=len(works))


def _fire(site: Site, shard: Shard, works: list[Work], act: Callable[[], Done]) -> Fired:
    """Attend to these, all at once; where that fails, to each for itself."""
    try:
        done = act()
    except UNREACHABLE:
        raise
    except Exception:
        log.exception("batch_failed", due=len(works))
        return Fired(len(works), failed=_fire_each(site, shard, works))
    return Fired(len(works), store_ahead_ms=done.store_ahead_ms)


def _fire_each(site: Site, shard: Shard, works: list[Work]) -> tuple[str, ...]:
    failed = []
    for work in works:
        try:
            if timers.drop_orphan(shard.client, shard.keys, work.booking):
                log.error("timer_without_record", booking=work.booking)
            else:
                apply(shard, [work], site.policies, site.clock)
        except UNREACHABLE:
            raise
        except Exception:
            log.exception("attention_failed", booking=work.booking)
            failed.append(work.booking)
            told = (
                f"booking {work.booking} cannot be attended to and may not be released in time: see the log"
            )
            raise_alarm(shard, "held_without_clock", told, site.clock.now(), about=work.booking)
    return tuple(failed)


class Stretch(NamedTuple):
    """A part of what is due: how many come before it, and how many it has."""

    skip: int
    limit: int


def stretch_of(helper: int, helpers: int, due: int, draw: Callable[[int], int]) -> Stretch | None:
    """Where a helper takes its next batch: behind the front, where the pacemaker is; None if little is left.

    Each helper of a worker has a share of its own. Workers know nothing of each other, so within its share
    the place is drawn at random.

    Args:
        helper: its number, from 0, among the helpers of its worker.
        helpers: how many those are.
        due: how many timers are due.
        draw: a random number below the given one, as `secrets.randbelow`.
    """
    share = (due - BATCH) // helpers
    if share < COMMITS_A_CALL:
        return None
    limit = min(HELP_BATCH, share)
    return Stretch(BATCH + helper * share + draw(share - limit + 1), limit)


def help_with_backlog(site: Site, shard: Shard, helper: int, helpers: int) -> None:
    """Fire batches until little is left.

    Ends after a second all the same, for a worker that is told to stop. Two that take the same batch do no
    harm: the record's version decides who was first.
    """
    until = time.monotonic() + TASK_SECONDS
    while time.monotonic() < until:
        due = timers.count_due(shard.client, shard.keys, site.clock.now())
        stretch = stretch_of(helper, helpers, due, secrets.randbelow)
        if stretch is None or fire(site, shard, skip=stretch.skip, limit=stretch.limit).failed:
            return
