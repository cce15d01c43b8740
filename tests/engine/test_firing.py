"""Due timers fire soonest first, and a record that fails holds up no other."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError as StoreConnectionError

from tests.support.bookings import booked, now, raw
from tests.support.signals import NoCelery
from tests.support.upstream import put_as_arrived
from tests.support.worker_by_hand import (
    Store,
    alarms,
    fire_all,
    releases,
    simulated_context,
    take_in,
    the_record,
)
from worker.engine import firing
from worker.engine.chores.fire import Fire
from worker.store import audit, records, timers
from worker.store.connection import Client
from worker.store.context import Context
from worker.store.keys import Keys
from worker.store.simulation import RealRecordsError

HOUR = timedelta(hours=1)


@pytest.fixture
def backlog(store: Store) -> Iterator[Context]:
    """A store on which B0 to B9 came due, one a minute, while no worker ran."""
    before = simulated_context(store, now())
    take_in(before, *(booked(f"B{number}", due_at=now() + (10 + number) * HOUR / 60) for number in range(10)))
    before.client.close()
    context = simulated_context(store, now() + HOUR / 2)
    yield context
    context.client.close()


def test_a_batch_takes_the_soonest_first(backlog: Context) -> None:
    assert firing.fire(backlog, backlog.shards[0], limit=4).found == 4
    assert releases(backlog) == ["B0", "B1", "B2", "B3"]
    fire_all(backlog)
    assert releases(backlog) == [f"B{number}" for number in range(10)]
    assert audit.verify(backlog.client, backlog.shards[0].keys).problems == []


def test_firing_the_same_batch_twice_releases_once(backlog: Context, store: Store) -> None:
    bookings = timers.due(backlog.client, backlog.shards[0].keys, backlog.clock.now(), limit=10)
    fire_all(backlog)
    backlog.client.zadd(backlog.shards[0].keys.timers, dict.fromkeys(bookings, 1))
    fire_all(backlog)
    assert len(releases(backlog)) == 10
    assert audit.verify(backlog.client, backlog.shards[0].keys).problems == []


def test_an_unreadable_record_raises_one_alarm_and_the_others_are_released(backlog: Context) -> None:
    keys = backlog.shards[0].keys
    whole = backlog.client.hget(keys.record("B0"), "doc") or b""
    backlog.client.hset(keys.record("B0"), "doc", whole[:-1])
    fired = firing.fire(backlog, backlog.shards[0])
    assert fired.failed == ("B0",)
    assert releases(backlog) == [f"B{number}" for number in range(1, 10)]
    firing.fire(backlog, backlog.shards[0])
    assert alarms(backlog) == [("held_without_clock", "B0")]
    backlog.client.hset(keys.record("B0"), "doc", whole)
    fire_all(backlog)
    assert the_record(backlog, "B0").state == "released"


def test_records_that_failed_can_be_skipped_so_that_a_full_batch_of_them_holds_up_nobody(
    backlog: Context,
) -> None:
    keys = backlog.shards[0].keys
    for number in range(3):
        backlog.client.hset(keys.record(f"B{number}"), "doc", "{}")
    assert firing.fire(backlog, backlog.shards[0], limit=3).failed == ("B0", "B1", "B2")
    assert firing.fire(backlog, backlog.shards[0], limit=3, skip=3).failed == ()
    assert releases(backlog) == ["B3", "B4", "B5"]


def test_a_timer_without_a_record_is_dropped(backlog: Context) -> None:
    keys = backlog.shards[0].keys
    backlog.client.zadd(keys.timers, {"nobody": 1})
    fire_all(backlog)
    assert len(releases(backlog)) == 10
    assert backlog.client.zscore(keys.timers, "nobody") is None


def test_time_cannot_be_simulated_on_a_store_with_real_records(context: Context, store: Store) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    with pytest.raises(RealRecordsError):
        simulated_context(store, now())


@pytest.mark.parametrize(("arrived_seconds_ago", "released"), [(59, []), (61, ["B1"])])
def test_a_booking_that_was_past_its_deadline_when_it_arrived_is_released_a_minute_after_that(
    context: Context, arrived_seconds_ago: int, released: list[str]
) -> None:
    arrival = now() - timedelta(seconds=arrived_seconds_ago)
    put_as_arrived(context, (arrival, raw(booked("B1", due_at=now() - HOUR))))
    take_in(context)
    fire_all(context)
    assert releases(context) == released
    assert ("late_on_arrival", "B1") in alarms(context)


def test_a_thousand_unreadable_records_due_first_delay_no_release_behind_them_and_are_one_alarm(
    backlog: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, damaged = backlog.shards[0].keys, [f"damaged-{number}" for number in range(1_500)]
    pipeline = backlog.client.pipeline(transaction=False)
    for booking in damaged:
        pipeline.hset(keys.record(booking), mapping={"head": "1 held 1 ", "doc": "{"})
    pipeline.execute()
    backlog.client.zadd(keys.timers, dict.fromkeys(damaged, 1))
    tried: list[str] = []
    load = records.load

    def counted(client: Client, keys: Keys, bookings: Sequence[str]) -> records.Loaded:
        tried.extend(bookings)
        return load(client, keys, bookings)

    monkeypatch.setattr(records, "load", counted)
    chore = Fire(NoCelery(), helpers=1)
    for _ in range(2 + len(damaged) // firing.BATCH):
        chore.do(backlog)
    assert len(releases(backlog)) == 10
    assert len(tried) == len(damaged) + 10, "each is tried once"
    assert alarms(backlog) == [("held_without_clock", "clock")]
    tried.clear()
    for _ in range(3):
        chore.do(backlog)
    assert tried == [], "and again only after a while"


def test_a_record_of_the_wrong_type_fails_alone(backlog: Context) -> None:
    backlog.client.set(backlog.shards[0].keys.record("B0"), "no hash")
    assert firing.fire(backlog, backlog.shards[0]).failed == ("B0",)
    assert releases(backlog) == [f"B{number}" for number in range(1, 10)]
    assert alarms(backlog) == [("held_without_clock", "B0")]


def test_a_batch_whose_answer_is_cut_is_tried_smaller(
    backlog: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a store that limits what it buffers for a client."""
    load = records.load

    def limited(client: Client, keys: Keys, bookings: Sequence[str]) -> records.Loaded:
        if len(bookings) > 1:
            raise StoreConnectionError("closed")
        return load(client, keys, bookings)

    monkeypatch.setattr(records, "load", limited)
    chore = Fire(NoCelery(), helpers=1)
    for _ in range(60):
        with suppress(StoreConnectionError):
            chore.do(backlog)
    assert releases(backlog) == [f"B{number}" for number in range(10)]
