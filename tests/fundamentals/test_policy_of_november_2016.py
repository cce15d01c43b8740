"""The policy that the Los Angeles Police Department stated on 15 November 2016, clause by clause."""

from datetime import timedelta

import pytest

from events.inbound import INBOUND_TYPES
from events.outbound import IceReleaseDateGiven, RecordReleased
from events.testing import rules_of
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    MINUTE,
    amended,
    bail,
    booked,
    ice_at_the_counter,
    ice_contact,
    la,
    warrant_check,
)
from tests.support.outbound import alarm_codes, dates, decline_reasons
from tests.support.tracked import PROFILES, tracked

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("arrested", "released"),
    [
        ("2016-11-14 10:00", "2016-11-16 10:00"),  # 48 hours
        ("2016-11-18 10:00", "2016-11-21 10:00"),  # 72 hours: the Sunday is not counted in the 48
        ("2016-11-23 18:00", "2016-11-26 18:00"),  # 72 hours, over Thanksgiving
    ],
)
def test_clause_1_nobody_is_kept_longer_than_48_to_72_hours(arrested: str, released: str) -> None:
    booking = tracked(now=la(arrested))
    booking.receive(booked(la(arrested)))
    booking.at(la(released) - SECOND).tick()
    assert booking.state == "held"
    booking.at(la(released)).tick()
    assert booking.state == "released"
    assert booking.known.basis == "deadline"


def test_clause_2_a_request_by_ice_to_hold_longer_is_declined_and_moves_nothing() -> None:
    booking = tracked()
    booking.receive(booked())
    [answer] = booking.receive(ice_contact("hold", form="I-247D"))
    assert isinstance(answer, IceReleaseDateGiven)
    assert answer.data.hold_request == "declined"
    assert booking.known.deadline == DEADLINE
    booking.at(DEADLINE).tick()
    assert booking.state == "released"


def test_clause_2_after_a_contact_no_amendment_sets_a_later_deadline() -> None:
    booking = tracked()
    booking.receive(booked(), ice_contact())
    later = ARRESTED + 30 * HOUR
    sent = booking.at(later).receive(amended(arrested_at=later, booked_at=later))
    assert booking.known.deadline == DEADLINE
    assert alarm_codes(sent) == ["time_doubtful", "later_deadline_refused"]


def test_clause_3_whoever_makes_contact_is_given_the_release_date_at_once() -> None:
    booking = tracked()
    booking.receive(booked())
    [answer] = booking.receive(ice_contact(reply_to="ero-la"))
    assert isinstance(answer, IceReleaseDateGiven)
    assert (answer.audience, answer.route) == ("ice", "ero-la")
    assert (answer.data.status, answer.data.release_at) == ("scheduled", DEADLINE)


def test_clause_3_the_date_is_given_again_when_it_changes() -> None:
    booking = tracked()
    booking.receive(booked(), ice_contact())
    [answer] = booking.receive(amended(arrested_at=ARRESTED - HOUR, booked_at=ARRESTED - HOUR))
    assert isinstance(answer, IceReleaseDateGiven)
    assert (answer.data.status, answer.data.release_at) == ("scheduled", DEADLINE - HOUR)


def test_clause_3_and_at_the_release() -> None:
    booking = tracked()
    booking.receive(booked(), ice_contact())
    order, answer = booking.at(DEADLINE).tick()
    assert isinstance(order, RecordReleased)
    assert isinstance(answer, IceReleaseDateGiven)
    assert (answer.data.status, answer.data.released_at) == ("released", DEADLINE)


def test_clause_4_the_release_comes_on_its_date_and_before_the_notice_of_it() -> None:
    """The notice is committed with the release and listed after it; the release waits for no delivery."""
    booking = tracked()
    booking.receive(booked(), ice_contact("hold", "transfer"))
    sent = booking.at(DEADLINE).tick()
    assert isinstance(sent[0], RecordReleased)
    assert sent[0].data.released_at == sent[0].data.entitled_at == DEADLINE


@pytest.mark.parametrize("contacted", [False, True], ids=["no contact", "after a contact"])
def test_clause_5_who_bails_out_is_released_now(contacted: bool) -> None:
    booking = tracked()
    booking.receive(booked(), *([ice_contact("hold")] if contacted else []))
    order = booking.at(ARRESTED + 2 * HOUR).receive(bail(ARRESTED + 2 * HOUR))[0]
    assert isinstance(order, RecordReleased)
    assert (order.data.basis, order.data.released_at) == ("bail", ARRESTED + 2 * HOUR)


