"""Whoever is booked under rules that are lost goes in time; nothing is sent to ICE by other rules."""

from dataclasses import replace
from typing import Any

import pytest

from events.outbound import ClockAlarmed, Outbound, RecordReleased
from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    amended,
    bail,
    booked,
    contact_withdrawn,
    departed,
    ice_contact,
    probable_cause,
    transferred,
)
from tests.support.tracked import tracked
from worker.custody.rules import MissingProfileError

PROFILES = ["lapd-2016-11", "ca-truth-2017", "ca-values-2018"]


def held_with_lost_rules(profile: str = "lapd-2016-11", *, asked: bool) -> TrackedBooking:
    """A booking about which ICE may have asked, whose rules are lost from now on."""
    booking = tracked(rules_of(profile))
    booking.receive(booked())
    if asked:
        booking.receive(ice_contact())
    booking.rules = replace(booking.rules, known_profile=None)
    return booking


def alarms_of(sent: list[Outbound]) -> list[tuple[str, str]]:
    return [(one.data.code, one.data.detail) for one in sent if isinstance(one, ClockAlarmed)]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_known_deadline_is_released_with_its_limit(profile: str) -> None:
    booking = held_with_lost_rules(profile, asked=False)
    assert booking.known.deadline
    [order] = booking.at(booking.known.deadline).tick()
    assert isinstance(order, RecordReleased)
    assert (order.data.basis, order.data.entitled_at) == ("deadline", booking.known.deadline)
    assert order.data.governing_limit == booking.known.governing_limit


@pytest.mark.parametrize("profile", PROFILES)
def test_what_ice_may_be_owed_is_an_alarm_and_no_notice(profile: str) -> None:
    booking = held_with_lost_rules(profile, asked=True)
    assert booking.known.deadline
    booking.at(booking.known.deadline)
    sent = booking.tick()
    assert {one.audience for one in sent} == {"jms", "watch"}
    [(code, detail)] = alarms_of(sent)
    assert code == "profile_missing"
    assert detail.startswith(
        f"booking {booking.known.booking}: the rules that it was booked under, {profile}"
    )
    assert "no notice `released`" in detail
    assert "by hand" in detail


def test_a_contact_that_was_withdrawn_is_owed_nothing() -> None:
    booking = held_with_lost_rules(asked=True)
    assert booking.receive(contact_withdrawn()) == []
    assert alarms_of(booking.at(DEADLINE).tick()) == []


def test_the_warning_comes_and_says_that_ice_may_not_have_been_warned() -> None:
    booking = held_with_lost_rules(asked=True)
    sent = booking.at(DEADLINE - 12 * HOUR).tick()
    assert next(one.type for one in sent) == "custody.release.approaching.v1"
    assert [code for code, _ in alarms_of(sent)] == ["profile_missing"]
    assert {one.audience for one in sent} == {"watch"}


@pytest.mark.parametrize(
    ("event", "state"),
    [(bail(), "released"), (transferred(), "closed"), (departed(), "held")],
    ids=["bail", "transferred", "departed"],
)
def test_events_that_need_no_rules_take_effect(event: Any, state: str) -> None:
    booking = held_with_lost_rules(asked=True)
    sent = booking.receive(event)
    assert booking.known.state == state
    assert {one.audience for one in sent} <= {"jms", "watch"}
    assert ("profile_missing" in dict(alarms_of(sent))) == (state != "held")


@pytest.mark.parametrize(
    "event",
    [ice_contact(), amended(arrested_at=ARRESTED + HOUR), probable_cause("found")],
    ids=["contact", "amended", "probable cause"],
)
def test_an_event_that_needs_them_is_judged_by_no_others(event: Any) -> None:
    booking = held_with_lost_rules(asked=False)
    with pytest.raises(MissingProfileError, match=r"booking \S+ was booked under lapd-2016-11 .* restore"):
        booking.receive(event)
    assert booking.known.state == "held"
