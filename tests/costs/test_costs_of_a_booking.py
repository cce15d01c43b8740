"""What each booking costs the store, so that a rise is noticed. Costs are counted, never timed."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from redis.connection import AbstractConnection

from events.publisher import Publisher
from tests.support.bookings import booked, now, raw
from tests.support.worker_by_hand import Store, put, simulated_context, take_in, the_record
from worker.engine import firing, intake
from worker.engine.decided_ahead import DecidedAhead
from worker.store.context import Context

BOOKINGS = 200
NOT_PER_BOOKING = {b"{custody:0}:inbox", b"{custody:0}:outbox", b"{custody:0}:profiles"}
"""Keys that do not grow with the number of pending bookings."""


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """The number of round trips to the store since the last call."""
    trips = 0
    in_flight = False
    send, read = AbstractConnection.send_packed_command, AbstractConnection.read_response

    def sending(connection: AbstractConnection, command: object, check_health: bool = True) -> None:
        nonlocal trips, in_flight
        trips += not in_flight
        in_flight = True
        send(connection, command, check_health)

    def reading(connection: AbstractConnection, *arguments: Any, **options: Any) -> Any:
        nonlocal in_flight
        in_flight = False
        return read(connection, *arguments, **options)

    def since_last() -> int:
        nonlocal trips
        count, trips = trips, 0
        return count

    monkeypatch.setattr(AbstractConnection, "send_packed_command", sending)
    monkeypatch.setattr(AbstractConnection, "read_response", reading)
    yield since_last


def put_in(context: Context, seconds_until_due: int) -> None:
    due_at = now() + timedelta(seconds=seconds_until_due)
    Publisher(context.client).publish_all(booked(f"B{number}", due_at=due_at) for number in range(BOOKINGS))


def bytes_sent(context: Context) -> int:
    return int(context.client.info("stats")["total_net_input_bytes"])


def test_a_batch_of_bookings_takes_at_most_four_round_trips(
    context: Context, round_trips: Callable[[], int]
) -> None:
    take_in(context, booked("loads-the-scripts", due_at=now() + timedelta(hours=1)))
    put_in(context, 3600)
    round_trips()
    assert intake.work_one_batch(context, context.shards[0]) == BOOKINGS
    # lease with entries and time, records, commits, lease given up
    assert round_trips() <= 4


def test_an_idle_look_at_the_inbox_takes_one_round_trip(
    context: Context, round_trips: Callable[[], int]
) -> None:
    intake.drain(context, context.shards[0])
    round_trips()
    assert intake.drain(context, context.shards[0]) == 0
    assert round_trips() == 1


def test_fields_that_upstream_should_not_send_cost_one_round_trip_a_batch(
    context: Context, round_trips: Callable[[], int]
) -> None:
    def with_a_field_too_many(booking: str) -> bytes:
        return raw(booked(booking, due_at=now() + timedelta(hours=1))).replace(b'"agency"', b'"x":1,"agency"')

    take_in(context, with_a_field_too_many("first"))
    put(context, *(with_a_field_too_many(f"B{number}") for number in range(BOOKINGS)))
    round_trips()
    assert intake.work_one_batch(context, context.shards[0]) == BOOKINGS
    assert round_trips() <= 5


def test_a_batch_of_releases_takes_three_round_trips(
    context: Context, round_trips: Callable[[], int]
) -> None:
    put_in(context, 3600)
    intake.drain(context, context.shards[0])
    context.client.zadd(context.shards[0].keys.timers, {f"B{number}": 1 for number in range(BOOKINGS)})
    round_trips()
    assert firing.fire(context, context.shards[0]).found == firing.BATCH
    # due, records, commits
    assert round_trips() == 3


def test_a_release_decided_ahead_takes_one_round_trip_once_the_script_is_loaded(
    store: Store, round_trips: Callable[[], int]
) -> None:
    due_at = now().replace(microsecond=0) + timedelta(hours=1)
    before = simulated_context(store, due_at - timedelta(seconds=30))
    take_in(before, booked("B1", due_at=due_at))
    decided_ahead = DecidedAhead()
    while decided_ahead.look_ahead(before, before.shards[0]):
        pass
    before.client.close()
    at_the_deadline = simulated_context(store, due_at)
    shard = at_the_deadline.shards[0]
    round_trips()
    assert firing.fire(at_the_deadline, shard, decided_ahead=decided_ahead).decided_ahead == 1
    # script load, commit
    assert round_trips() == 2
    assert the_record(at_the_deadline, "B1").state == "released"
    at_the_deadline.client.close()


def test_the_bytes_sent_per_booking_stay_few(context: Context) -> None:
    put_in(context, 3600)
    before = bytes_sent(context)
    intake.drain(context, context.shards[0])
    assert (bytes_sent(context) - before) / BOOKINGS < 1_400


def test_a_repeat_is_settled_without_sending_a_record(context: Context) -> None:
    events = [booked(f"B{number}", due_at=now() + timedelta(hours=1)) for number in range(BOOKINGS)]
    publisher = Publisher(context.client)
    publisher.publish_all(events)
    intake.drain(context, context.shards[0])
    publisher.publish_all(events)
    before = bytes_sent(context)
    intake.drain(context, context.shards[0])
    assert (bytes_sent(context) - before) / BOOKINGS < 700


def test_the_memory_per_pending_booking_stays_small(context: Context) -> None:
    put_in(context, 3600)
    intake.drain(context, context.shards[0])
    kept = [key for key in context.client.scan_iter() if key not in NOT_PER_BOOKING]
    size = sum(context.client.memory_usage(key, samples=0) or 0 for key in kept)
    assert size / BOOKINGS < 1_400
