"""Watches what others should do: that tasks work the inbox, and that the clocks agree."""

import socket
from collections import defaultdict
from typing import Final

from worker.clock import SystemClock
from worker.engine import intake
from worker.engine.alarms import raise_alarm
from worker.engine.chores.standstill import Standstill
from worker.store.context import Context, Shard
from worker.store.waits import show_wait

STALLED_AFTER_SECONDS: Final = 5.0
SKEW_LIMIT_SECONDS: Final = 2.0


class LookAround:
    """Alarms the watch, and works an inbox that no task works."""

    interval_seconds = 1.0

    def __init__(self) -> None:
        self._waits: defaultdict[int, Standstill] = defaultdict(Standstill)
        self._stalled: set[int] = set()
        self._worked: set[int] = set()
        """Of the stalled ones those that were worked from here since the last look."""

    def do(self, context: Context) -> None:
        """Look at every shard's intake and at the clocks."""
        for shard in context.shards:
            self._look_at_intake(context, shard)
            if not context.simulated:
                self._compare_clocks(context, shard)

    def work_stalled_intake(self, context: Context) -> bool:
        """Work one batch of an inbox found stalled; False if there was nothing to do."""
        worked = {
            shard.keys.shard
            for shard in context.shards
            if shard.keys.shard in self._stalled and intake.try_one_batch(context, shard)
        }
        self._worked |= worked
        return bool(worked)

    def _look_at_intake(self, context: Context, shard: Shard) -> None:
        """An inbox is stalled while the same entry stays the oldest, whoever asks for it meanwhile."""
        number = shard.keys.shard
        oldest = shard.inbox.oldest_id()
        waited_seconds = self._waits[number].see(oldest)
        show_wait(shard.client, shard.keys, "inbox", waited_seconds)
        if oldest is None or waited_seconds < STALLED_AFTER_SECONDS:
            if oldest is None or number not in self._worked:
                self._stalled.discard(number)
            self._worked.discard(number)
            return
        self._stalled.add(number)
        raise_alarm(
            shard,
            "intake_stalled",
            "events have waited 5 s; the pacemaker works them: check the log, Celery and its broker",
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
