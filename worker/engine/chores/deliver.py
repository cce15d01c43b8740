"""Delivers notices where no task does."""

from collections.abc import Sequence

from worker.delivery.fallback_delivery import FallbackDelivery
from worker.delivery.sink import Sink
from worker.engine.chores.look_around import STALLED_AFTER_MS
from worker.store.context import Context


class Deliver:
    """Hands stalled outboxes to the fallback delivery, which works in a separate thread."""

    interval_seconds = 1.0

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._fallback_delivery = FallbackDelivery(sinks)

    def do(self, context: Context) -> None:
        """Start a round over the outboxes where notices have waited 5 s and nobody delivers."""
        outboxes = [shard.outbox for shard in context.shards]
        self._fallback_delivery.send([outbox for outbox in outboxes if outbox.is_stalled(STALLED_AFTER_MS)])

    def wait(self, seconds: float) -> None:
        """Wait at most so long for the round in progress. What it cannot finish is delivered again later."""
        self._fallback_delivery.wait(seconds)
