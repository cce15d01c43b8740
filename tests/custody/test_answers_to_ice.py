"""What ICE is sent when it calls or asks for a person, and who is handed over."""

import pytest

from events.outbound import IceReleaseDateGiven
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    amended,
    bail,
    died,
    escaped,
    ice_at_the_counter,
    ice_contact,
    transferred,
    voided,
)
from tests.support.outbound import alarm_codes, decline_reasons, statuses
from tests.support.tracked import held
from worker.custody.decide import Received

VIOLENT = [{"statute": "211PC", "level": "felony"}]


@pytest.mark.parametrize("requests", [(), ("release_date",), ("hold",), ("hold", "transfer")])
def test_the_date_is_given_whatever_was_asked_for(requests: tuple[str, ...]) -> None:
    [answer] = held().receive(ice_contact(*requests))
    assert isinstance(answer, IceReleaseDateGiven)
    assert answer.data.release_at == DEADLINE
    assert answer.data.hold_request == ("declined" if "hold" in requests else "none")


def test_the_journal_says_how_long_a_declined_hold_would_have_lasted() -> None:
    booking = held()
    booking.receive(ice_contact("hold", form="I-247D"))
    detail = booking.entries[-1].content["detail"]
    assert detail["requests"] == ["hold"]
    assert detail["declined_detention_until"] == "2016-11-18T18:00:00.000Z"
    assert detail["declined_detention_hours"] == 48


def test_each_route_is_sent_each_change_once_however_often_it_called() -> None:
    booking = held()
    booking.receive(
        ice_contact(reply_to="ero-la"), ice_contact(reply_to="ero-sd"), ice_contact(reply_to="ero-la")
    )
    sent = booking.receive(amended(arrested_at=ARRESTED - HOUR, booked_at=ARRESTED - HOUR))
    assert statuses(sent) == [("ero-la", "scheduled"), ("ero-sd", "scheduled")]
    sent = booking.receive(bail())
    assert statuses(sent) == [("ero-la", "released"), ("ero-sd", "released")]


def test_only_the_route_that_asked_for_a_hold_is_notified_that_it_is_declined() -> None:
    booking = held()
    booking.receive(ice_contact("hold", reply_to="ero-la"), ice_contact(reply_to="ero-sd"))
    sent = [notice for notice in booking.receive(bail()) if isinstance(notice, IceReleaseDateGiven)]
    assert [(notice.route, notice.data.hold_request) for notice in sent] == [
        ("ero-la", "declined"),
        ("ero-sd", "none"),
    ]


def test_an_amendment_that_leaves_the_date_sends_nothing() -> None:
    booking = held()
    booking.receive(ice_contact())
    assert booking.receive(amended(charges=[], facility="Van Nuys")) == []


def test_a_call_after_the_release_is_answered_at_once_with_the_release() -> None:
    booking = held()
    booking.receive(bail())
    released_at = booking.now
    [answer] = booking.at(DEADLINE).receive(ice_contact())
    assert isinstance(answer, IceReleaseDateGiven)
    assert (answer.data.status, answer.data.released_at) == ("released", released_at)


def test_a_call_after_a_transfer_is_answered_that_the_person_is_not_in_custody() -> None:
    booking = held()
    booking.receive(transferred())
    assert decline_reasons(booking.receive(ice_contact())) == ["not_in_custody"]


@pytest.mark.parametrize(
    ("closing", "basis"),
    [(voided(), "voided"), (transferred(), "transferred"), (escaped(), "escaped"), (died(), "died")],
    ids=["voided", "transferred", "escaped", "died"],
)
def test_closing_a_record_after_a_contact_withdraws_the_date_and_alarms_the_watch(
    closing: Received, basis: str
) -> None:
    booking = held()
    booking.receive(ice_contact("hold"))
    sent = booking.receive(closing)
    assert (booking.known.basis, statuses(sent)) == (basis, [("ero-la", "withdrawn")])
    assert alarm_codes(sent) == ["closed_after_contact"]
    assert [notice.data.closed_at for notice in sent if isinstance(notice, IceReleaseDateGiven)] == [
        booking.now
    ]


def test_closing_a_record_without_a_contact_alarms_nobody() -> None:
    booking = held()
    assert [notice.audience for notice in booking.receive(voided())] == ["jms"]


def test_a_hand_over_withdraws_every_date_and_raises_no_alarm() -> None:
    booking = held()
    booking.receive(ice_contact(reply_to="ero-sd"))
    sent = booking.receive(ice_at_the_counter(reply_to="ero-la"))
    assert statuses(sent) == [("ero-sd", "withdrawn"), ("ero-la", "withdrawn")]
    assert alarm_codes(sent) == []
    assert booking.attention is None


def test_asking_for_the_person_counts_as_a_contact() -> None:
    booking = held("ca-values-2018")
    booking.receive(ice_at_the_counter())
    assert booking.state == "held"
    assert len(booking.known.contacts) == 1
    assert booking.known.ceiling is not None


def test_ice_at_the_counter_after_the_record_is_closed_gets_nobody() -> None:
    booking = held()
    booking.receive(transferred())
    sent = booking.receive(ice_at_the_counter())
    assert (decline_reasons(sent), alarm_codes(sent)) == (["not_in_custody"], ["custody_refused"])
    assert booking.known.basis == "transferred"


def test_active_assistance_follows_the_current_charges() -> None:
    booking = held(charges=VIOLENT)
    booking.receive(ice_contact())
    assert statuses(booking.at(DEADLINE - 12 * HOUR).tick()) == [("ero-la", "approaching")]
    booking.receive(amended(charges=[]))
    assert statuses(booking.at(DEADLINE - 4 * HOUR).tick()) == []


def test_a_contact_after_a_warning_gets_only_the_next_one() -> None:
    booking = held(charges=VIOLENT)
    assert statuses(booking.at(DEADLINE - 12 * HOUR).tick()) == []
    booking.receive(ice_contact())
    assert statuses(booking.at(DEADLINE - 4 * HOUR).tick()) == [("ero-la", "approaching")]
