"""The same event again changes nothing; the same id with other content is another event, and an alarm."""

from collections.abc import Callable

import pytest

from events.testing import TrackedBooking
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    amended,
    bail,
    booked,
    event,
    ice_contact,
    transferred,
    voided,
)
from tests.support.outbound import alarm_codes
from tests.support.tracked import held, tracked
from worker.custody.decide import Received

CONTACT = {"channel": "fax", "form": "none", "requests": [], "reply_to": "ero-la"}


def test_the_same_id_with_other_content_takes_effect_and_alarms_the_watch() -> None:
    booking = held()
    booking.receive(ice_contact(id="1", reply_to="ero-la"))
    sent = booking.receive(ice_contact(id="1", reply_to="ero-sd"))
    assert alarm_codes(sent) == ["event_conflict"]
    assert [contact.reply_to for contact in booking.known.contacts] == ["ero-la", "ero-sd"]


def test_the_same_id_with_another_type_takes_effect_and_alarms_the_watch() -> None:
    booking = held()
    booking.receive(ice_contact(id="1"))
    sent = booking.receive(bail(id="1"))
    assert alarm_codes(sent) == ["event_conflict"]
    assert (booking.state, booking.known.basis) == ("released", "bail")


def test_the_same_id_from_another_source_is_no_conflict() -> None:
    booking = held()
    booking.receive(ice_contact(id="1", reply_to="ero-la"))
    assert alarm_codes(booking.receive(ice_contact(id="1", reply_to="ero-sd", source="urn:test:other"))) == []


def test_each_of_two_conflicting_events_is_a_duplicate_when_it_comes_again() -> None:
    booking = held()
    facts = [ice_contact(id="1", reply_to="ero-la"), ice_contact(id="1", reply_to="ero-sd")]
    booking.receive(*facts)
    for fact in facts:
        assert booking.receive(fact) == []
    assert len(booking.known.contacts) == 2


def test_the_same_content_in_another_form_is_a_duplicate() -> None:
    """Another offset, and another `time`, say the same."""
    booking = held()
    booking.receive(event("ice.contacted", CONTACT | {"contacted_at": "2016-11-14T19:00:00Z"}, id="1"))
    other = CONTACT | {"contacted_at": "2016-11-14T11:00:00-08:00"}
    again = event("ice.contacted", other, id="1", time=ARRESTED + 5 * HOUR)
    assert booking.receive(again) == []


def test_conflicting_events_that_wait_for_their_booking_alarm_the_watch_once() -> None:
    booking = tracked()
    booking.receive(ice_contact(id="1", reply_to="ero-la"))
    assert alarm_codes(booking.receive(ice_contact(id="1", reply_to="ero-sd"))) == ["event_conflict"]
    assert alarm_codes(booking.receive(booked())) == []
    assert len(booking.known.contacts) == 2


ENDED: dict[str, Callable[[], Received]] = {"released": bail, "transferred": transferred, "voided": voided}


def ended(name: str) -> TrackedBooking:
    """A booking that has ended in this way."""
    booking = tracked()
    booking.receive(booked(id="booked"), ENDED[name]())
    return booking


@pytest.mark.parametrize("name", ENDED)
@pytest.mark.parametrize("same", [True, False], ids=["equal content", "other content"])
def test_a_number_that_has_ended_is_never_booked_again_in_silence(name: str, same: bool) -> None:
    booking = ended(name)
    before = booking.known
    sent = booking.receive(booked() if same else booked(facility="Van Nuys"))
    assert alarm_codes(sent) == ["booking_again"]
    assert (booking.state, booking.known.facts) == (before.state, before.facts)
    assert booking.known.deadline == DEADLINE


@pytest.mark.parametrize("name", ENDED)
def test_the_very_same_booking_event_after_the_end_is_a_duplicate(name: str) -> None:
    assert ended(name).receive(booked(id="booked")) == []


def test_a_second_booking_of_a_held_number_is_an_alarm_if_it_says_otherwise() -> None:
    booking = held()
    assert booking.receive(booked()) == []
    assert alarm_codes(booking.receive(booked(charges=[]))) == ["booking_conflict"]
    booking.receive(amended(charges=[]))
    assert booking.receive(booked(charges=[])) == []
