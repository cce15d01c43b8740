"""From 2017 the person is served and notified; from 2018 a date or a hand-over needs a legal basis."""

import pytest

from events.outbound import (
    IceReleaseDateGiven,
    SubjectIceRequestServed,
    SubjectReleaseDateGiven,
)
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    amended,
    bail,
    counsel,
    ice_at_the_counter,
    ice_contact,
    voided,
)
from tests.support.outbound import alarm_codes, compliance, decline_reasons, statuses
from tests.support.tracked import PROFILES, held

SINCE_2017 = PROFILES[1:]
VIOLENT = [{"statute": "211PC", "level": "felony"}]


# Profiles from 2017: the person is served a copy of each request, and sent every date that ICE is sent.


def test_before_2017_neither_the_person_nor_counsel_is_notified() -> None:
    booking = held()
    booking.receive(counsel())
    booking.receive(ice_contact("hold"))
    booking.receive(bail())
    assert {notice.audience for notice in booking.outbound} == {"ice", "jms"}


@pytest.mark.parametrize("profile", SINCE_2017)
def test_since_2017_the_person_and_counsel_are_served_a_copy_of_each_request(profile: str) -> None:
    booking = held(profile)
    booking.receive(counsel("public-defender"))
    sent = booking.receive(ice_contact("hold", form="I-247A", contacted_at=ARRESTED + HOUR))
    copies = [notice for notice in sent if isinstance(notice, SubjectIceRequestServed)]
    assert [(copy.audience, copy.route) for copy in copies] == [
        ("subject", None),
        ("counsel", "public-defender"),
    ]
    for copy in copies:
        assert (copy.data.form, copy.data.requests) == ("I-247A", ("hold",))
        assert (copy.data.contacted_at, copy.data.will_comply) == (ARRESTED + HOUR, False)


def test_since_2017_every_date_sent_to_ice_is_sent_to_the_person_and_counsel_too() -> None:
    booking = held("ca-truth-2017", charges=VIOLENT)
    booking.receive(counsel())
    booking.receive(ice_contact("hold"))
    booking.receive(amended(arrested_at=ARRESTED - HOUR, booked_at=ARRESTED - HOUR))
    booking.at(DEADLINE - 4 * HOUR).tick()
    booking.receive(bail())
    to_ice = [notice.data for notice in booking.outbound if isinstance(notice, IceReleaseDateGiven)]
    assert [date.status for date in to_ice] == ["scheduled", "scheduled", "approaching", "released"]
    for audience in ("subject", "counsel"):
        copies = [
            notice.data
            for notice in booking.outbound
            if isinstance(notice, SubjectReleaseDateGiven) and notice.audience == audience
        ]
        assert copies == to_ice


@pytest.mark.parametrize("form", ["I-247", "I-247A", "I-247D", "I-247N", "I-247X"])
def test_a_contact_that_is_a_request_only_by_its_form_is_served(form: str) -> None:
    assert compliance(held("ca-truth-2017").receive(ice_contact(form=form))) == [True]


def test_a_mere_call_is_not_served_but_the_date_that_it_is_given_is_shared() -> None:
    sent = held("ca-truth-2017").receive(ice_contact())
    assert [notice.audience for notice in sent] == ["ice", "subject"]
    assert compliance(sent) == []


@pytest.mark.parametrize(
    ("requests", "complies"),
    [(("release_date",), True), (("hold",), False), (("release_date", "hold"), False), (("transfer",), True)],
)
def test_under_the_rules_of_2017_the_copy_says_whether_the_agency_will_comply(
    requests: tuple[str, ...], complies: bool
) -> None:
    assert compliance(held("ca-truth-2017").receive(ice_contact(*requests))) == [complies]


def test_after_the_release_the_copy_says_that_the_agency_will_not_hand_the_person_over() -> None:
    booking = held("ca-truth-2017")
    booking.receive(bail())
    sent = booking.receive(ice_at_the_counter())
    assert "already_released" in decline_reasons(sent)
    assert compliance(sent) == [False]


# Profiles from 2018: ICE gets a date or a person only on judicial authority or a qualification.


@pytest.mark.parametrize(
    ("qualification", "date_given", "handed_over"),
    [
        (None, False, False),
        ("none", False, False),
        ("held_to_answer_7282_5_b", True, False),
        ("conviction_7282_5", True, True),
        ("judicial_warrant", True, True),
    ],
)
def test_under_the_rules_of_2018_the_qualification_decides_on_the_date_and_the_hand_over(
    qualification: str | None, date_given: bool, handed_over: bool
) -> None:
    booking = held("ca-values-2018", charges=VIOLENT)
    sent = booking.receive(ice_contact("release_date", qualification=qualification))
    assert statuses(sent) == ([("ero-la", "scheduled")] if date_given else [])
    assert decline_reasons(sent) == ([] if date_given else ["release_date_not_public"])
    assert compliance(sent) == [date_given]
    sent = booking.receive(ice_at_the_counter(qualification=qualification))
    assert booking.state == ("closed" if handed_over else "held")
    assert decline_reasons(sent) == ([] if handed_over else ["judicial_authority_required"])
    assert alarm_codes(sent) == ([] if handed_over else ["custody_refused"])
    assert compliance(sent) == [handed_over]


@pytest.mark.parametrize("warrant", ["none", "administrative"])
def test_under_the_rules_of_2018_an_administrative_warrant_is_not_enough_for_a_hand_over(
    warrant: str,
) -> None:
    booking = held("ca-values-2018")
    assert decline_reasons(booking.receive(ice_at_the_counter(warrant=warrant))) == [
        "judicial_authority_required"
    ]
    assert booking.state == "held"


def test_under_the_rules_of_2018_a_judicial_warrant_is_enough_for_a_hand_over() -> None:
    booking = held("ca-values-2018")
    sent = booking.receive(ice_at_the_counter(warrant="judicial"))
    assert booking.known.basis == "handed_over"
    assert statuses(sent) == [("ero-la", "withdrawn")]


def test_under_the_rules_of_2018_a_route_that_was_denied_the_date_is_not_sent_the_release_either() -> None:
    booking = held("ca-values-2018")
    booking.receive(
        ice_contact(reply_to="ero-la"), ice_contact(reply_to="ero-sd", qualification="conviction_7282_5")
    )
    assert statuses(booking.receive(bail())) == [("ero-sd", "released")]
    assert decline_reasons(booking.receive(ice_contact(reply_to="ero-la"))) == ["release_date_not_public"]


def test_under_the_rules_of_2018_a_declined_contact_still_fixes_the_ceiling() -> None:
    booking = held("ca-values-2018")
    booking.receive(ice_contact("hold"))
    assert booking.known.ceiling is not None
    assert alarm_codes(booking.receive(voided())) == ["closed_after_contact"]


def test_under_the_rules_of_2018_ice_is_not_warned_of_a_release_even_for_a_violent_felony() -> None:
    booking = held("ca-values-2018", charges=VIOLENT)
    booking.receive(ice_contact(qualification="conviction_7282_5"))
    assert booking.known.deadline is not None
    sent = booking.at(booking.known.deadline - HOUR).tick()
    assert [notice.audience for notice in sent] == ["watch"]
