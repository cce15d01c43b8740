"""Delivers by hand, as a sink's thread does."""

from collections.abc import Sequence

from tests.support.bookings import now
from worker.delivery.deliverer import Deliverer
from worker.delivery.sink import Answer, Outcome, OutgoingNotice, Sink
from worker.store.context import Context
from worker.store.sink_queue import SinkQueue
from worker.store.sinks import open_sinks


class Taker:
    """Takes everything, and keeps the ids."""

    most_at_once = 200
    waits_out_failures = True

    def __init__(self) -> None:
        self.ids: list[str] = []

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        """Take these."""
        self.ids += [notice.event.id for notice in notices]
        return Answer(Outcome.DELIVERED)


def deliver_all(context: Context, sink: Sink | None = None, name: str = "jail") -> None:
    """Deliver all that waits on every shard, by one sink that gets every notice."""
    for shard in context.shards:
        open_sinks(shard.client, shard.keys, [name])
        queue = SinkQueue(shard.client, shard.keys, name)
        assert queue.acquire()
        deliverer = Deliverer(queue, sink or Taker(), lambda _: True, now, lambda *_: None)
        while deliverer.work(lambda: False):
            pass
        queue.release()
