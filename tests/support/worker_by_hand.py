"""Does by hand what a worker does, and reads the results."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from events.inbound import Inbound
from tests.support.bookings import PROFILE, raw
from worker.clock import ScaledClock
from worker.custody.decide import Received, Tick, decide
from worker.custody.record import Record
from worker.custody.transition import Transition
from worker.engine import firing, intake
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import audit, records, rejects, simulation
from worker.store.connection import Client
from worker.store.context import Context, Shard
from worker.store.inbox import Inbox
from worker.store.inbox_reader import InboxReader
from worker.store.keys import INBOX_GROUP, Keys
from worker.store.streams import entries_of_range


class Store(NamedTuple):
    """A store for one test, empty at its start."""

    client: Client
    url: str


def simulate(store: Store, at: datetime) -> None:
    """Simulate a store's time: it is `at` now, and runs at the real pace. Call again to move it."""
    simulation.mark(store.client, Keys(), ScaledClock(at, datetime.now(UTC), 1))


def simulated_context(store: Store, at: datetime) -> Context:
    """An open context on a store whose simulated time is `at` now."""
    simulate(store, at)
    return open_context(Settings(profile=PROFILE), store.url)


def put(context: Context, *events: Inbound | bytes, shard: int = 0) -> list[str]:
    """Put events into a shard's inbox as upstream does, in one round trip; return their ids."""
    pipeline: Any = context.client.pipeline(transaction=False)
    for event in events:
        text = event if isinstance(event, bytes) else raw(event)
        pipeline.xadd(context.shards[shard].keys.inbox, {"event": text})
    return [id_.decode() for id_ in pipeline.execute()]


def repeat_until_empty(work_one_batch: Callable[[], int]) -> None:
    """Process batch after batch; work that never ends must not keep a test running for ever."""
    for _ in range(1_000):
        if not work_one_batch():
            return
    raise AssertionError("the same work came back a thousand times")


def take_in(context: Context, *events: Inbound | bytes) -> None:
    """Put events in and process them."""
    put(context, *events)
    for shard in context.shards:
        repeat_until_empty(partial(intake.work_one_batch, context, shard))


def fire_all(context: Context) -> None:
    """Fire everything that is due."""
    for shard in context.shards:
        repeat_until_empty(partial(_fire, context, shard))


def _fire(context: Context, shard: Shard) -> int:
    return firing.fire(context, shard).found


def decide_now(context: Context, booking: str, *facts: Inbound | Tick, shard: int = 0) -> Transition:
    """What these facts would do to a booking; nothing is written."""
    record = records.load_one(context.client, context.shards[shard].keys, booking)
    received = [
        fact if isinstance(fact, Tick) else Received(fact, raw(fact).decode(), context.clock.now())
        for fact in facts
    ]
    return decide(record, received, context.rules_by_record.of(record), context.clock.now())


def the_record(context: Context, booking: str, shard: int = 0) -> Record:
    """A stored record that must be there."""
    record = records.load_one(context.client, context.shards[shard].keys, booking)
    assert record is not None, f"booking {booking} has no record"
    return record


def everything_sent(context: Context, shard: int = 0) -> list[dict[str, Any]]:
    """Every outbound event of a shard, oldest first."""
    entries = entries_of_range(context.client.xrange(context.shards[shard].keys.outbox))
    return [json.loads(fields[b"event"]) for _, fields in entries]


def releases(context: Context) -> list[str]:
    """The bookings released, in the order of their release orders."""
    return [
        event["subject"]
        for event in everything_sent(context)
        if event["type"] == "custody.record.released.v1"
    ]


def alarms(context: Context, shard: int = 0) -> list[tuple[str, str]]:
    """Code and subject of every alarm of a shard, oldest first."""
    return [
        (event["data"]["code"], event["subject"])
        for event in everything_sent(context, shard)
        if event["type"] == "custody.clock.alarmed.v1"
    ]


def read_as_another(context: Context, consumer: str = "another", most: int = 1_000) -> InboxReader:
    """Read as another worker, which from then on holds the lease and the entries, and does nothing."""
    reader = Inbox(context.client, context.shards[0].keys, consumer).reader()
    reader.read(most)
    return reader


def let_the_lease_expire(context: Context) -> None:
    """Let so much time pass that the lease of a reader that died or stalled has expired."""
    context.client.delete(context.shards[0].keys.reader)


def held(context: Context) -> int:
    """How many inbox entries some reader has read and not settled."""
    pending: Any = context.client.xpending(context.shards[0].keys.inbox, INBOX_GROUP)
    return int(pending["pending"])


def rejected(context: Context) -> list[tuple[str, bytes]]:
    """Reason and text of each rejected event."""
    return [(item.reason, item.event) for item in rejects.every(context.client, context.shards[0].keys)]


def audit_problems(context: Context) -> list[str]:
    """What `audit verify` finds wrong with the first shard."""
    return audit.verify(context.client, context.shards[0].keys).problems


def everything(shard: Shard) -> dict[bytes, Any]:
    """A dump of all of a shard's keys, pending list included, to see whether anything was written."""
    client: Any = shard.client
    found: dict[bytes, Any] = {}
    for key in sorted(client.scan_iter(match=f"{{custody:{shard.keys.shard}}}:*")):
        found[key] = client.dump(key)
    return found
