"""Much or large things in the inbox delay nobody else, and take no more memory than they must."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from tests.support.bookings import booked, ice_contacted, now
from tests.support.upstream import put_as_arrived
from tests.support.worker_by_hand import Store, put, rejected, releases, the_record
from worker.engine import firing, intake
from worker.store.connection import UNREACHABLE
from worker.store.context import Context

HOUR = timedelta(hours=1)
MS = timedelta(milliseconds=1)
LARGE = b'{"subject":"B/1","pad":"' + b"x" * 20_000_000 + b'"}'


def test_large_events_are_read_a_few_at_a_time_and_refused(context: Context) -> None:
    put(context, LARGE, LARGE, LARGE, booked("B2", due_at=now() + HOUR))
    shard = context.shards[0]
    assert intake.work_one_batch(context, shard) <= 2
    while intake.work_one_batch(context, shard):
        pass
    assert [reason for reason, _ in rejected(context)] == ["too_large"] * 3
    assert the_record(context, "B2").state == "held"


def test_a_release_waits_for_what_is_said_of_it_at_any_length_and_for_nothing_else(
    past_due: Context, deadline: datetime
) -> None:
    put_as_arrived(past_due, (deadline - MS, LARGE))
    fired = firing.fire(past_due, past_due.shards[0])
    assert fired.put_off == ("B/1",)
    assert releases(past_due) == ["B2"]


def test_a_thousand_events_for_one_booking_are_taken_in_batches_and_others_follow(context: Context) -> None:
    events = [ice_contacted("many", now()) for _ in range(1_000)]
    put(context, booked("many", due_at=now() + HOUR), *events, booked("behind", due_at=now() + HOUR))
    sizes = []
    while worked := intake.work_one_batch(context, context.shards[0]):
        sizes.append(worked)
    assert sizes == [400, 400, 202]
    assert the_record(context, "behind").state == "held"
    assert len(the_record(context, "many").contacts) == 1_000


@pytest.fixture
def small_buffers(store: Store) -> Iterator[None]:
    """A store that ends a connection once 32 KB of an answer wait to be sent."""
    before = store.client.config_get("client-output-buffer-limit")["client-output-buffer-limit"]
    store.client.config_set("client-output-buffer-limit", "normal 32768 0 0")
    yield
    store.client.config_set("client-output-buffer-limit", before)


@pytest.mark.usefixtures("small_buffers")
def test_an_answer_that_the_store_cuts_off_is_asked_for_in_smaller_parts(context: Context) -> None:
    for start in range(0, 400, 50):
        put(context, *(booked(f"B{start + number}", due_at=now() + HOUR) for number in range(50)))
    for _ in range(200):
        with suppress(*UNREACHABLE):
            intake.drain(context, context.shards[0])
    assert context.shards[0].inbox.waiting() == 0
    assert the_record(context, "B399").state == "held"
