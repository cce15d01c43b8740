"""The clockwork for feeders carries custody to a new number, as the service does through its inbox."""

from datetime import timedelta

from events.testing import Clockwork
from tests.support.event_samples import AT, INSTANT, raw


def clock() -> Clockwork:
    """An hour after the arrest of the samples, with one booking."""
    clock = Clockwork(now=INSTANT + timedelta(hours=1))
    clock.put(raw("custody.booking.created.v1", {"arrested_at": AT}))
    return clock


def test_the_clock_goes_on_under_the_new_number_and_a_later_event_for_the_old_one_counts_for_it() -> None:
    case = clock()
    deadline = case.deadline("B-1")
    case.put(raw("custody.booking.renumbered.v1", {"new_number": "16/418"}, id="e2"))
    assert (case.state("B-1"), case.state("16/418")) == ("closed", "held")
    assert case.deadline("16/418") == deadline
    case.put(raw("custody.bail.posted.v1", {"posted_at": AT}, id="e3"))
    assert case.state("16/418") == "released"
    assert case.rejected == []


def test_of_two_that_are_merged_the_earlier_deadline_stands() -> None:
    case = clock()
    earlier = {"arrested_at": "2016-11-15T09:00:00-08:00"}
    case.put(raw("custody.booking.created.v1", earlier, subject="B-2"))
    deadline = case.deadline("B-2")
    assert deadline < case.deadline("B-1")
    case.put(raw("custody.booking.renumbered.v1", {"new_number": "B-1", "reason": "merged"}, subject="B-2"))
    assert case.deadline("B-1") == deadline
