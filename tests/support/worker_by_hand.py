"""Does by hand what a worker does, and looks at what came of it."""

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
from worker.store.keys import Keys
from worker.store.streams import entries_of_range


class Store(NamedTuple):
    """A store of the test's own, empty when it gets it."""

    client: Client
    url: str


def simulate(store: Store, at: datetime) -> None:
    """Make up a store's time: it is `at` there now, and goes on at the real pace. A repeat moves it."""
    simulation.mark(store.client, Keys(), ScaledClock(at, datetime.now(UTC), 1))


def simulated_context(store: Store, at: datetime) -> Context:
    """A hold on a store whose time is made up, and is `at` now."""
    simulate(store, at)
    return open_context(Settings(profile=PROFILE), store.url)


def put(context: Context, *events: Inbound | bytes, shard: int = 0) -> list[str]:
    """Put events into a shard's inbox as upstream does, in one round trip; return their ids."""
    pipeline: Any = context.client.pipeline(transaction=False)
    for event in events:
        text = event if isinstance(event, bytes) else raw(event)
        pipeline.xadd(context.shards[shard].keys.inbox, {"event": text})
    return [id_.decode() for id_ in pipeline.execute()]


def until_nothing_is_left(work_one_batch: Callable[[], int]) -> None:
    """Work batch after batch; what cannot be worked must not keep a test for ever."""
    for _ in range(1_000):
        if not work_one_batch():
            return
    raise AssertionError("the same work came back a thousand times")


def take_in(context: Context, *events: Inbound | bytes) -> None:
    """Put events in and work them."""
    put(context, *events)
    for shard in context.shards:
        until_nothing_is_left(partial(intake.work_one_batch, context, shard))


def fire_all(context: Context) -> None:
    """Fire everything that is due."""
    for shard in context.shards:
        until_nothing_is_left(partial(_fire, context, shard))


def _fire(context: Context, shard: Shard) -> int:
    return firing.fire(context, shard).found


def decide_now(context: Context, booking: str, *facts: Inbound | Tick, shard: int = 0) -> Transition:
    """What these facts do to a booking as it stands; nothing is written."""
    record = records.load_one(context.client, context.shards[shard].keys, booking)
    received = [fact if isinstance(fact, Tick) else Received(fact, raw(fact).decode()) for fact in facts]
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


def age(context: Context, by_ms: int) -> None:
    """Make every inbox entry that is held look as if it had been taken so long ago."""
    client: Any = context.client
    inbox = context.shards[0].keys.inbox
    for held in client.xpending_range(inbox, "clock", "-", "+", 1000):
        client.xclaim(inbox, "clock", held["consumer"], 0, [held["message_id"]], idle=by_ms, justid=True)


def rejected(context: Context) -> list[tuple[str, bytes]]:
    """Reason and text of each refused event."""
    return [(item.reason, item.event) for item in rejects.every(context.client, context.shards[0].keys)]


def audit_problems(context: Context) -> list[str]:
    """What `audit verify` finds wrong with the first shard."""
    return audit.verify(context.client, context.shards[0].keys).problems


def everything(shard: Shard) -> dict[bytes, Any]:
    """All that a shard's keys hold, the pending list included: for telling whether anything was written."""
    client: Any = shard.client
    found: dict[bytes, Any] = {}
    for key in sorted(client.scan_iter(match=f"{{custody:{shard.keys.shard}}}:*")):
        found[key] = client.dump(key)
    return found
