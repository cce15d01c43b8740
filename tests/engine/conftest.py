"""A store on which people are held past a deadline, as after an outage."""

from datetime import datetime, timedelta

import pytest

from tests.support.bookings import booked, now, raw
from tests.support.upstream import put_as_arrived
from tests.support.worker_by_hand import the_record
from worker.engine import intake
from worker.store.context import Context

MINUTE = timedelta(minutes=1)


@pytest.fixture
def deadline() -> datetime:
    """A minute ago: the worker was down meanwhile."""
    return now() - MINUTE


@pytest.fixture
def past_due(context: Context, deadline: datetime) -> Context:
    """A store on which B/1 and B2 were booked long before that deadline, and are still held."""
    bookings = [raw(booked(number, due_at=deadline)) for number in ("B/1", "B2")]
    put_as_arrived(context, *((deadline - 10 * MINUTE, text) for text in bookings))
    intake.drain(context, context.shards[0])
    assert the_record(context, "B/1").state == "held"
    return context
