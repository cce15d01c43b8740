"""Derives the timers from the records again, in rounds: a timer that is lost would hold somebody for ever."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from worker.custody.attention import next_attention
from worker.custody.record import Record
from worker.custody.transition import Transition
from worker.engine.alarms import raise_alarm
from worker.engine.refusals import report_vanished
from worker.store import records, timers
from worker.store.commit import Commit, CommitOutcome
from worker.store.connection import UNREACHABLE
from worker.store.context import Context, Shard
from worker.store.unix_ms import to_ms, to_ms_up

log = structlog.get_logger("custody")

PAGE: Final = 50
"""Small, since deadlines wait meanwhile."""

_PAGES_AT_ONCE: Final = 2
_DROP_ALLOWED: Final = 20
_SHARE_ALLOWED: Final = 0.1
_MOST_NAMED: Final = 3
_TOLERANCE_MS: Final = 60_000


@dataclass(slots=True)
class _Found:
    """What one round has found on one shard: booking numbers.

    Attributes:
        without_clock: held, and the timer was missing or too late; a part of `mended`.
        orphans: timers without a record.
    """

    mended: list[str] = field(default_factory=list)
    without_clock: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)


class CompareTimers:
    """Compares a page of records with their timers, and mends what differs.

    A round over 10,000 records takes about a minute. At the start, and whenever many timers have vanished,
    one begins at once and goes as fast as deadlines leave time.
    """

    interval_seconds = 0.4

    def __init__(self) -> None:
        self._round: Iterator[None] | None = None
        self._is_urgent = True
        self._counts: list[int] = []

    def do(self, context: Context) -> None:
        """Look at the number of timers, and compare the next records."""
        self._look_at_counts(context)
        for _ in range(_PAGES_AT_ONCE):
            self._compare_page(context)

    def hurry(self, context: Context) -> bool:
        """Compare another page if that is urgent; False if it is not."""
        if self._is_urgent:
            self._compare_page(context)
        return self._is_urgent

    def _look_at_counts(self, context: Context) -> None:
        counts = [timers.count(shard.client, shard.keys) for shard in context.shards]
        for before, now in zip(self._counts, counts, strict=False):
            if now < before * (1 - _SHARE_ALLOWED) - _DROP_ALLOWED or (before and not now):
                self._round, self._is_urgent = None, True
        self._counts = counts

    def _compare_page(self, context: Context) -> None:
        """Go on with the round. An error ends it, and the next page begins another."""
        going_on, self._round = self._round or _compare_all(context), None
        try:
            for _ in going_on:
                self._round = going_on
                return
        except UNREACHABLE:
            raise
        except Exception:
            log.exception("timers_not_compared")
        self._is_urgent = False


def _compare_all(context: Context) -> Iterator[None]:
    """One round, a page at a time."""
    found = [_Found() for _ in context.shards]
    strangers: set[int] = set()
    for page in records.pages(context.client, PAGE):
        for number, bookings in page.items():
            if number < len(context.shards):
                _compare(context, context.shards[number], bookings, found[number])
            else:
                strangers.add(number)
        yield
    for shard, on_shard in zip(context.shards, found, strict=True):
        for timed in timers.pages(shard.client, shard.keys, PAGE):
            orphans = timers.without_record(shard.client, shard.keys, timed)
            on_shard.orphans += [one for one in orphans if timers.drop_orphan(shard.client, shard.keys, one)]
            yield
        _report(context, shard, on_shard)
    if strangers:
        _report_strangers(context, strangers)


def _compare(context: Context, shard: Shard, bookings: Sequence[str], found: _Found) -> None:
    """Set the timers that differ, each only if its record has not changed since it was read."""
    loaded, unreadable = records.load(shard.client, shard.keys, bookings)
    found.unreadable += [error.booking for error in unreadable]
    timed = timers.of_all(shard.client, shard.keys, list(loaded))
    differing: list[Transition] = []
    for booking, record in loaded.items():
        transition, timer = _as_it_is(context, record), timed[booking]
        if _differs(transition, timer):
            differing.append(transition)
    if not differing:
        return
    answers = shard.committer.commit([Commit(one) for one in differing], context.clock.now())
    for transition, answer in zip(differing, answers, strict=True):
        booking, timer = transition.record.booking, timed[transition.record.booking]
        if answer.outcome == CommitOutcome.COMMITTED:
            found.mended.append(booking)
            is_late = timer is None or (transition.attention is not None and timer > transition.attention)
            if transition.record.state == "held" and is_late:
                found.without_clock.append(booking)
        elif answer.outcome != CommitOutcome.CONFLICT:
            log.error("timer_not_mended", booking=booking, problem=answer.outcome.name.lower())


def _as_it_is(context: Context, record: Record) -> Transition:
    """What the commit writes that leaves a record as it is and sets its timer."""
    # All rules of this process say the same about attention: it depends on the record and on a setting alone.
    rules = context.rules_by_record.current
    return Transition(record.version, record, attention=next_attention(record, rules, context.clock.now()))


def _differs(transition: Transition, timer: datetime | None) -> bool:
    wanted = transition.attention
    if wanted is None or timer is None:
        return wanted is not timer
    # After a release it was set from the worker's time, before the store's time of the commit was known.
    tolerance_ms = 0 if transition.record.state == "held" else _TOLERANCE_MS
    return abs(to_ms_up(wanted) - to_ms(timer)) > tolerance_ms


def _report(context: Context, shard: Shard, found: _Found) -> None:
    """One alarm a round for each kind, since thousands may be found together."""
    now = context.clock.now()
    if found.mended:
        log.warning("timers_mended", shard=shard.keys.shard, timers=len(found.mended))
    if found.without_clock:
        detail = (
            f"{_some(found.without_clock)}: held without a timer, or with one that was too late; it was set "
            f"again from the record. Find out who wrote to {shard.keys.timers}"
        )
        raise_alarm(shard, "held_without_clock", detail, now, once="without timer", quiet_seconds=1)
    if found.unreadable:
        detail = (
            f"{_some(found.unreadable)}: the record cannot be read, so nobody may be released by it: see "
            "`custody doctor`"
        )
        raise_alarm(shard, "held_without_clock", detail, now, once="unreadable")
    for booking in found.orphans:
        log.error("timer_without_record", booking=booking)
    report_vanished(shard, found.orphans, now)


def _report_strangers(context: Context, strangers: set[int]) -> None:
    which = ", ".join(map(str, sorted(strangers)))
    detail = (
        f"there are records of shard {which}, which CUSTODY_SHARDS={len(context.shards)} does not have: "
        "nobody releases these people; find out who wrote them, and publish their bookings again"
    )
    raise_alarm(context.shards[0], "held_without_clock", detail, context.clock.now(), once="strangers")


def _some(bookings: Sequence[str]) -> str:
    more = ", …" if len(bookings) > _MOST_NAMED else ""
    noun = "booking" if len(bookings) == 1 else "bookings"
    return f"{len(bookings)} {noun} ({', '.join(bookings[:_MOST_NAMED])}{more})"
