"""ICE has lifted its request: from then on that route is sent nothing, and the ceiling stays."""

from collections.abc import Callable

import pytest

from events.outbound import SubjectReleaseDateGiven
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    amended,
    arraigned,
    bail,
    booked,
    contact_withdrawn,
    died,
    escaped,
    ice_at_the_counter,
    ice_contact,
    returned,
    transferred,
    voided,
)
from tests.support.outbound import alarm_codes, dates, statuses
from tests.support.tracked import PROFILES, held, tracked
from worker.custody.decide import Received

VIOLENT = [{"statute": "211PC", "level": "felony"}]
LA, SD = "ero-la", "ero-sd"
NEXT: dict[str, Callable[[], Received]] = {
    "bail": bail,
    "amendment": lambda: amended(arrested_at=ARRESTED - HOUR),
    "transfer": transferred,
    "arraignment": arraigned,
    "void": voided,
    "escape": escaped,
    "death": died,
}


@pytest.mark.parametrize("name", NEXT)
def test_after_a_withdrawal_nothing_is_sent_on_that_route(name: str) -> None:
    booking = held()
    booking.receive(ice_contact(reply_to=LA), ice_contact(reply_to=SD))
    assert booking.receive(contact_withdrawn(LA)) == []
    assert {route for route, _ in statuses(booking.receive(NEXT[name]()))} == {SD}


@pytest.mark.parametrize("name", NEXT)
def test_a_withdrawal_without_a_route_is_for_every_route(name: str) -> None:
    booking = held()
    booking.receive(ice_contact(reply_to=LA), ice_contact(reply_to=SD))
    booking.receive(contact_withdrawn())
    assert statuses(booking.receive(NEXT[name]())) == []


def test_after_a_withdrawal_the_release_at_the_deadline_sends_ice_nothing() -> None:
    booking = held()
    booking.receive(ice_contact("hold"), contact_withdrawn(LA))
    assert [notice.audience for notice in booking.at(DEADLINE).tick()] == ["jms"]


def test_after_a_withdrawal_the_person_is_sent_no_twin_of_a_notice_that_ice_is_not_sent() -> None:
    booking = held("ca-truth-2017")
    booking.receive(ice_contact("hold"), contact_withdrawn(LA))
    sent = booking.receive(bail())
    assert not [notice for notice in sent if isinstance(notice, SubjectReleaseDateGiven)]


def test_after_a_withdrawal_ice_is_not_assisted() -> None:
    booking = held(charges=VIOLENT)
    booking.receive(ice_contact(), contact_withdrawn(LA))
    assert [notice.audience for notice in booking.at(DEADLINE - 12 * HOUR).tick()] == ["watch"]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_ceiling_stays_when_the_request_is_lifted(profile: str) -> None:
    booking = tracked(now=ARRESTED + 5 * HOUR)
    booking.receive(booked(), ice_contact())
    ceiling = booking.known.ceiling
    booking.receive(contact_withdrawn())
    sent = booking.receive(amended(arrested_at=ARRESTED + 3 * HOUR, booked_at=ARRESTED + 3 * HOUR))
    assert alarm_codes(sent) == ["later_deadline_refused"]
    assert (booking.known.ceiling, booking.known.deadline) == (ceiling, DEADLINE)


def test_a_new_contact_on_the_same_route_is_a_new_request() -> None:
    booking = held()
    booking.receive(ice_contact(), contact_withdrawn(LA))
    assert dates(booking.receive(ice_contact())) == [DEADLINE]
    assert statuses(booking.receive(bail())) == [(LA, "released")]


def test_a_withdrawal_on_a_route_that_never_called_changes_nothing() -> None:
    booking = held()
    booking.receive(ice_contact(reply_to=LA))
    booking.receive(contact_withdrawn(SD))
    assert booking.outcomes[-1] == "noted"
    assert statuses(booking.receive(bail())) == [(LA, "released")]


def test_a_withdrawal_before_any_contact_is_noted_and_withdraws_no_later_one() -> None:
    booking = held()
    booking.receive(contact_withdrawn())
    assert dates(booking.receive(ice_contact())) == [DEADLINE]


def test_ice_at_the_counter_after_a_withdrawal_makes_a_new_contact() -> None:
    booking = held("ca-values-2018")
    booking.receive(ice_contact(), contact_withdrawn(LA))
    booking.receive(ice_at_the_counter(booking.now, qualification="held_to_answer_7282_5_b"))
    assert statuses(booking.receive(bail())) == [(LA, "released")]


def test_a_person_who_is_back_after_a_withdrawal_is_announced_to_nobody() -> None:
    booking = held()
    booking.receive(ice_contact(), transferred(), contact_withdrawn(LA))
    assert booking.receive(returned()) == []


def test_a_withdrawal_that_waits_for_the_booking_is_applied_in_its_order() -> None:
    booking = tracked()
    booking.receive(ice_contact(reply_to=LA), ice_contact(reply_to=SD), contact_withdrawn(LA))
    assert statuses(booking.receive(booked())) == [(LA, "scheduled"), (SD, "scheduled")]
    assert statuses(booking.receive(bail())) == [(SD, "released")]
