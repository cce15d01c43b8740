"""What ICE is told, what the person and counsel are told because of it, and who is handed over."""

from typing import Any

import pytest

from events.outbound import (
    IceReleaseDateGiven,
)
from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    amended,
    bail,
    booked,
    died,
    escaped,
    ice_at_the_counter,
    ice_contact,
    transferred,
    voided,
)
from tests.support.outbound import codes, refusals, statuses
from tests.support.tracked import PROFILES, tracked
from worker.custody.decide import Received

SINCE_2017 = PROFILES[1:]
VIOLENT = [{"statute": "211PC", "level": "felony"}]


def held(profile: str = "lapd-2016-11", **facts: Any) -> TrackedBooking:
    case = tracked(rules_of(profile))
    case.receive(booked(**facts))
    return case


@pytest.mark.parametrize("requests", [(), ("release_date",), ("hold",), ("hold", "transfer")])
def test_the_date_is_given_whatever_was_asked_for(requests: tuple[str, ...]) -> None:
    [answer] = held().receive(ice_contact(*requests))
    assert isinstance(answer, IceReleaseDateGiven)
    assert answer.data.release_at == DEADLINE
    assert answer.data.hold_request == ("declined" if "hold" in requests else "none")


def test_a_declined_hold_is_written_into_the_journal_with_the_detention_it_spares() -> None:
    case = held()
    case.receive(ice_contact("hold", form="I-247D"))
    detail = case.entries[-1].content["detail"]
    assert detail["requests"] == ["hold"]
    assert detail["declined_detention_until"] == "2016-11-18T18:00:00.000Z"
    assert detail["declined_detention_hours"] == 48


def test_each_route_is_told_at_each_change_once_however_often_it_called() -> None:
    case = held()
    case.receive(
        ice_contact(reply_to="ero-la"), ice_contact(reply_to="ero-sd"), ice_contact(reply_to="ero-la")
    )
    sent = case.receive(amended(arrested_at=ARRESTED - HOUR, booked_at=ARRESTED - HOUR))
    assert statuses(sent) == [("ero-la", "scheduled"), ("ero-sd", "scheduled")]
    sent = case.receive(bail())
    assert statuses(sent) == [("ero-la", "released"), ("ero-sd", "released")]


def test_only_the_route_that_asked_for_a_hold_is_told_that_it_is_declined() -> None:
    case = held()
    case.receive(ice_contact("hold", reply_to="ero-la"), ice_contact(reply_to="ero-sd"))
    sent = [notice for notice in case.receive(bail()) if isinstance(notice, IceReleaseDateGiven)]
    assert [(notice.route, notice.data.hold_request) for notice in sent] == [
        ("ero-la", "declined"),
        ("ero-sd", "none"),
    ]


def test_a_change_that_leaves_the_date_is_not_told() -> None:
    case = held()
    case.receive(ice_contact())
    assert case.receive(amended(charges=[], facility="Van Nuys")) == []


def test_who_calls_after_the_release_is_told_at_once_that_the_person_is_released() -> None:
    case = held()
    case.receive(bail())
    released_at = case.now
    [answer] = case.at(DEADLINE).receive(ice_contact())
    assert isinstance(answer, IceReleaseDateGiven)
    assert (answer.data.status, answer.data.released_at) == ("released", released_at)


def test_who_calls_when_another_authority_has_the_person_is_told_that_nobody_is_here() -> None:
    case = held()
    case.receive(transferred())
    assert refusals(case.receive(ice_contact())) == ["not_in_custody"]


@pytest.mark.parametrize(
    ("closing", "basis"),
    [(voided(), "voided"), (transferred(), "transferred"), (escaped(), "escaped"), (died(), "died")],
    ids=["voided", "transferred", "escaped", "died"],
)
def test_a_record_that_is_closed_after_a_contact_withdraws_the_date_and_alarms_the_watch(
    closing: Received, basis: str
) -> None:
    case = held()
    case.receive(ice_contact("hold"))
    sent = case.receive(closing)
    assert (case.known.basis, statuses(sent)) == (basis, [("ero-la", "withdrawn")])
    assert codes(sent) == ["closed_after_contact"]
    assert [notice.data.closed_at for notice in sent if isinstance(notice, IceReleaseDateGiven)] == [case.now]


def test_without_a_contact_a_closing_alarms_nobody() -> None:
    case = held()
    assert [notice.audience for notice in case.receive(voided())] == ["jms"]


def test_a_hand_over_withdraws_every_date_and_raises_no_alarm() -> None:
    case = held()
    case.receive(ice_contact(reply_to="ero-sd"))
    sent = case.receive(ice_at_the_counter(reply_to="ero-la"))
    assert statuses(sent) == [("ero-sd", "withdrawn"), ("ero-la", "withdrawn")]
    assert codes(sent) == []
    assert case.attention is None


def test_asking_for_the_person_counts_as_a_contact() -> None:
    case = tracked(rules_of("ca-values-2018"))
    case.receive(booked())
    case.receive(ice_at_the_counter())
    assert case.state == "held"
    assert len(case.known.contacts) == 1
    assert case.known.ceiling is not None


def test_ice_at_the_counter_after_the_record_is_closed_gets_nobody() -> None:
    case = held()
    case.receive(transferred())
    sent = case.receive(ice_at_the_counter())
    assert (refusals(sent), codes(sent)) == (["not_in_custody"], ["custody_refused"])
    assert case.known.basis == "transferred"


def test_active_assistance_follows_the_charges_as_they_stand() -> None:
    case = held(charges=VIOLENT)
    case.receive(ice_contact())
    assert statuses(case.at(DEADLINE - 12 * HOUR).tick()) == [("ero-la", "approaching")]
    case.receive(amended(charges=[]))
    assert statuses(case.at(DEADLINE - 4 * HOUR).tick()) == []


def test_a_contact_that_comes_after_a_warning_is_warned_only_of_the_next() -> None:
    case = held(charges=VIOLENT)
    assert statuses(case.at(DEADLINE - 12 * HOUR).tick()) == []
    case.receive(ice_contact())
    assert statuses(case.at(DEADLINE - 4 * HOUR).tick()) == [("ero-la", "approaching")]
