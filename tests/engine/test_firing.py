"""What is due is done, soonest first, and one record that cannot be attended to holds up no other."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.bookings import booked, now
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
from worker.store import audit, timers
from worker.store.context import Context
from worker.store.simulation import RealRecordsError

HOUR = timedelta(hours=1)


@pytest.fixture
def later(store: Store) -> Iterator[Context]:
    """A store whose bookings B0 to B9 have come due, one a minute, with nobody there to release them."""
    before = simulated_context(store, now())
    take_in(before, *(booked(f"B{number}", due_at=now() + (10 + number) * HOUR / 60) for number in range(10)))
    before.client.close()
    context = simulated_context(store, now() + HOUR / 2)
    yield context
    context.client.close()


def test_a_batch_takes_the_soonest(later: Context) -> None:
    assert firing.fire(later, later.shards[0], limit=4).found == 4
    assert releases(later) == ["B0", "B1", "B2", "B3"]
    fire_all(later)
    assert releases(later) == [f"B{number}" for number in range(10)]
    assert audit.verify(later.client, later.shards[0].keys).problems == []


def test_two_who_fire_the_same_batch_release_once(later: Context, store: Store) -> None:
    bookings = timers.due(later.client, later.shards[0].keys, later.clock.now(), limit=10)
    fire_all(later)
    later.client.zadd(later.shards[0].keys.timers, dict.fromkeys(bookings, 1))
    fire_all(later)
    assert len(releases(later)) == 10
    assert audit.verify(later.client, later.shards[0].keys).problems == []


def test_a_record_that_cannot_be_read_is_alarmed_once_and_the_others_are_released(later: Context) -> None:
    keys = later.shards[0].keys
    whole = later.client.hget(keys.record("B0"), "doc") or b""
    later.client.hset(keys.record("B0"), "doc", whole[:-1])
    fired = firing.fire(later, later.shards[0])
    assert fired.failed == ("B0",)
    assert releases(later) == [f"B{number}" for number in range(1, 10)]
    firing.fire(later, later.shards[0])
    assert alarms(later) == [("held_without_clock", "B0")]
    later.client.hset(keys.record("B0"), "doc", whole)
    fire_all(later)
    assert the_record(later, "B0").state == "released"


def test_the_ones_that_failed_can_be_skipped_so_that_a_full_batch_of_them_stops_nobody(
    later: Context,
) -> None:
    keys = later.shards[0].keys
    for number in range(3):
        later.client.hset(keys.record(f"B{number}"), "doc", "{}")
    assert firing.fire(later, later.shards[0], limit=3).failed == ("B0", "B1", "B2")
    assert firing.fire(later, later.shards[0], limit=3, skip=3).failed == ()
    assert releases(later) == ["B3", "B4", "B5"]


def test_a_timer_without_a_record_is_dropped(later: Context) -> None:
    keys = later.shards[0].keys
    later.client.zadd(keys.timers, {"nobody": 1})
    fire_all(later)
    assert len(releases(later)) == 10
    assert later.client.zscore(keys.timers, "nobody") is None


def test_a_store_with_real_records_cannot_be_made_a_simulated_one(context: Context, store: Store) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    with pytest.raises(RealRecordsError):
        simulated_context(store, now())
