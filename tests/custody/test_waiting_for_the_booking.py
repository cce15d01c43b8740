"""Events that arrive before their booking: kept, alarmed once, and applied when the booking arrives."""

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
    transferred,
    warrant_check,
)
from tests.support.outbound import alarm_codes, dates, decline_reasons
from tests.support.tracked import PROFILES, tracked
from worker.custody.decide import Received

TOO_EARLY_TO_COMPUTE = "0001-01-01T00:00:00Z"
GRACE = timedelta(seconds=60)


def test_a_contact_before_the_booking_is_answered_when_the_booking_arrives() -> None:
    booking = tracked()
    assert booking.receive(ice_contact()) == []
    [answer] = booking.at(ARRESTED + 2 * HOUR).receive(booked())
    assert isinstance(answer, IceReleaseDateGiven)
    assert answer.data.release_at == DEADLINE
    assert booking.known.ceiling is not None


def test_waiting_events_are_applied_in_the_order_of_their_arrival() -> None:
    booking = tracked(now=ARRESTED + 5 * HOUR)
    later = {"arrested_at": ARRESTED + HOUR, "booked_at": ARRESTED + HOUR}
    booking.receive(ice_contact())
    booking.receive(amended(**later))
    booking.receive(booked())
    assert booking.outcomes[-3:] == ["clock_started", "ice_told", "later_deadline_refused"]
    assert booking.known.deadline == DEADLINE
    other = tracked(now=ARRESTED + 5 * HOUR)
    other.receive(amended(**later))
    other.receive(ice_contact())
    other.receive(booked())
    assert other.outcomes[-3:] == ["clock_started", "amended", "ice_told"]
    assert other.known.deadline == DEADLINE + HOUR


def test_a_waiting_event_that_is_repeated_is_kept_and_applied_once() -> None:
    booking, fact = tracked(), bail()
    booking.receive(fact)
    assert booking.receive(fact) == []
    assert booking.known.awaiting == (fact.raw,)
    booking.receive(booked())
    assert booking.receive(fact) == []
    assert booking.outcomes.count("released") == 1


def test_once_the_booking_is_known_no_event_waits() -> None:
    booking = tracked()
    booking.receive(hold())
    booking.receive(booked())
    assert (booking.known.awaiting, len(booking.known.holds)) == ((), 1)


def test_the_watch_is_alarmed_after_15_minutes_not_before_and_only_once() -> None:
    booking = tracked()
    booking.receive(bail())
    first_heard = booking.now
    assert booking.at(first_heard + 15 * MINUTE - timedelta(microseconds=1)).tick() == []
    [alarm] = booking.at(first_heard + 15 * MINUTE).tick()
    assert isinstance(alarm, ClockAlarmed)
    assert alarm.data.code == "unknown_booking"
    assert booking.at(first_heard + 20 * MINUTE).receive(hold()) == []
    assert booking.attention is None
    assert booking.at(first_heard + 90 * HOUR).tick() == []


def test_a_booking_that_arrives_within_15_minutes_raises_no_alarm() -> None:
    booking = tracked()
    booking.receive(bail())
    booking.at(booking.now + 14 * MINUTE).receive(booked())
    booking.at(DEADLINE).tick()
    assert not [notice for notice in booking.outbound if isinstance(notice, ClockAlarmed)]


def test_a_booking_that_arrives_after_the_alarm_still_starts_the_clock() -> None:
    booking = tracked()
    booking.receive(hold())
    booking.at(booking.now + HOUR).tick()
    booking.receive(booked())
    assert (booking.state, booking.known.deadline) == ("held", DEADLINE)


def test_waiting_bail_from_before_the_arrest_takes_effect_and_is_doubted() -> None:
    booking = tracked(now=ARRESTED + 5 * HOUR)
    booking.receive(bail(ARRESTED - HOUR))
    sent = booking.receive(booked())
    assert (booking.state, booking.known.basis) == ("released", "bail")
    assert (booking.known.entitled_at, alarm_codes(sent)) == (booking.now, ["time_doubtful"])
    assert booking.rejected == []


def test_ice_at_the_counter_before_the_booking_is_judged_when_the_booking_arrives() -> None:
    in_time, late = tracked(), tracked(now=DEADLINE - MINUTE)
    in_time.receive(ice_at_the_counter(in_time.now))
    in_time.at(in_time.now + 15 * MINUTE).receive(booked())
    assert (in_time.state, in_time.known.basis) == ("closed", "handed_over")
    late.receive(ice_at_the_counter(late.now))
    sent = late.at(DEADLINE).receive(booked())
    assert decline_reasons(sent) == ["already_released"]
    late.at(DEADLINE + GRACE).tick()
    assert (late.state, late.known.basis) == ("released", "deadline")


