"""Events that come before their booking: kept, alarmed once, and applied when the booking arrives."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from custody.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    MINUTE,
    amended,
    bail,
    booked,
    hold,
    ice_at_the_counter,
    ice_contact,
    la,
    probable_cause,
    received,
    transferred,
    warrant_check,
)
from custody.case import PROFILES, Case, policy
from custody.told import codes, refusals

from events.outbound import ClockAlarmed, IceReleaseDateGiven
from worker.custody.advance import Received

TOO_EARLY_TO_RECKON_WITH = "0001-01-01T00:00:00Z"


def test_a_contact_before_the_booking_is_answered_when_the_booking_comes() -> None:
    case = Case()
    assert case.tell(ice_contact()) == []
    [answer] = case.at(ARRESTED + 2 * HOUR).tell(booked())
    assert isinstance(answer, IceReleaseDateGiven)
    assert answer.data.release_at == DEADLINE
    assert case.known.ceiling is not None


def test_events_that_wait_are_applied_in_the_order_in_which_they_came() -> None:
    case = Case(now=ARRESTED + 5 * HOUR)
    later = {"arrested_at": ARRESTED + HOUR, "booked_at": ARRESTED + HOUR}
    case.tell(ice_contact())
    case.tell(amended(**later))
    case.tell(booked())
    assert case.outcomes[-3:] == ["clock_started", "ice_told", "later_deadline_refused"]
    other = Case(now=ARRESTED + 5 * HOUR)
    other.tell(amended(**later))
    other.tell(ice_contact())
    other.tell(booked())
    assert other.outcomes[-3:] == ["clock_started", "amended", "ice_told"]


def test_an_event_that_waits_and_comes_again_is_kept_once() -> None:
    case, fact = Case(), bail()
    case.tell(fact)
    assert case.tell(fact) == []
    assert case.known.awaiting == (fact.raw,)
    case.tell(booked())
    assert case.tell(fact) == []
    assert case.outcomes.count("released") == 1


def test_no_event_waits_any_longer_once_the_booking_is_known() -> None:
    case = Case()
    case.tell(hold())
    case.tell(booked())
    assert (case.known.awaiting, len(case.known.holds)) == ((), 1)


def test_the_watch_is_alarmed_after_15_minutes_not_before_and_not_again() -> None:
    case = Case()
    case.tell(bail())
    first_heard = case.now
    assert case.at(first_heard + 15 * MINUTE - timedelta(microseconds=1)).tick() == []
    [alarm] = case.at(first_heard + 15 * MINUTE).tick()
    assert isinstance(alarm, ClockAlarmed)
    assert alarm.data.code == "unknown_booking"
    assert case.at(first_heard + 20 * MINUTE).tell(hold()) == []
    assert case.attention is None
    assert case.at(first_heard + 90 * HOUR).tick() == []


def test_a_booking_that_comes_within_15_minutes_raises_no_alarm() -> None:
    case = Case()
    case.tell(bail())
    case.at(case.now + 14 * MINUTE).tell(booked())
    case.at(DEADLINE).tick()
    assert not [notice for notice in case.outbound if isinstance(notice, ClockAlarmed)]


def test_a_booking_that_comes_after_the_alarm_still_starts_the_clock() -> None:
    case = Case()
    case.tell(hold())
    case.at(case.now + HOUR).tick()
    case.tell(booked())
    assert (case.state, case.known.deadline) == ("held", DEADLINE)


def test_a_kept_event_from_before_the_arrest_is_refused_whole_and_can_be_sent_again() -> None:
    case, too_early = Case(now=ARRESTED + 5 * HOUR), bail(ARRESTED - HOUR)
    case.tell(too_early)
    case.tell(booked())
    [refusal] = case.refusals
    assert (refusal.reason, refusal.raw, refusal.inbox_id) == ("impossible_times", too_early.raw, "")
    assert case.state == "held"
    earlier = ARRESTED - 2 * HOUR
    case.tell(amended(arrested_at=earlier, booked_at=earlier))
    case.tell(received(refusal.raw.encode()))
    assert (case.state, case.known.basis) == ("released", "bail")


def test_ice_at_the_counter_before_the_booking_is_judged_when_the_booking_comes() -> None:
    in_time, late = Case(), Case()
    for case in (in_time, late):
        case.tell(ice_at_the_counter())
    in_time.at(DEADLINE - MINUTE).tell(booked())
    assert (in_time.state, in_time.known.basis) == ("closed", "handed_over")
    told = late.at(DEADLINE).tell(booked())
    assert (late.state, late.known.basis) == ("released", "deadline")
    assert refusals(told) == ["already_released"]


def test_a_person_who_is_with_the_court_is_not_released_when_the_booking_comes_late() -> None:
    """The clock knew before it knew the booking that another authority holds the person."""
    case = Case()
    case.tell(transferred("court", DEADLINE - HOUR))
    case.at(DEADLINE + HOUR).tell(booked())
    assert (case.state, case.known.basis) == ("closed", "transferred")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("other", [bail, transferred, amended, warrant_check], ids=lambda make: make.__name__)
def test_a_contact_that_waits_is_answered_also_when_the_booking_comes_past_its_deadline(
    profile: str, other: Callable[[], Received]
) -> None:
    case = Case(policy(profile))
    case.tell(ice_contact(reply_to="ero-sd"))
    case.tell(other())
    told = case.at(DEADLINE + 20 * HOUR).tell(booked())
    assert {notice.route for notice in told if notice.audience == "ice"} == {"ero-sd"}


def test_a_finding_of_probable_cause_counts_also_when_the_booking_comes_late() -> None:
    case = Case(policy("ca-values-2018"))
    case.tell(probable_cause("found"))
    case.at(DEADLINE + HOUR).tell(booked())
    assert (case.state, case.known.deadline) == ("held", la("2016-11-16 16:30"))


def test_ice_at_the_counter_before_the_booking_frees_nobody_early() -> None:
    case = Case(policy("ca-values-2018"))
    case.tell(ice_at_the_counter())
    case.tell(probable_cause("found"))
    told = case.at(DEADLINE + HOUR).tell(booked())
    assert (case.state, case.known.deadline) == ("held", la("2016-11-16 16:30"))
    assert codes(told) == ["custody_refused"]


@pytest.mark.parametrize("waiting", [ice_contact, bail, hold, amended], ids=lambda fact: fact.__name__)
def test_events_go_on_waiting_when_the_booking_that_comes_is_refused(
    waiting: Callable[[], Received],
) -> None:
    case, fact = Case(), waiting()
    case.tell(fact)
    before = case.known
    assert case.tell(booked(TOO_EARLY_TO_RECKON_WITH)) == []
    assert [refusal.reason for refusal in case.refusals] == ["invalid_data"]
    assert case.known == before
