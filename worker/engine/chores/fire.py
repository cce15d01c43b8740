"""Fires what is due on every shard, and asks for help where there is a backlog."""

import math
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from worker.engine import firing, intake
from worker.engine.alarms import raise_alarm
from worker.engine.chores.patience import Patience
from worker.engine.decided_ahead import DecidedAhead
from worker.engine.firing import Fired
from worker.engine.signals import Signal, Signals
from worker.store.batch_size import BatchSize
from worker.store.connection import UNREACHABLE
from worker.store.context import Context, Shard

FEW: Final = 8
"""Where hardly anything is due, looking at a full batch would waste time."""

HELP_GAP_SECONDS: Final = 0.05
FAILED_RETRY_SECONDS: Final = 1.0
FAILED_RETRIED_A_SECOND: Final = 100
"""So that a thousand damaged records do not delay the releases behind them every second."""
PUT_OFF_RETRY_SECONDS: Final = 0.05


@dataclass(slots=True)
class _OnShard:
    """What firing remembers about one shard between beats."""

    decided_ahead: DecidedAhead = field(default_factory=DecidedAhead)
    has_many: bool = False
    batch_size: BatchSize = field(default_factory=lambda: BatchSize(firing.BATCH))
    failed: set[str] = field(default_factory=set)
    """Bookings that failed; they are left out until the next retry."""
    failed_retry_at: float = -math.inf
    put_off: set[str] = field(default_factory=set)
    """Bookings that wait for the inbox, likewise."""
    put_off_retry_at: float = -math.inf
    patience: Patience = field(default_factory=Patience)
    helped_at: float = -math.inf


class Round(NamedTuple):
    """The result of one round over all shards."""

    found: int
    put_off: int
    next_at: datetime | None


class Fire:
    """Fires one batch per shard and beat."""

    def __init__(self, signals: Signals, helpers: int) -> None:
        self._signals = signals
        self._helpers = helpers
        self._on: defaultdict[int, _OnShard] = defaultdict(_OnShard)

    @property
    def has_many(self) -> bool:
        """Whether some shard had a full batch due in the last round."""
        return any(state.has_many for state in self._on.values())

    def do(self, context: Context) -> Round:
        """Fire one batch on each shard."""
        fired = [self._fire(context, shard, self._on[shard.keys.shard]) for shard in context.shards]
        return Round(
            found=sum(one.found - len(one.put_off) for one in fired),
            put_off=sum(len(one.put_off) for one in fired),
            next_at=min((one.next_at for one in fired if one.next_at), default=None),
        )

    def seconds_until_next_decided(self, context: Context) -> float:
        """Real seconds until the next release that was decided ahead; infinite if there is none."""
        return min(
            self._on[shard.keys.shard].decided_ahead.seconds_until_next(context.clock)
            for shard in context.shards
        )

    def look_ahead(self, context: Context) -> bool:
        """Decide a few timers ahead; False if there was nothing to do and no time was spent."""
        return any(
            self._on[shard.keys.shard].decided_ahead.look_ahead(context, shard) for shard in context.shards
        )

    def _fire(self, context: Context, shard: Shard, state: _OnShard) -> Fired:
        now = time.monotonic()
        if now >= state.failed_retry_at:
            state.failed.clear()
        if now >= state.put_off_retry_at:
            state.put_off.clear()
        limit = min(state.batch_size.now, firing.BATCH if state.has_many else FEW)
        try:
            fired = firing.fire(
                context,
                shard,
                without=state.failed | state.put_off,
                limit=limit,
                decided_ahead=state.decided_ahead,
                may_wait=state.patience.lasts_for,
            )
        except UNREACHABLE:
            state.batch_size.shrink(limit)
            raise
        state.batch_size.grow()
        state.has_many = fired.found >= limit
        if fired.failed:
            state.failed.update(fired.failed)
            gap = max(FAILED_RETRY_SECONDS, len(state.failed) / FAILED_RETRIED_A_SECOND)
            state.failed_retry_at = max(state.failed_retry_at, now + gap)
        if fired.put_off:
            state.put_off.update(fired.put_off)
            state.put_off_retry_at = now + PUT_OFF_RETRY_SECONDS
        if fired.put_off:
            self._take_in_first(context, shard, state, fired.put_off)
        self._ask_for_help(shard, state, fired, now)
        return fired

    def _ask_for_help(self, shard: Shard, state: _OnShard, fired: Fired, now: float) -> None:
        is_backlog = fired.found == firing.BATCH and not fired.decided_ahead and not fired.put_off
        if is_backlog and now - state.helped_at >= HELP_GAP_SECONDS:
            state.helped_at = now
            for helper in range(self._helpers):
                self._signals.send(Signal.FIRE_DUE, shard.keys.shard, helper)

    def _take_in_first(
        self, context: Context, shard: Shard, state: _OnShard, put_off: tuple[str, ...]
    ) -> None:
        """Releases wait for older events: work those here, unless a reader is at it, and not for too long."""
        intake.try_one_batch(context, shard)
        if state.patience.watch(put_off, shard.inbox.oldest_id()):
            state.put_off.clear()
            raise_alarm(
                shard,
                "intake_stalled",
                "releases were made although older events are not taken in: check the log of the workers",
                context.clock.now(),
            )
