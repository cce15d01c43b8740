"""Watches what others should do: that tasks work the inbox, and that the clocks agree."""

import math
import socket
import time
from typing import Final

from worker.clock import SystemClock
from worker.engine import intake
from worker.engine.alarms import raise_alarm
from worker.store.context import Context, Shard

STALLED_AFTER_MS: Final = 5_000
SKEW_LIMIT_SECONDS: Final = 2.0
GAP_SECONDS: Final = 3.0
"""After a longer gap between two looks the worker or its store was away, and the tasks have yet to begin."""


class LookAround:
    """Alarms the watch, and works an inbox that no task works."""

    interval_seconds = 1.0

    def __init__(self) -> None:
        self._waiting: dict[int, str] = {}
        """By shard, the entry that waited unread at the last look."""
        self._stalled: set[int] = set()
        self._looked_at = self._watching_since = -math.inf

    def do(self, context: Context) -> None:
        """Look at every shard's intake and at the clocks."""
        now = time.monotonic()
        if now - self._looked_at > GAP_SECONDS:
            self._watching_since = now
        for shard in context.shards:
            self._look_at_intake(context, shard, now - self._watching_since)
            if not context.simulated:
                self._compare_clocks(context, shard)
        self._looked_at = now

    def work_stalled_intake(self, context: Context) -> bool:
        """Work one batch of an inbox found stalled; False if there was nothing to do."""
        return any(
            shard.keys.shard in self._stalled and intake.try_one_batch(context, shard) > 0
            for shard in context.shards
        )

    def _look_at_intake(self, context: Context, shard: Shard, watched_seconds: float) -> None:
        """An inbox is stalled if one entry waits at two looks: between two tasks nobody reads.

        What waited while the worker was down is worked; it is an alarm only once the tasks had their 5 s.
        """
        number = shard.keys.shard
        waiting, before = shard.inbox.stalled_id(STALLED_AFTER_MS), self._waiting.pop(number, None)
        if waiting is None:
            self._stalled.discard(number)
            return
        self._waiting[number] = waiting
        if waiting != before and number not in self._stalled:
            return
        self._stalled.add(number)
        if watched_seconds * 1000 < STALLED_AFTER_MS:
            return
        raise_alarm(
            shard,
            "intake_stalled",
            "events waited 5 s without a task; the pacemaker works them: check Celery and its broker",
            context.clock.now(),
        )

    def _compare_clocks(self, context: Context, shard: Shard) -> None:
        """Asking keeps the clock in step with the store. No decision uses this machine's own wall clock."""
        skew_seconds = (context.store_now() - SystemClock().now()).total_seconds()
        if abs(skew_seconds) > SKEW_LIMIT_SECONDS:
            raise_alarm(
                shard,
                "clock_skew",
                f"worker {socket.gethostname()} and store are {skew_seconds:.1f} s apart: set their clocks",
                context.clock.now(),
            )