def test_clause_6_ice_may_take_over_who_is_still_in_custody() -> None:
    booking = tracked()
    booking.receive(booked())
    booking.at(DEADLINE - SECOND).receive(ice_at_the_counter(DEADLINE - 15 * MINUTE - SECOND))
    assert (booking.state, booking.known.basis) == ("closed", "handed_over")


def test_clause_6_who_asked_more_than_15_minutes_ago_made_a_contact_and_no_more() -> None:
    booking = tracked()
    booking.receive(booked())
    sent = booking.at(DEADLINE - SECOND).receive(ice_at_the_counter(DEADLINE - 15 * MINUTE - 2 * SECOND))
    assert (booking.state, alarm_codes(sent)) == ("held", ["custody_request_expired"])
    assert dates(sent) == [DEADLINE]


def test_clause_6_but_not_from_the_deadline_on() -> None:
    """The request was made in time, but is judged when it is processed."""
    booking = tracked()
    booking.receive(booked())
    sent = booking.at(DEADLINE).receive(ice_at_the_counter(requested_at=DEADLINE - MINUTE))
    assert (booking.state, booking.known.basis) == ("released", "deadline")
    assert decline_reasons(sent) == ["already_released"]
    assert alarm_codes(sent) == ["custody_refused"]


def test_clause_7_the_warrant_check_is_recorded_and_is_no_contact() -> None:
    booking = tracked()
    booking.receive(booked())
    assert booking.receive(warrant_check()) == []
    assert booking.outcomes[-1] == "noted"
    assert booking.entries[-1].content["detail"]["federal_notified"] is True
    assert (booking.known.contacts, booking.known.ceiling) == ((), None)
    sent = booking.at(DEADLINE).tick()
    assert {notice.audience for notice in sent} == {"jms"}


def test_clause_7_after_a_contact_the_warrant_check_still_sends_ice_nothing() -> None:
    booking = tracked()
    booking.receive(booked(), ice_contact("hold"))
    assert booking.receive(warrant_check()) == []
    assert (len(booking.known.contacts), booking.known.deadline) == (1, DEADLINE)


@pytest.mark.parametrize(
    ("statute", "contacted", "warned"),
    [("211PC", True, True), ("459PC", True, False), ("211PC", False, False)],
    ids=["violent and asked about", "asked about, not violent", "violent, not asked about"],
)
def test_clause_8_ice_is_warned_of_the_release_only_for_a_violent_felony_and_only_if_it_asked(
    statute: str, contacted: bool, warned: bool
) -> None:
    booking = tracked()
    booking.receive(booked(charges=[{"statute": statute, "level": "felony"}]))
    if contacted:
        booking.receive(ice_contact())
    for before in (12 * HOUR, 4 * HOUR, HOUR):
        sent = booking.at(DEADLINE - before).tick()
        assert [notice.audience for notice in sent] == (["watch", "ice"] if warned else ["watch"])


@pytest.mark.parametrize("profile", PROFILES)
def test_clause_8_no_charge_moves_a_deadline(profile: str) -> None:
    deadlines = set()
    for statute, level in (("211PC", "felony"), ("459PC", "felony"), ("484PC", "misdemeanor")):
        booking = tracked(rules_of(profile))
        booking.receive(booked(charges=[{"statute": statute, "level": level}]))
        booking.receive(ice_contact())
        deadlines.add(booking.known.deadline)
    assert len(deadlines) == 1


FORBIDDEN_WORDS = (
    "status",
    "immigration",
    "citizen",
    "national",
    "birth",
    "ethnic",
    "descent",
    "race",
    "name",
)


def test_clause_9_no_field_of_any_event_can_say_who_the_person_is_or_where_from() -> None:
    fields = {name for model in INBOUND_TYPES for name in _field_names(model.model_json_schema())}
    assert {"arrested_at", "statute", "hold_id"} <= fields
    assert not [name for name in fields if any(word in name for word in FORBIDDEN_WORDS)]


def _field_names(schema: object) -> set[str]:
    if isinstance(schema, list):
        return {name for item in schema for name in _field_names(item)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own | {name for value in schema.values() for name in _field_names(value)}
