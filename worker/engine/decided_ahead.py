"""Precomputes what is due within the next minute, so that at the deadline only the commit remains.

Deciding ahead only ever saves time. A decision is made for the timer's own instant and committed once that
has come. The store refuses it if the record has changed, or if the deadline has not come by its clock.
"""

import heapq
import math
import time
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import structlog

from worker.clock import Clock
from worker.custody.decide import Tick
from worker.engine.deciding import Decision, Work, decide_all
from worker.store import timers
from worker.store.connection import UNREACHABLE
from worker.store.context import Context, Shard
from worker.store.unix_ms import from_ms, to_ms

log = structlog.get_logger("custody")

HORIZON_SECONDS: Final = 60.0
"""How far ahead. All seconds here are real ones, on a simulated clock as well."""

MOST_DECIDED: Final = 10_000
"""Bounds the memory: a decision takes about 6.5 KB."""

TOO_LATE_AFTER_SECONDS: Final = 30.0
"""An older decision is dropped: it says the release is on time, and soon that would not be true."""

_DECIDED_TOGETHER: Final = 10
"""Small, so that a deadline that comes up meanwhile does not wait."""

_PAGE: Final = 100
_SWEEP_GAP_SECONDS: Final = 2.0


class _Ready(NamedTuple):
    """The decision for a timer at this Unix ms.

    None if deciding failed; that is reported when the deadline fires.
    """

    due_ms: int
    decision: Decision | None


class DecidedAhead:
    """One shard's precomputed decisions. It sweeps through the timers, a batch at a time."""

    def __init__(self) -> None:
        self._ready: dict[str, _Ready] = {}
        self._in_order: list[tuple[int, str]] = []
        """A heap; an entry that `_ready` no longer has at that time is skipped."""
        self._rank = 0
        self._swept_at = -math.inf

    def pop_due(self, clock: Clock) -> Iterator[Decision]:
        """The decisions for timers that are due by now, soonest first; each is given once."""
        now_ms = to_ms(clock.now())
        while (ready := self._first()) and ready.due_ms <= now_ms:
            _, booking = heapq.heappop(self._in_order)
            del self._ready[booking]
            wait = clock.seconds_until(from_ms(ready.due_ms))
            if ready.decision is not None and wait >= -TOO_LATE_AFTER_SECONDS:
                yield ready.decision

    def seconds_until_next(self, clock: Clock) -> float:
        """Real seconds until the first decision is due; infinite if there is none."""
        first = self._first()
        return clock.seconds_until(from_ms(first.due_ms)) if first else math.inf

    def look_ahead(self, context: Context, shard: Shard) -> bool:
        """Decide a batch of what is due soon; False if there was nothing to do and no time was spent."""
        if self._rank == 0 and not self._begin_sweep(context.clock):
            return False
        page = timers.page(shard.client, shard.keys, self._rank, _PAGE)
        soon = {
            booking: due_ms
            for booking, due_ms in page.items()
            if context.clock.seconds_until(from_ms(due_ms)) <= HORIZON_SECONDS
        }
        batch: dict[str, int] = {}
        for booking, due_ms in soon.items():
            known = self._ready.get(booking)
            if known is None or known.due_ms != due_ms:
                batch[booking] = due_ms
            self._rank += 1
            if len(batch) == _DECIDED_TOGETHER:
                break
        else:
            if len(soon) < _PAGE:
                self._rank = 0
        if batch:
            self._decide(context, shard, batch)
        if len(self._ready) >= MOST_DECIDED:
            self._rank = 0
        return True

    def _first(self) -> _Ready | None:
        while self._in_order:
            due_ms, booking = self._in_order[0]
            ready = self._ready.get(booking)
            if ready is not None and ready.due_ms == due_ms:
                return ready
            heapq.heappop(self._in_order)
        return None

    def _begin_sweep(self, clock: Clock) -> bool:
        now = time.monotonic()
        if now - self._swept_at < _SWEEP_GAP_SECONDS:
            return False
        self._swept_at = now
        # Bookings that ended before their timer came due are dropped here.
        self._ready = {
            booking: ready
            for booking, ready in self._ready.items()
            if clock.seconds_until(from_ms(ready.due_ms)) >= -TOO_LATE_AFTER_SECONDS
        }
        return True

    def _decide(self, context: Context, shard: Shard, batch: Mapping[str, int]) -> None:
        works = [Work(booking, (Tick(),)) for booking in batch]
        instants = [from_ms(due_ms) for due_ms in batch.values()]
        decisions: list[Decision] | list[None]
        try:
            decisions = list(decide_all(context, shard, works, instants))
        except UNREACHABLE:
            raise
        except Exception as error:
            log.warning("not_decided_ahead", bookings=list(batch), problem=type(error).__name__)
            decisions = [None] * len(batch)
        for (booking, due_ms), decision in zip(batch.items(), decisions, strict=True):
            self._ready[booking] = _Ready(due_ms, decision)
            heapq.heappush(self._in_order, (due_ms, booking))
