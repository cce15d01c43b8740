"""A store with a sample of everything in it."""

from datetime import timedelta

import pytest

from tests.support.bookings import bail_posted, booked, departed, ice_contacted, now
from tests.support.worker_by_hand import audit_problems, take_in
from worker.store.context import Context

HOUR = timedelta(hours=1)


@pytest.fixture
def filled(context: Context) -> Context:
    """A store with B1, held and asked about; B2, released; and B3, of which only an event is known."""
    for event in (
        booked("B1", due_at=now() + 20 * HOUR),
        booked("B2", due_at=now() + HOUR),
        ice_contacted("B1", now()),
        ice_contacted("B2", now()),
        bail_posted("B2", now()),
        ice_contacted("B3", now()),
        departed("B2", now()),
    ):
        take_in(context, event)
    assert audit_problems(context) == []
    return context
