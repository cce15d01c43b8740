"""Profiles from 2017: the person is served and told; from 2018 a date or a hand-over needs authority."""

from typing import Any

import pytest

from events.outbound import (
    IceReleaseDateGiven,
    SubjectIceRequestServed,
    SubjectReleaseDateGiven,
)
from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    amended,
    bail,
    booked,
    counsel,
    ice_at_the_counter,
    ice_contact,
    voided,
)
from tests.support.outbound import codes, compliance, refusals, statuses
from tests.support.tracked import PROFILES, tracked

SINCE_2017 = PROFILES[1:]
VIOLENT = [{"statute": "211PC", "level": "felony"}]


def held(profile: str = "lapd-2016-11", **facts: Any) -> TrackedBooking:
    case = tracked(rules_of(profile))
    case.receive(booked(**facts))
    return case


# Profiles from 2017: the person is served, and told what ICE is told.


def test_before_2017_nobody_but_ice_is_told() -> None:
    case = held()
    case.receive(counsel())
    case.receive(ice_contact("hold"))
    case.receive(bail())
    assert {notice.audience for notice in case.outbound} == {"ice", "jms"}


@pytest.mark.parametrize("profile", SINCE_2017)
def test_since_2017_the_person_and_counsel_are_served_a_copy_of_each_request(profile: str) -> None:
    case = held(profile)
    case.receive(counsel("public-defender"))
    sent = case.receive(ice_contact("hold", form="I-247A", contacted_at=ARRESTED + HOUR))
    copies = [notice for notice in sent if isinstance(notice, SubjectIceRequestServed)]
    assert [(copy.audience, copy.route) for copy in copies] == [
        ("subject", None),
        ("counsel", "public-defender"),
    ]
    for copy in copies:
        assert (copy.data.form, copy.data.requests) == ("I-247A", ("hold",))
        assert (copy.data.contacted_at, copy.data.will_comply) == (ARRESTED + HOUR, False)


def test_since_2017_whatever_date_ice_is_told_the_person_and_counsel_are_told_too() -> None:
    case = held("ca-truth-2017", charges=VIOLENT)
    case.receive(counsel())
    case.receive(ice_contact("hold"))
    case.receive(amended(arrested_at=ARRESTED - HOUR, booked_at=ARRESTED - HOUR))
    case.at(DEADLINE - 4 * HOUR).tick()
    case.receive(bail())
    to_ice = [notice.data for notice in case.outbound if isinstance(notice, IceReleaseDateGiven)]
    assert [date.status for date in to_ice] == ["scheduled", "scheduled", "approaching", "released"]
    for audience in ("subject", "counsel"):
        twins = [
            notice.data
            for notice in case.outbound
            if isinstance(notice, SubjectReleaseDateGiven) and notice.audience == audience
        ]
        assert twins == to_ice


@pytest.mark.parametrize("form", ["I-247", "I-247A", "I-247D", "I-247N", "I-247X"])
def test_a_request_is_served_also_when_only_its_form_says_that_it_is_one(form: str) -> None:
    assert compliance(held("ca-truth-2017").receive(ice_contact(form=form))) == [True]


def test_a_mere_call_is_no_request_to_serve_but_the_date_it_is_given_is_shared() -> None:
    sent = held("ca-truth-2017").receive(ice_contact())
    assert [notice.audience for notice in sent] == ["ice", "subject"]
    assert compliance(sent) == []


@pytest.mark.parametrize(
    ("requests", "complies"),
    [(("release_date",), True), (("hold",), False), (("release_date", "hold"), False), (("transfer",), True)],
)
def test_under_the_rules_of_2017_the_person_is_told_which_requests_are_met(
    requests: tuple[str, ...], complies: bool
) -> None:
    assert compliance(held("ca-truth-2017").receive(ice_contact(*requests))) == [complies]


def test_a_person_who_is_free_is_not_told_that_a_hand_over_will_be_complied_with() -> None:
    case = held("ca-truth-2017")
    case.receive(bail())
    sent = case.receive(ice_at_the_counter())
    assert "already_released" in refusals(sent)
    assert compliance(sent) == [False]


# Profiles from 2018: a date or a person only on judicial authority or a qualification.


@pytest.mark.parametrize(
    ("qualification", "dated", "handed_over"),
    [
        (None, False, False),
        ("none", False, False),
        ("held_to_answer_7282_5_b", True, False),
        ("conviction_7282_5", True, True),
        ("judicial_warrant", True, True),
    ],
)
def test_under_the_rules_of_2018_a_qualification_decides(
    qualification: str | None, dated: bool, handed_over: bool
) -> None:
    case = held("ca-values-2018", charges=VIOLENT)
    sent = case.receive(ice_contact("release_date", qualification=qualification))
    assert statuses(sent) == ([("ero-la", "scheduled")] if dated else [])
    assert refusals(sent) == ([] if dated else ["release_date_not_public"])
    assert compliance(sent) == [dated]
    sent = case.receive(ice_at_the_counter(qualification=qualification))
    assert case.state == ("closed" if handed_over else "held")
    assert refusals(sent) == ([] if handed_over else ["judicial_authority_required"])
    assert codes(sent) == ([] if handed_over else ["custody_refused"])
    assert compliance(sent) == [handed_over]


@pytest.mark.parametrize("warrant", ["none", "administrative"])
def test_under_the_rules_of_2018_an_administrative_warrant_is_not_enough(warrant: str) -> None:
    case = held("ca-values-2018")
    assert refusals(case.receive(ice_at_the_counter(warrant=warrant))) == ["judicial_authority_required"]
    assert case.state == "held"


def test_under_the_rules_of_2018_a_judicial_warrant_is() -> None:
    case = held("ca-values-2018")
    sent = case.receive(ice_at_the_counter(warrant="judicial"))
    assert case.known.basis == "handed_over"
    assert statuses(sent) == [("ero-la", "withdrawn")]


def test_under_the_rules_of_2018_who_may_not_be_told_the_date_is_not_told_the_release_either() -> None:
    case = held("ca-values-2018")
    case.receive(
        ice_contact(reply_to="ero-la"), ice_contact(reply_to="ero-sd", qualification="conviction_7282_5")
    )
    assert statuses(case.receive(bail())) == [("ero-sd", "released")]
    assert refusals(case.receive(ice_contact(reply_to="ero-la"))) == ["release_date_not_public"]


def test_under_the_rules_of_2018_a_declined_contact_still_fixes_the_ceiling() -> None:
    case = held("ca-values-2018")
    case.receive(ice_contact("hold"))
    assert case.known.ceiling is not None
    assert codes(case.receive(voided())) == ["closed_after_contact"]


def test_under_the_rules_of_2018_no_charge_brings_active_assistance() -> None:
    case = held("ca-values-2018", charges=VIOLENT)
    case.receive(ice_contact(qualification="conviction_7282_5"))
    assert case.known.deadline is not None
    sent = case.at(case.known.deadline - HOUR).tick()
    assert [notice.audience for notice in sent] == ["watch"]
