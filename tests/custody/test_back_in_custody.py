"""Who is back from court, and whose record was closed in error, is held again with the deadline as it was."""

from collections.abc import Callable

import pytest

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
    departed,
    died,
    escaped,
    ice_at_the_counter,
    ice_contact,
    la,
    probable_cause,
    reinstated,
    returned,
    transferred,
    voided,
)
from tests.support.outbound import alarm_codes, dates, overdue_minutes, release_orders, statuses
from tests.support.tracked import PROFILES, held, tracked
from worker.custody.decide import Received

UNDONE: dict[str, Callable[[], Received]] = {
    "transferred": transferred,
    "voided": voided,
    "escaped": escaped,
    "died": died,
}
NOT_UNDONE: dict[str, Callable[[], Received]] = {
    "bail": bail,
    "arraigned": arraigned,
    "handed_over": ice_at_the_counter,
}


@pytest.mark.parametrize("name", UNDONE)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_reinstated_booking_is_held_again_with_the_deadline_and_the_ceiling_that_it_had(
    profile: str, name: str
) -> None:
    booking = held(profile)
    booking.receive(ice_contact(qualification="conviction_7282_5"))
    before = booking.known
    booking.receive(UNDONE[name]())
    booking.receive(reinstated())
    assert (booking.state, booking.known.basis, booking.known.closed_at) == ("held", None, None)
    assert (booking.known.deadline, booking.known.ceiling) == (before.deadline, before.ceiling)
    assert booking.known.deadline is not None
    booking.at(booking.known.deadline).tick()
    assert (booking.state, booking.known.basis) == ("released", "deadline")


@pytest.mark.parametrize("name", NOT_UNDONE)
def test_a_release_an_arraignment_and_a_hand_over_are_not_undone(name: str) -> None:
    booking = held()
    booking.receive(NOT_UNDONE[name]())
    before = booking.known
    for fact in (reinstated(), returned()):
        assert booking.receive(fact) == []
        assert (booking.state, booking.known.basis) == (before.state, before.basis)
        assert booking.outcomes[-1] == "noted"


@pytest.mark.parametrize("name", [name for name in UNDONE if name != "transferred"])
def test_a_return_reopens_nothing_but_a_transfer(name: str) -> None:
    booking = held()
    booking.receive(UNDONE[name](), returned())
    assert (booking.state, booking.known.basis) == ("closed", name)


def test_who_is_back_from_court_and_was_not_arraigned_is_held_again() -> None:
    booking = held()
    booking.receive(transferred("court"))
    assert booking.receive(returned(arraigned=False)) == []
    assert (booking.state, booking.known.deadline) == ("held", DEADLINE)


def test_who_is_back_from_court_and_was_arraigned_is_not() -> None:
    booking = held()
    booking.receive(transferred("court"))
    assert booking.receive(returned(arraigned=True)) == []
    assert (booking.state, booking.known.basis, booking.outcomes[-1]) == ("closed", "transferred", "noted")


@pytest.mark.parametrize("back", [returned, reinstated], ids=lambda make: make.__name__)
def test_who_comes_back_past_the_deadline_is_released_at_once(back: Callable[[], Received]) -> None:
    booking = held()
    booking.receive(transferred("court"), ice_contact())
    sent = booking.at(DEADLINE + HOUR).receive(back())
    [order] = release_orders(sent)
    assert (order.data.basis, order.data.entitled_at) == ("deadline", DEADLINE)
    assert statuses(sent) == [("ero-la", "released")]


@pytest.mark.parametrize("back", [returned, reinstated], ids=lambda make: make.__name__)
def test_ice_is_sent_the_date_again_when_the_person_is_back(back: Callable[[], Received]) -> None:
    booking = held()
    booking.receive(ice_contact())
    assert statuses(booking.receive(transferred())) == [("ero-la", "withdrawn")]
    assert dates(booking.receive(back())) == [DEADLINE]


@pytest.mark.parametrize("back", [returned, reinstated], ids=lambda make: make.__name__)
def test_a_contact_while_the_person_was_away_fixes_the_ceiling_when_the_person_is_back(
    back: Callable[[], Received],
) -> None:
    booking = tracked(now=ARRESTED + 5 * HOUR)
    booking.receive(booked(), transferred(), ice_contact("hold"))
    booking.receive(back())
    assert booking.known.ceiling is not None
    sent = booking.receive(amended(arrested_at=ARRESTED + 3 * HOUR, booked_at=ARRESTED + 3 * HOUR))
    assert (booking.known.deadline, alarm_codes(sent)) == (DEADLINE, ["later_deadline_refused"])


def test_facts_reported_while_the_person_was_away_count_when_the_person_is_back() -> None:
    booking = held()
    booking.receive(transferred(), amended(arrested_at=ARRESTED - 3 * HOUR))
    booking.receive(returned())
    assert (booking.state, booking.known.deadline) == ("held", DEADLINE - 3 * HOUR)


