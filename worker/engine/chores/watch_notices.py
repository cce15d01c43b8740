"""Watches that notices are delivered at all, by what each sink has dealt with, whoever says it is at work."""

from collections import defaultdict
from typing import Any, Final

from worker.engine.alarms import raise_alarm
from worker.engine.chores.standstill import Standstill
from worker.store import outbox, sinks
from worker.store.context import Context, Shard
from worker.store.waits import show_wait

WAITING_AFTER_SECONDS: Final = 60.0


class WatchNotices:
    """Alarms the watch if a sink comes to nothing new, or if somebody removes notices.

    Its alarms are notices themselves. That none goes out is seen in the log and by `custody doctor` all the
    same. A notice that its receiver does not take is no standstill: it waits beside, and is tried again.
    """

    interval_seconds = 1.0

    def __init__(self) -> None:
        self._waits: defaultdict[tuple[int, str], Standstill] = defaultdict(Standstill)

    def do(self, context: Context) -> None:
        """Look at every sink of every shard."""
        for shard in context.shards:
            sinks.restart_cursors(shard.client, shard.keys)
            seconds = {
                sink: self._waits[shard.keys.shard, sink].see(head)
                for sink, head in sinks.not_reached(shard.client, shard.keys).items()
            }
            show_wait(shard.client, shard.keys, "outbox", max(seconds.values(), default=0))
            stuck = [sink for sink, waited in seconds.items() if waited >= WAITING_AFTER_SECONDS]
            if stuck:
                raise_alarm(
                    shard,
                    "notices_waiting",
                    f"sink {', '.join(stuck)}: nothing new was delivered for {WAITING_AFTER_SECONDS:.0f} s, "
                    "release orders included: see the log of worker and notifier",
                    context.clock.now(),
                )
            self._look_for_removed(context, shard)

    def _look_for_removed(self, context: Context, shard: Shard) -> None:
        removed = outbox.removed(shard.client, shard.keys)
        known: Any = shard.client.get(shard.keys.outbox_removed)
        missing = removed - int(known or 0)
        if missing > 0:
            raise_alarm(
                shard,
                "notice_undelivered",
                f"{missing} notices were removed from the outbox, and not by the clock: whether they were "
                "delivered is in `custody notices list`; find out who removed them",
                context.clock.now(),
                once=f"removed:{removed}",
            )
        if missing != 0:
            shard.client.set(shard.keys.outbox_removed, removed)
