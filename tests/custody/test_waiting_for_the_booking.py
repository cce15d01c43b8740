"""Events that come before their booking: kept, alarmed once, and applied when the booking arrives."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from events.outbound import ClockAlarmed, IceReleaseDateGiven
from events.testing import rules_of
from tests.support.arrivals import (
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
from tests.support.outbound import codes, refusals
from tests.support.tracked import PROFILES, tracked
from worker.custody.decide import Received

TOO_EARLY_TO_RECKON_WITH = "0001-01-01T00:00:00Z"


def test_a_contact_before_the_booking_is_answered_when_the_booking_comes() -> None:
    case = tracked()
    assert case.receive(ice_contact()) == []
    [answer] = case.at(ARRESTED + 2 * HOUR).receive(booked())
    assert isinstance(answer, IceReleaseDateGiven)
    assert answer.data.release_at == DEADLINE
    assert case.known.ceiling is not None


def test_events_that_wait_are_applied_in_the_order_in_which_they_came() -> None:
    case = tracked(now=ARRESTED + 5 * HOUR)
    later = {"arrested_at": ARRESTED + HOUR, "booked_at": ARRESTED + HOUR}
    case.receive(ice_contact())
    case.receive(amended(**later))
    case.receive(booked())
    assert case.outcomes[-3:] == ["clock_started", "ice_told", "later_deadline_refused"]
    other = tracked(now=ARRESTED + 5 * HOUR)
    other.receive(amended(**later))
    other.receive(ice_contact())
    other.receive(booked())
    assert other.outcomes[-3:] == ["clock_started", "amended", "ice_told"]


def test_an_event_that_waits_and_comes_again_is_kept_once() -> None:
    case, fact = tracked(), bail()
    case.receive(fact)
    assert case.receive(fact) == []
    assert case.known.awaiting == (fact.raw,)
    case.receive(booked())
    assert case.receive(fact) == []
    assert case.outcomes.count("released") == 1


def test_no_event_waits_any_longer_once_the_booking_is_known() -> None:
    case = tracked()
    case.receive(hold())
    case.receive(booked())
    assert (case.known.awaiting, len(case.known.holds)) == ((), 1)


def test_the_watch_is_alarmed_after_15_minutes_not_before_and_not_again() -> None:
    case = tracked()
    case.receive(bail())
    first_heard = case.now
    assert case.at(first_heard + 15 * MINUTE - timedelta(microseconds=1)).tick() == []
    [alarm] = case.at(first_heard + 15 * MINUTE).tick()
    assert isinstance(alarm, ClockAlarmed)
    assert alarm.data.code == "unknown_booking"
    assert case.at(first_heard + 20 * MINUTE).receive(hold()) == []
    assert case.attention is None
    assert case.at(first_heard + 90 * HOUR).tick() == []


def test_a_booking_that_comes_within_15_minutes_raises_no_alarm() -> None:
    case = tracked()
    case.receive(bail())
    case.at(case.now + 14 * MINUTE).receive(booked())
    case.at(DEADLINE).tick()
    assert not [notice for notice in case.outbound if isinstance(notice, ClockAlarmed)]


def test_a_booking_that_comes_after_the_alarm_still_starts_the_clock() -> None:
    case = tracked()
    case.receive(hold())
    case.at(case.now + HOUR).tick()
    case.receive(booked())
    assert (case.state, case.known.deadline) == ("held", DEADLINE)


def test_a_kept_event_from_before_the_arrest_is_refused_whole_and_can_be_sent_again() -> None:
    case, too_early = tracked(now=ARRESTED + 5 * HOUR), bail(ARRESTED - HOUR)
    case.receive(too_early)
    case.receive(booked())
    [rejected] = case.rejected
    assert (rejected.reason, rejected.event, rejected.inbox_id) == (
        "impossible_times",
        too_early.raw.encode(),
        "",
    )
    assert case.state == "held"
    earlier = ARRESTED - 2 * HOUR
    case.receive(amended(arrested_at=earlier, booked_at=earlier))
    case.receive(received(rejected.event))
    assert (case.state, case.known.basis) == ("released", "bail")


def test_ice_at_the_counter_before_the_booking_is_judged_when_the_booking_comes() -> None:
    in_time, late = tracked(), tracked()
    for case in (in_time, late):
        case.receive(ice_at_the_counter())
    in_time.at(DEADLINE - MINUTE).receive(booked())
    assert (in_time.state, in_time.known.basis) == ("closed", "handed_over")
    sent = late.at(DEADLINE).receive(booked())
    assert (late.state, late.known.basis) == ("released", "deadline")
    assert refusals(sent) == ["already_released"]


def test_a_person_who_is_with_the_court_is_not_released_when_the_booking_comes_late() -> None:
    """The clock knew before it knew the booking that another authority holds the person."""
    case = tracked()
    case.receive(transferred("court", DEADLINE - HOUR))
    case.at(DEADLINE + HOUR).receive(booked())
    assert (case.state, case.known.basis) == ("closed", "transferred")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("other", [bail, transferred, amended, warrant_check], ids=lambda make: make.__name__)
def test_a_contact_that_waits_is_answered_also_when_the_booking_comes_past_its_deadline(
    profile: str, other: Callable[[], Received]
) -> None:
    case = tracked(rules_of(profile))
    case.receive(ice_contact(reply_to="ero-sd"))
    case.receive(other())
    sent = case.at(DEADLINE + 20 * HOUR).receive(booked())
    assert {notice.route for notice in sent if notice.audience == "ice"} == {"ero-sd"}


def test_a_finding_of_probable_cause_counts_also_when_the_booking_comes_late() -> None:
    case = tracked(rules_of("ca-values-2018"))
    case.receive(probable_cause("found"))
    case.at(DEADLINE + HOUR).receive(booked())
    assert (case.state, case.known.deadline) == ("held", la("2016-11-16 16:30"))


def test_ice_at_the_counter_before_the_booking_frees_nobody_early() -> None:
    case = tracked(rules_of("ca-values-2018"))
    case.receive(ice_at_the_counter())
    case.receive(probable_cause("found"))
    sent = case.at(DEADLINE + HOUR).receive(booked())
    assert (case.state, case.known.deadline) == ("held", la("2016-11-16 16:30"))
    assert codes(sent) == ["custody_refused"]


@pytest.mark.parametrize("waiting", [ice_contact, bail, hold, amended], ids=lambda fact: fact.__name__)
def test_events_go_on_waiting_when_the_booking_that_comes_is_refused(
    waiting: Callable[[], Received],
) -> None:
    case, fact = tracked(), waiting()
    case.receive(fact)
    before = case.known
    assert case.receive(booked(TOO_EARLY_TO_RECKON_WITH)) == []
    assert [refusal.reason for refusal in case.rejected] == ["invalid_data"]
    assert case.known == before