def test_after_a_contact_nothing_reported_while_the_person_was_away_passes_the_ceiling() -> None:
    booking = tracked(now=ARRESTED + 5 * HOUR)
    booking.receive(booked(), ice_contact(), transferred())
    booking.receive(amended(arrested_at=ARRESTED + 3 * HOUR, booked_at=ARRESTED + 3 * HOUR))
    sent = booking.receive(returned())
    assert (booking.state, booking.known.deadline) == ("held", DEADLINE)
    assert alarm_codes(sent) == ["later_deadline_refused"]


def test_a_late_booking_has_no_second_grace_when_the_person_is_back() -> None:
    booking = tracked(now=DEADLINE + HOUR)
    booking.receive(booked(), transferred(transferred_at=DEADLINE - HOUR))
    [order] = release_orders(booking.receive(returned()))
    assert order.data.released_at == DEADLINE + HOUR


def test_a_finding_made_while_the_person_was_away_counts_when_the_person_is_back() -> None:
    booking = held("ca-values-2018")
    booking.receive(transferred(), probable_cause("found"))
    booking.receive(returned())
    assert (booking.known.governing_limit, booking.known.deadline) == ("pc_825", la("2016-11-16 16:30"))


def test_a_later_arrest_reported_while_the_person_was_away_is_an_alarm_when_the_person_is_back() -> None:
    booking = tracked(now=ARRESTED + 5 * HOUR)
    booking.receive(booked(), transferred())
    booking.receive(amended(arrested_at=ARRESTED + HOUR, booked_at=ARRESTED + HOUR))
    assert alarm_codes(booking.receive(returned())) == ["deadline_moved_later"]


def test_a_departure_to_court_is_no_departure_after_the_release() -> None:
    booking = held()
    booking.receive(transferred(), departed())
    booking.receive(returned(), bail())
    assert overdue_minutes(booking.at(booking.now + 30 * MINUTE).tick()) == [30]


@pytest.mark.parametrize(
    ("then", "state", "basis"),
    [(bail, "released", "bail"), (transferred, "closed", "transferred"), (died, "closed", "died")],
    ids=["bail", "another transfer", "death"],
)
def test_a_return_and_what_ends_custody_again_may_come_in_one_commit(
    then: Callable[[], Received], state: str, basis: str
) -> None:
    booking = held()
    booking.receive(transferred())
    booking.at(booking.now + HOUR).receive(returned(), then())
    assert (booking.state, booking.known.basis) == (state, basis)
    assert (booking.known.closed_at or booking.known.released_at) == booking.now


def test_a_record_may_be_closed_again_and_reopened_again() -> None:
    booking = held()
    for _ in range(3):
        booking.receive(transferred())
        assert booking.state == "closed"
        booking.receive(returned())
        assert (booking.state, booking.known.deadline) == ("held", DEADLINE)


def test_bail_that_was_posted_while_the_person_was_away_and_reported_after_the_return_releases() -> None:
    booking = held()
    booking.receive(transferred(), returned(), bail())
    assert (booking.state, booking.known.basis) == ("released", "bail")


def test_an_arraignment_closes_the_record_and_it_never_fires() -> None:
    booking = held()
    [closing] = booking.receive(arraigned())
    assert closing.audience == "jms"
    assert (booking.state, booking.known.basis, booking.attention) == ("closed", "arraigned", None)
    assert booking.at(DEADLINE + HOUR).tick() == []


def test_an_arraignment_after_a_contact_withdraws_the_date() -> None:
    booking = held()
    booking.receive(ice_contact())
    sent = booking.receive(arraigned())
    assert (statuses(sent), alarm_codes(sent)) == ([("ero-la", "withdrawn")], ["closed_after_contact"])


@pytest.mark.parametrize("profile", PROFILES)
def test_the_events_wait_for_their_booking_and_are_applied_in_order(profile: str) -> None:
    booking = tracked(rules_of(profile))
    booking.receive(transferred(), returned(), transferred(), reinstated())
    booking.receive(booked())
    assert booking.state == "held"
    assert booking.outcomes[-5:] == ["clock_started", "closed", "reopened", "closed", "reopened"]


def back_again() -> TrackedBooking:
    """Held, after a transfer and the return."""
    booking = held()
    booking.receive(transferred(), returned())
    return booking


def test_who_is_back_is_warned_about_before_the_deadline_as_anybody_is() -> None:
    booking = back_again()
    assert booking.attention == DEADLINE - 12 * HOUR


def test_ice_at_the_counter_is_handed_who_is_back_and_before_the_deadline() -> None:
    booking = back_again()
    booking.receive(ice_at_the_counter(booking.now))
    assert booking.known.basis == "handed_over"
