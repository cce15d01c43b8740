"""Warnings to the watch before a deadline, and alarms after a release when the person has not left."""

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
from tests.support.outbound import overdue_minutes, remaining_minutes
from tests.support.tracked import tracked
from worker.custody.decide import Received

SECOND = timedelta(seconds=1)


def at_court(since: datetime) -> Received:
    return transferred("court", since)


def released_at_the_deadline() -> TrackedBooking:
    booking = tracked()
    booking.receive(booked())
    booking.at(DEADLINE).tick()
    return booking


def test_the_watch_is_warned_once_each_12_4_and_1_hours_before_the_deadline() -> None:
    booking = tracked()
    booking.receive(booked())
    for hours in (12, 4, 1):
        moment = DEADLINE - hours * HOUR
        assert booking.at(moment - SECOND).tick() == []
        sent = booking.at(moment).tick()
        assert remaining_minutes(sent) == [hours * 60]
        assert booking.at(moment + SECOND).tick() == []


def test_a_warning_names_the_deadline() -> None:
    booking = tracked()
    booking.receive(booked())
    [warning] = booking.at(DEADLINE - 4 * HOUR).tick()
    assert isinstance(warning, ReleaseApproaching)
    assert warning.data.release_at == DEADLINE


@pytest.mark.parametrize(
    ("hours_before", "warned"), [(13, [12, 4, 1]), (12, [4, 1]), (5, [4, 1]), (2, [1]), (0.5, [])]
)
def test_a_warning_whose_moment_has_passed_when_the_deadline_is_set_is_not_sent(
    hours_before: float, warned: list[int]
) -> None:
    booking = tracked(now=DEADLINE - hours_before * HOUR)
    booking.receive(booked())
    while booking.attention is not None and booking.attention < DEADLINE:
        booking.at(booking.attention).tick()
    assert remaining_minutes(booking.outbound) == [hours * 60 for hours in warned]


def test_after_an_outage_the_watch_is_warned_once_with_the_minutes_that_remain() -> None:
    booking = tracked()
    booking.receive(booked())
    assert remaining_minutes(booking.at(DEADLINE - 30 * MINUTE).tick()) == [30]
    assert booking.attention == DEADLINE


def test_a_deadline_moved_later_is_warned_of_again() -> None:
    booking = tracked(now=DEADLINE - 12 * HOUR)
    booking.receive(booked(ARRESTED - HOUR))
    booking.at(DEADLINE - 5 * HOUR).tick()
    booking.receive(amended(arrested_at=ARRESTED, booked_at=ARRESTED))
    assert remaining_minutes(booking.at(DEADLINE - 4 * HOUR).tick()) == [240]


def test_a_deadline_moved_earlier_brings_no_belated_warning() -> None:
    booking = tracked(now=DEADLINE - 20 * HOUR)
    booking.receive(booked())
    booking.at(DEADLINE - 13 * HOUR).receive(amended(arrested_at=ARRESTED - 2 * HOUR, booked_at=ARRESTED))
    assert booking.known.deadline == DEADLINE - 2 * HOUR
    assert booking.tick() == []
    assert booking.attention == DEADLINE - 6 * HOUR


def test_an_amendment_that_leaves_the_deadline_leaves_its_warnings() -> None:
    booking = tracked()
    booking.receive(booked())
    booking.at(DEADLINE - 4 * HOUR).receive(amended(charges=[]))
    assert remaining_minutes(booking.tick()) == [240]


def test_a_person_who_has_not_left_is_overdue_after_half_an_hour_then_2_4_12_and_24_hours() -> None:
    booking = released_at_the_deadline()
    stages = [timedelta(minutes=30), 2 * HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR]
    for stage in stages:
        assert booking.attention == DEADLINE + stage
        assert booking.at(DEADLINE + stage - SECOND).tick() == []
        assert overdue_minutes(booking.at(DEADLINE + stage).tick()) == [stage / MINUTE]
    assert booking.attention is None
    assert booking.at(DEADLINE + 100 * HOUR).tick() == []


def test_the_minutes_overdue_are_counted_from_the_entitlement() -> None:
    booking = tracked()
    booking.receive(booked())
    booking.at(ARRESTED + 2 * HOUR).receive(bail(ARRESTED + HOUR))
    assert overdue_minutes(booking.at(booking.now + 30 * MINUTE).tick()) == [90]


