"""A notice waits for the replicas, and not for ever."""

from dataclasses import dataclass, field

from worker.delivery.replicated import PATIENCE_SECONDS, Replicated
from worker.store.context import Context
from worker.store.sink_queue import SinkQueue


@dataclass
class Hand:
    """A monotonic clock that is moved by hand."""

    seconds: float = field(default=0.0)

    def __call__(self) -> float:
        return self.seconds


def queue_of(context: Context) -> SinkQueue:
    queue = SinkQueue(context.client, context.shards[0].keys, "jail")
    assert queue.acquire()
    return queue


def test_one_server_is_never_in_doubt(context: Context) -> None:
    assert Replicated(queue_of(context), 0).doubt() is None


def test_without_its_replica_a_notice_waits_until_patience_ends(context: Context) -> None:
    clock = Hand()
    replicated = Replicated(queue_of(context), 1, clock)
    assert replicated.doubt() == "0 of 1 replicas have it"
    clock.seconds = PATIENCE_SECONDS - 0.1
    assert replicated.doubt() == "0 of 1 replicas have it"
    clock.seconds = PATIENCE_SECONDS
    assert replicated.doubt() is None