@pytest.mark.parametrize("waited", [15 * MINUTE + timedelta(microseconds=1), 46 * HOUR], ids=str)
def test_ice_at_the_counter_that_waited_long_for_the_booking_is_handed_nobody(waited: timedelta) -> None:
    """Whoever asked has been answered by now, or has left: what remains is a contact."""
    booking = tracked()
    booking.receive(ice_at_the_counter(booking.now))
    sent = booking.at(booking.now + waited).receive(booked())
    assert (booking.state, alarm_codes(sent)) == ("held", ["custody_request_expired"])
    assert dates(sent) == [DEADLINE]
    assert booking.known.ceiling is not None


@pytest.mark.parametrize("bail_comes", ["first", "second"])
def test_waiting_bail_is_applied_before_ice_at_the_counter_whichever_came_first(bail_comes: str) -> None:
    """The request is judged now, when everything that was said about the person is known."""
    booking = tracked()
    waiting = [bail(booking.now), ice_at_the_counter(booking.now)]
    for fact in waiting if bail_comes == "first" else reversed(waiting):
        booking.receive(fact)
    sent = booking.at(booking.now + MINUTE).receive(booked())
    assert (booking.state, booking.known.basis) == ("released", "bail")
    assert decline_reasons(sent) == ["already_released"]


def test_what_waits_is_doubted_when_it_arrives_and_not_again_when_it_is_applied() -> None:
    booking = tracked()
    contact = ice_contact(form="I-999")
    assert alarm_codes(booking.receive(contact)) == ["word_unknown"]
    assert alarm_codes(booking.receive(booked())) == []
    assert booking.known.contacts[0].form == "I-999"


def test_a_person_already_with_the_court_is_not_released_when_the_booking_arrives_late() -> None:
    """The clock knew that another authority has the person before it knew the booking."""
    booking = tracked()
    booking.receive(transferred("court", DEADLINE - HOUR))
    booking.at(DEADLINE + HOUR).receive(booked())
    assert (booking.state, booking.known.basis) == ("closed", "transferred")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("other", [bail, transferred, amended, warrant_check], ids=lambda make: make.__name__)
def test_a_waiting_contact_is_answered_even_when_the_booking_arrives_past_its_deadline(
    profile: str, other: Callable[[], Received]
) -> None:
    booking = tracked(rules_of(profile))
    booking.receive(ice_contact(reply_to="ero-sd"))
    booking.receive(other())
    sent = booking.at(DEADLINE + 20 * HOUR).receive(booked())
    assert {notice.route for notice in sent if notice.audience == "ice"} == {"ero-sd"}


def test_a_waiting_finding_of_probable_cause_counts_even_when_the_booking_arrives_late() -> None:
    booking = tracked(rules_of("ca-values-2018"))
    booking.receive(probable_cause("found"))
    booking.at(DEADLINE + HOUR).receive(booked())
    assert (booking.state, booking.known.deadline) == ("held", la("2016-11-16 16:30"))


def test_ice_at_the_counter_before_the_booking_frees_nobody_early() -> None:
    booking = tracked(rules_of("ca-values-2018"), DEADLINE + HOUR)
    booking.receive(ice_at_the_counter(booking.now))
    booking.receive(probable_cause("found"))
    sent = booking.receive(booked())
    assert (booking.state, booking.known.deadline) == ("held", la("2016-11-16 16:30"))
    assert alarm_codes(sent) == ["late_on_arrival", "custody_refused"]


@pytest.mark.parametrize("waiting", [ice_contact, bail, hold, amended], ids=lambda fact: fact.__name__)
def test_events_are_applied_even_to_a_booking_whose_arrest_cannot_be_right(
    waiting: Callable[[], Received],
) -> None:
    booking = tracked()
    booking.receive(waiting())
    assert "time_doubtful" in alarm_codes(booking.receive(booked(TOO_EARLY_TO_COMPUTE)))
    assert (booking.known.awaiting, booking.rejected) == ((), [])
    assert booking.outcomes[:2] == ["kept_until_booking", "clock_started"]
    assert len(booking.outcomes) == 3