def test_a_departure_ends_the_overdue_alarms() -> None:
    booking = released_at_the_deadline()
    booking.at(DEADLINE + HOUR).tick()
    booking.receive(departed(DEADLINE + HOUR))
    assert booking.known.departed_at == DEADLINE + HOUR
    assert booking.at(DEADLINE + 2 * HOUR).tick() == []


def test_the_first_reported_departure_is_kept_when_an_escape_is_reported_later() -> None:
    booking = released_at_the_deadline()
    booking.at(DEADLINE + HOUR).receive(departed(DEADLINE + MINUTE))
    booking.receive(escaped(DEADLINE + HOUR))
    assert booking.known.departed_at == DEADLINE + MINUTE


def test_an_escape_after_the_release_counts_as_a_departure() -> None:
    booking = released_at_the_deadline()
    booking.receive(escaped(DEADLINE))
    assert (booking.state, booking.known.departed_at, booking.attention) == ("released", DEADLINE, None)


def test_at_a_site_that_reports_no_departures_nobody_is_overdue() -> None:
    booking = tracked(rules_of(departures_expected=False))
    booking.receive(booked())
    booking.at(DEADLINE).tick()
    assert booking.attention is None
    assert booking.at(DEADLINE + 24 * HOUR).tick() == []


def test_a_departure_reported_while_held_does_not_stop_the_clock() -> None:
    booking = tracked()
    booking.receive(booked())
    booking.receive(departed())
    assert (booking.state, booking.known.deadline) == ("held", DEADLINE)
    booking.at(DEADLINE).tick()
    assert booking.state == "released"


def test_a_departure_reported_while_held_does_not_count_after_the_release() -> None:
    booking = tracked()
    booking.receive(booked(), departed())
    booking.at(DEADLINE).tick()
    assert overdue_minutes(booking.at(DEADLINE + 30 * MINUTE).tick()) == [30]
    booking.receive(departed(DEADLINE + 20 * MINUTE))
    assert booking.attention is None


@pytest.mark.parametrize("gone", [departed, escaped, died, at_court], ids=lambda make: make.__name__)
def test_a_departure_reported_after_the_release_ends_the_alarms_even_if_dated_before_it(
    gone: Callable[[datetime], Received],
) -> None:
    """The two clocks need not agree to the minute, and the court may have had the person for hours."""
    booking = released_at_the_deadline()
    booking.receive(gone(DEADLINE - 2 * MINUTE))
    assert (booking.known.departed_at, booking.attention) == (DEADLINE - 2 * MINUTE, None)


@pytest.mark.parametrize(
    ("late", "reported"), [(60 * SECOND, False), (60 * SECOND + SECOND / 1000, True)], ids=["60 s", "more"]
)
def test_a_release_more_than_60_seconds_after_the_deadline_reports_that_the_clock_was_late(
    late: timedelta, reported: bool
) -> None:
    booking = tracked()
    booking.receive(booked())
    sent = booking.at(DEADLINE + late).tick()
    causes = [(n.data.fired_late, n.data.cause) for n in sent if isinstance(n, ReleaseOverdue)]
    assert causes == ([(True, "clock_late")] if reported else [])


def test_a_booking_that_arrives_past_its_deadline_reports_that_it_was_learned_of_late() -> None:
    booking = tracked(now=DEADLINE + 3 * HOUR - MINUTE)
    booking.receive(booked())
    sent = booking.at(DEADLINE + 3 * HOUR).tick()
    [late] = [notice for notice in sent if isinstance(notice, ReleaseOverdue)]
    assert (late.data.fired_late, late.data.cause) == (True, "learned_late")
    assert (late.data.entitled_at, late.data.overdue_minutes) == (DEADLINE, 180)


def test_bail_that_arrives_late_reports_that_it_was_learned_of_late() -> None:
    booking = tracked()
    booking.receive(booked())
    sent = booking.at(ARRESTED + 3 * HOUR).receive(bail(ARRESTED + 2 * HOUR))
    [late] = [notice for notice in sent if isinstance(notice, ReleaseOverdue)]
    assert (late.data.fired_late, late.data.cause) == (True, "learned_late")
    assert (late.data.entitled_at, late.data.overdue_minutes) == (ARRESTED + 2 * HOUR, 60)
