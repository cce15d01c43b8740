"""Fires what is due: releases, warnings, alarms. Called by the pacemaker and, for a backlog, by tasks."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from worker.apply import Work, apply
from worker.custody.advance import Tick
from worker.site import Shard, Site
from worker.store import records, timers
from worker.store.connection import UNREACHABLE

log = structlog.get_logger("custody")

BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Fired:
    """What came of one batch.

    Attributes:
        found: how many timers were due on the worker's clock.
        failed: bookings that could not be attended to; each is logged.
        store_ahead_ms: how far the store's clock is ahead of the worker's (negative: behind).
    """

    found: int
    failed: tuple[str, ...] = ()
    store_ahead_ms: int = 0


def fire(site: Site, shard: Shard, *, skip: int = 0, limit: int = BATCH) -> Fired:
    """Attend to one batch of due records, soonest first. One that fails does not hold up the others."""
    bookings = timers.due(shard.client, shard.keys, site.clock.now(), limit=limit, skip=skip)
    if not bookings:
        return Fired(0)
    stored = records.load(shard.client, shard.keys, bookings)
    for orphan in [booking for booking in bookings if booking not in stored]:
        log.error("timer_without_record", booking=orphan)
        timers.drop_orphan(shard.client, shard.keys, orphan)
    works = [Work(booking, (Tick(),)) for booking in bookings if booking in stored]
    try:
        done = apply(shard, works, site.policy, site.clock)
    except UNREACHABLE:
        raise
    except Exception:
        log.exception("batch_failed", due=len(works))
        return Fired(len(bookings), failed=_fire_each(site, shard, works))
    return Fired(len(bookings), store_ahead_ms=done.store_ahead_ms)


def _fire_each(site: Site, shard: Shard, works: list[Work]) -> tuple[str, ...]:
    failed = []
    for work in works:
        try:
            apply(shard, [work], site.policy, site.clock)
        except UNREACHABLE:
            raise
        except Exception:
            log.exception("attention_failed", booking=work.booking)
            failed.append(work.booking)
    return tuple(failed)


def help_with_backlog(site: Site, shard: Shard) -> None:
    """Fire batches from anywhere but the front of the queue, where the pacemaker is, until little is left.

    Two that take the same batch do no harm: the record's version decides who was first.
    """
    while (count := timers.count_due(shard.client, shard.keys, site.clock.now())) > 2 * BATCH:
        skip = BATCH + secrets.randbelow(count - 2 * BATCH)
        if fire(site, shard, skip=skip).failed:
            return


def next_due(site: Site, shard: Shard) -> datetime | None:
    """When this shard next needs attention."""
    return timers.earliest(shard.client, shard.keys)
