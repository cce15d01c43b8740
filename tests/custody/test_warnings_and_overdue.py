"""What the watch is told as a deadline comes near, and after a release that nobody left by."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from events.outbound import ReleaseApproaching, ReleaseOverdue
from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    MINUTE,
    amended,
    bail,
    booked,
    departed,
    died,
    escaped,
    transferred,
)
from tests.support.outbound import overdue, remaining
from tests.support.tracked import tracked
from worker.custody.decide import Received

SECOND = timedelta(seconds=1)


def at_court(since: datetime) -> Received:
    return transferred("court", since)


def released_at_the_deadline() -> TrackedBooking:
    case = tracked()
    case.receive(booked())
    case.at(DEADLINE).tick()
    return case


def test_the_watch_is_warned_12_4_and_1_hours_before_and_once_each() -> None:
    case = tracked()
    case.receive(booked())
    for hours in (12, 4, 1):
        moment = DEADLINE - hours * HOUR
        assert case.at(moment - SECOND).tick() == []
        sent = case.at(moment).tick()
        assert remaining(sent) == [hours * 60]
        assert case.at(moment + SECOND).tick() == []


def test_a_warning_names_the_deadline() -> None:
    case = tracked()
    case.receive(booked())
    [warning] = case.at(DEADLINE - 4 * HOUR).tick()
    assert isinstance(warning, ReleaseApproaching)
    assert warning.data.release_at == DEADLINE


@pytest.mark.parametrize(
    ("hours_before", "warned"), [(13, [12, 4, 1]), (12, [4, 1]), (5, [4, 1]), (2, [1]), (0.5, [])]
)
def test_a_warning_whose_moment_has_passed_when_the_deadline_is_set_is_not_sent(
    hours_before: float, warned: list[int]
) -> None:
    case = tracked(now=DEADLINE - hours_before * HOUR)
    case.receive(booked())
    while case.attention is not None and case.attention < DEADLINE:
        case.at(case.attention).tick()
    assert remaining(case.outbound) == [hours * 60 for hours in warned]


def test_a_clock_that_was_away_warns_once_and_says_what_really_remains() -> None:
    case = tracked()
    case.receive(booked())
    assert remaining(case.at(DEADLINE - 30 * MINUTE).tick()) == [30]
    assert case.attention == DEADLINE


def test_a_deadline_moved_later_is_warned_of_anew() -> None:
    case = tracked(now=DEADLINE - 12 * HOUR)
    case.receive(booked(ARRESTED - HOUR))
    case.at(DEADLINE - 5 * HOUR).tick()
    case.receive(amended(arrested_at=ARRESTED, booked_at=ARRESTED))
    assert remaining(case.at(DEADLINE - 4 * HOUR).tick()) == [240]


def test_a_deadline_moved_earlier_is_not_warned_of_in_arrears() -> None:
    case = tracked(now=DEADLINE - 20 * HOUR)
    case.receive(booked())
    case.at(DEADLINE - 13 * HOUR).receive(amended(arrested_at=ARRESTED - 2 * HOUR, booked_at=ARRESTED))
    assert case.known.deadline == DEADLINE - 2 * HOUR
    assert case.tick() == []
    assert case.attention == DEADLINE - 6 * HOUR


def test_an_amendment_that_leaves_the_deadline_leaves_the_warnings() -> None:
    case = tracked()
    case.receive(booked())
    case.at(DEADLINE - 4 * HOUR).receive(amended(charges=[]))
    assert remaining(case.tick()) == [240]


def test_who_has_not_left_is_reported_after_half_an_hour_then_after_2_4_12_and_24_hours() -> None:
    case = released_at_the_deadline()
    stages = [timedelta(minutes=30), 2 * HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR]
    for stage in stages:
        assert case.attention == DEADLINE + stage
        assert case.at(DEADLINE + stage - SECOND).tick() == []
        assert overdue(case.at(DEADLINE + stage).tick()) == [stage / MINUTE]
    assert case.attention is None
    assert case.at(DEADLINE + 100 * HOUR).tick() == []


def test_the_minutes_overdue_are_counted_from_the_entitlement() -> None:
    case = tracked()
    case.receive(booked())
    case.at(ARRESTED + 2 * HOUR).receive(bail(ARRESTED + HOUR))
    assert overdue(case.at(case.now + 30 * MINUTE).tick()) == [90]


def test_a_departure_ends_the_overdue_alarm() -> None:
    case = released_at_the_deadline()
    case.at(DEADLINE + HOUR).tick()
    case.receive(departed(DEADLINE + HOUR))
    assert case.known.departed_at == DEADLINE + HOUR
    assert case.at(DEADLINE + 2 * HOUR).tick() == []


def test_the_first_that_is_heard_of_a_departure_stands_when_another_authority_takes_the_person() -> None:
    case = released_at_the_deadline()
    case.at(DEADLINE + HOUR).receive(departed(DEADLINE + MINUTE))
    case.receive(escaped(DEADLINE + HOUR))
    assert case.known.departed_at == DEADLINE + MINUTE


def test_who_was_taken_elsewhere_after_the_release_has_left_too() -> None:
    case = released_at_the_deadline()
    case.receive(escaped(DEADLINE))
    assert (case.state, case.known.departed_at, case.attention) == ("released", DEADLINE, None)


def test_where_departures_are_never_reported_nobody_is_overdue() -> None:
    case = tracked(rules_of(departures_expected=False))
    case.receive(booked())
    case.at(DEADLINE).tick()
    assert case.attention is None
    assert case.at(DEADLINE + 24 * HOUR).tick() == []


def test_a_person_reported_gone_while_held_is_an_alarm_and_the_clock_runs_on() -> None:
    case = tracked()
    case.receive(booked())
    case.receive(departed())
    assert (case.state, case.known.deadline) == ("held", DEADLINE)
    case.at(DEADLINE).tick()
    assert case.state == "released"


def test_whoever_was_reported_gone_while_held_has_not_been_seen_to_leave_since() -> None:
    case = tracked()
    case.receive(booked(), departed())
    case.at(DEADLINE).tick()
    assert overdue(case.at(DEADLINE + 30 * MINUTE).tick()) == [30]
    case.receive(departed(DEADLINE + 20 * MINUTE))
    assert case.attention is None


@pytest.mark.parametrize("gone", [departed, escaped, died, at_court], ids=lambda make: make.__name__)
def test_a_departure_that_is_reported_after_the_release_ends_the_alarm_even_if_it_was_before(
    gone: Callable[[datetime], Received],
) -> None:
    """The two clocks need not agree to the minute, and the court may have had the person for hours."""
    case = released_at_the_deadline()
    case.receive(gone(DEADLINE - 2 * MINUTE))
    assert (case.known.departed_at, case.attention) == (DEADLINE - 2 * MINUTE, None)


@pytest.mark.parametrize(
    ("late", "reported"), [(60 * SECOND, False), (60 * SECOND + SECOND / 1000, True)], ids=["60 s", "more"]
)
def test_a_release_more_than_60_seconds_after_the_deadline_says_that_the_clock_was_late(
    late: timedelta, reported: bool
) -> None:
    case = tracked()
    case.receive(booked())
    sent = case.at(DEADLINE + late).tick()
    causes = [(n.data.fired_late, n.data.cause) for n in sent if isinstance(n, ReleaseOverdue)]
    assert causes == ([(True, "clock_late")] if reported else [])


def test_a_release_that_was_learned_of_late_says_so() -> None:
    case = tracked(now=DEADLINE + 3 * HOUR)
    sent = case.receive(booked())
    [late] = [notice for notice in sent if isinstance(notice, ReleaseOverdue)]
    assert (late.data.fired_late, late.data.cause) == (True, "learned_late")
    assert (late.data.entitled_at, late.data.overdue_minutes) == (DEADLINE, 180)


def test_bail_that_is_reported_late_says_that_it_was_learned_of_late() -> None:
    case = tracked()
    case.receive(booked())
    sent = case.at(ARRESTED + 3 * HOUR).receive(bail(ARRESTED + 2 * HOUR))
    [late] = [notice for notice in sent if isinstance(notice, ReleaseOverdue)]
    assert (late.data.fired_late, late.data.cause) == (True, "learned_late")
    assert (late.data.entitled_at, late.data.overdue_minutes) == (ARRESTED + 2 * HOUR, 60)
