"""A booking that is past its deadline when it arrives: a minute for the rest of upstream's report."""

from collections.abc import Callable
from dataclasses import replace as with_setting
from datetime import timedelta

import pytest
from msgspec.structs import replace

from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    MINUTE,
    amended,
    arraigned,
    bail,
    booked,
    died,
    escaped,
    ice_at_the_counter,
    ice_contact,
    la,
    ordered,
    probable_cause,
    transferred,
    voided,
)
from tests.support.outbound import alarm_codes, decline_reasons, release_orders, statuses
from tests.support.tracked import PROFILES, tracked
from worker.custody.decide import Received, Tick, decide

MICROSECOND, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
ARRIVED = DEADLINE + HOUR
GRACE_ENDS = ARRIVED + 60 * SECOND


def late(profile: str = "lapd-2016-11") -> TrackedBooking:
    """Booked an hour after its deadline."""
    booking = tracked(rules_of(profile), ARRIVED)
    booking.receive(booked())
    return booking


def test_a_booking_that_arrives_at_its_deadline_is_late_and_one_that_arrives_before_it_is_not() -> None:
    late, in_time = tracked(now=DEADLINE), tracked(now=DEADLINE - MICROSECOND)
    assert alarm_codes(late.receive(booked())) == ["late_on_arrival"]
    assert late.attention == DEADLINE + 60 * SECOND
    assert alarm_codes(in_time.receive(booked())) == []
    assert in_time.attention == DEADLINE


def test_a_booking_that_arrived_before_its_deadline_is_not_late_however_late_it_is_processed() -> None:
    booking = tracked(now=ARRIVED)
    fact = replace(booked(), arrived_at=DEADLINE - MICROSECOND)
    booking.commit(decide(None, [fact, Tick()], booking.rules, booking.now))
    assert (booking.state, alarm_codes(booking.outbound)) == ("released", [])


def test_the_watch_is_alarmed_at_once_and_the_release_follows_after_the_grace() -> None:
    booking = late()
    assert alarm_codes(booking.outbound) == ["late_on_arrival"]
    assert booking.at(GRACE_ENDS - MICROSECOND).tick() == []
    [order] = release_orders(booking.at(GRACE_ENDS).tick())
    assert (order.data.entitled_at, order.data.basis) == (DEADLINE, "deadline")


def test_a_site_chooses_its_grace() -> None:
    booking = tracked(with_setting(rules_of(), late_grace=timedelta(seconds=5)), ARRIVED)
    booking.receive(booked())
    assert booking.attention == ARRIVED + 5 * SECOND


def test_the_release_after_the_grace_waits_for_what_arrived_within_it() -> None:
    booking = late()
    transition = decide(booking.known, [Tick()], booking.rules, GRACE_ENDS)
    assert (transition.not_before, transition.inbox_before) == (GRACE_ENDS, GRACE_ENDS)


@pytest.mark.parametrize("warrant", ["administrative", "judicial"])
@pytest.mark.parametrize("profile", PROFILES)
def test_within_the_grace_ice_is_handed_nobody(profile: str, warrant: str) -> None:
    booking = late(profile)
    sent = booking.receive(ice_at_the_counter(booking.now, warrant=warrant))
    assert (booking.state, alarm_codes(sent)) == ("held", ["custody_refused"])
    assert "already_released" in decline_reasons(sent)
    booking.at(GRACE_ENDS).tick()
    assert booking.known.basis == "deadline"


ENDS: dict[str, tuple[Callable[[], Received], str, str]] = {
    "bail": (bail, "released", "bail"),
    "order": (ordered, "released", "court_order"),
    "no probable cause": (lambda: probable_cause("not_found"), "released", "probable_cause_not_found"),
    "transfer": (transferred, "closed", "transferred"),
    "arraignment": (arraigned, "closed", "arraigned"),
    "escape": (escaped, "closed", "escaped"),
    "death": (died, "closed", "died"),
    "void": (voided, "closed", "voided"),
}


@pytest.mark.parametrize("name", ENDS)
def test_within_the_grace_upstream_finishes_its_report(name: str) -> None:
    make, state, basis = ENDS[name]
    booking = late()
    sent = booking.at(ARRIVED + 30 * SECOND).receive(make())
    assert (booking.state, booking.known.basis) == (state, basis)
    assert alarm_codes(sent) == []


def test_within_the_grace_a_finding_that_was_in_time_gives_the_later_deadline() -> None:
    booking = late("ca-values-2018")
    booking.at(ARRIVED + 30 * SECOND).receive(probable_cause("found"))
    assert (booking.state, booking.known.deadline) == ("held", la("2016-11-16 16:30"))
    assert booking.at(GRACE_ENDS).tick() == []
    assert booking.state == "held"


def test_an_amendment_within_the_grace_that_leaves_it_late_does_not_cut_the_grace_short() -> None:
    booking = late()
    booking.at(ARRIVED + 10 * SECOND).receive(amended(arrested_at=ARRESTED - HOUR))
    assert (booking.state, booking.attention) == ("held", GRACE_ENDS)
    [order] = release_orders(booking.at(GRACE_ENDS).tick())
    assert order.data.entitled_at == DEADLINE - HOUR


def test_an_amendment_to_a_deadline_within_the_grace_releases_at_that_deadline() -> None:
    booking = late()
    later = {"arrested_at": ARRESTED + HOUR + 20 * SECOND, "booked_at": ARRESTED + HOUR + 20 * SECOND}
    booking.receive(amended(**later))
    assert booking.attention == ARRIVED + 20 * SECOND
    booking.at(ARRIVED + 20 * SECOND).tick()
    assert booking.state == "released"


def test_an_amendment_to_a_later_deadline_leaves_no_grace_after_it() -> None:
    booking = late()
    booking.receive(amended(arrested_at=ARRESTED + 5 * HOUR, booked_at=ARRESTED + 5 * HOUR))
    booking.at(DEADLINE + 5 * HOUR).tick()
    assert booking.state == "released"


def test_who_calls_within_the_grace_is_sent_the_release_when_it_comes() -> None:
    booking = late()
    booking.receive(ice_contact())
    assert booking.known.ceiling is not None
    assert statuses(booking.at(GRACE_ENDS).tick()) == [("ero-la", "released")]


def test_a_waiting_transfer_from_before_the_deadline_closes_the_late_booking_without_a_doubt() -> None:
    booking = tracked(now=ARRIVED)
    booking.receive(transferred(transferred_at=DEADLINE - MINUTE))
    assert alarm_codes(booking.receive(booked())) == ["late_on_arrival"]
    assert booking.known.basis == "transferred"
