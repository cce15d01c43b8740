"""Decides ahead what is due within the next minute, so that at the deadline only the commit remains.

What was decided ahead is only ever a saving of time. It is decided as of the timer's own instant and
committed once the worker's clock has reached it. The store refuses it if the record has changed, and a
release before its deadline by the store's own clock.
"""

import heapq
import math
import time
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import structlog

from worker.apply import Decision, Work, decide
from worker.clock import Clock
from worker.custody.advance import Tick
from worker.site import Shard, Site
from worker.store import timers
from worker.store.connection import UNREACHABLE
from worker.store.unix_ms import from_ms, to_ms

log = structlog.get_logger("custody")

HORIZON_SECONDS: Final = 60.0
"""How far ahead. All seconds here are real ones, also where the clock is a made-up one."""

MOST_DECIDED: Final = 10_000
"""Bounds the memory: a decision takes about 6.5 KB."""

TOO_LATE_AFTER_SECONDS: Final = 30.0
"""Long before a release must be reported as late, what was decided as if it were on time is decided anew."""

_LOT: Final = 10
"""Few enough that a deadline which comes up meanwhile is not kept waiting."""

_PAGE: Final = 100
_SWEEP_GAP_SECONDS: Final = 2.0


class _Ready(NamedTuple):
    """A decision for a timer at this Unix ms; None if it could not be made, which its deadline will tell."""

    due_ms: int
    decision: Decision | None


class Foresight:
    """What one shard's next timers come to. It goes through them in sweeps, a lot at a time."""

    def __init__(self) -> None:
        self._ready: dict[str, _Ready] = {}
        self._in_order: list[tuple[int, str]] = []
        """A heap. What it names that is no longer ready, or at another time, is passed over."""
        self._rank = 0
        self._swept_at = -math.inf

    def take(self, clock: Clock) -> Iterator[Decision]:
        """What was decided about timers that are due by now, soonest first; each is given once."""
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

    def _first(self) -> _Ready | None:
        while self._in_order:
            due_ms, booking = self._in_order[0]
            ready = self._ready.get(booking)
            if ready is not None and ready.due_ms == due_ms:
                return ready
            heapq.heappop(self._in_order)
        return None

    def look_ahead(self, site: Site, shard: Shard) -> bool:
        """Decide a lot of what is due soon; False if there was nothing to look at, and no time was spent."""
        if self._rank == 0 and not self._begin_sweep(site.clock):
            return False
        page = timers.page(shard.client, shard.keys, self._rank, _PAGE)
        soon = {
            booking: due_ms
            for booking, due_ms in page.items()
            if site.clock.seconds_until(from_ms(due_ms)) <= HORIZON_SECONDS
        }
        lot: dict[str, int] = {}
        for booking, due_ms in soon.items():
            known = self._ready.get(booking)
            if known is None or known.due_ms != due_ms:
                lot[booking] = due_ms
            self._rank += 1
            if len(lot) == _LOT:
                break
        else:
            if len(soon) < _PAGE:
                self._rank = 0
        if lot:
            self._decide(site, shard, lot)
        if len(self._ready) >= MOST_DECIDED:
            self._rank = 0
        return True

    def _begin_sweep(self, clock: Clock) -> bool:
        now = time.monotonic()
        if now - self._swept_at < _SWEEP_GAP_SECONDS:
            return False
        self._swept_at = now
        # A booking that ended before its timer came due would otherwise be kept for ever.
        self._ready = {
            booking: ready
            for booking, ready in self._ready.items()
            if clock.seconds_until(from_ms(ready.due_ms)) >= -TOO_LATE_AFTER_SECONDS
        }
        return True

    def _decide(self, site: Site, shard: Shard, lot: Mapping[str, int]) -> None:
        works = [Work(booking, (Tick(),)) for booking in lot]
        instants = [from_ms(due_ms) for due_ms in lot.values()]
        try:
            decisions: list[Decision] | list[None] = list(decide(shard, works, instants, site.policies))
        except UNREACHABLE:
            raise
        except Exception as error:
            log.warning("not_decided_ahead", bookings=list(lot), problem=type(error).__name__)
            decisions = [None] * len(lot)
        for (booking, due_ms), decision in zip(lot.items(), decisions, strict=True):
            self._ready[booking] = _Ready(due_ms, decision)
            heapq.heappush(self._in_order, (due_ms, booking))
