"""Delivers notices where no task does, and watches that they are delivered at all."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from worker.delivery.fallback_delivery import FallbackDelivery
from worker.delivery.sink import Sink
from worker.engine.alarms import raise_alarm
from worker.engine.chores.look_around import STALLED_AFTER_SECONDS
from worker.engine.chores.standstill import Standstill
from worker.store import undelivered
from worker.store.context import Context, Shard
from worker.store.waits import show_wait

WAITING_AFTER_SECONDS: Final = 60.0


class Deliver:
    """Hands stalled outboxes to the fallback delivery, which works in a separate thread.

    The alarms that it raises are notices themselves. That none goes out is seen in the log and by
    `custody doctor` all the same.
    """

    interval_seconds = 1.0

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._fallback_delivery = FallbackDelivery(sinks)
        self._waits: defaultdict[int, Standstill] = defaultdict(Standstill)

    def do(self, context: Context) -> None:
        """Start a round over the outboxes whose oldest notice has been seen for 5 s."""
        stalled = []
        for shard in context.shards:
            waited_seconds = self._waits[shard.keys.shard].see(shard.outbox.oldest_waiting())
            show_wait(shard.client, shard.keys, "outbox", waited_seconds)
            if waited_seconds >= STALLED_AFTER_SECONDS:
                stalled.append(shard.outbox)
            if waited_seconds >= WAITING_AFTER_SECONDS:
                self._alarm_waiting(context, shard)
            if kept := undelivered.every(shard.client, shard.keys):
                detail = f"{len(kept)} notices cannot be delivered: see `custody notices list`"
                raise_alarm(shard, "notice_undelivered", detail, context.clock.now())
        self._fallback_delivery.send(stalled)

    def _alarm_waiting(self, context: Context, shard: Shard) -> None:
        problem = self._fallback_delivery.problem or "see the log"
        detail = (
            f"{shard.outbox.waiting()} notices wait, the oldest for more than {WAITING_AFTER_SECONDS:.0f} s "
            f"({problem}): nobody is sent anything, release orders included"
        )
        raise_alarm(shard, "notices_waiting", detail, context.clock.now())

    def wait(self, seconds: float) -> None:
        """Wait at most so long for the round in progress. What it cannot finish is delivered again later."""
        self._fallback_delivery.wait(seconds)
