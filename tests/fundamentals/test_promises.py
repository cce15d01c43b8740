"""What the clock promises, each promise in the plainest case that can break it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from events.outbound import (
    ClockAlarmed,
    IceReleaseDateGiven,
    Outbound,
    RecordClosed,
    RecordReleased,
)
from events.testing import rules_of
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    amended,
    bail,
    booked,
    died,
    escaped,
    event,
    hold,
    ice_at_the_counter,
    ice_contact,
    la,
    ordered,
    probable_cause,
    transferred,
    voided,
)
from tests.support.outbound import codes, orders
from tests.support.tracked import PROFILES, tracked
from worker.custody.decide import Received, Tick, decide

MICROSECOND = timedelta(microseconds=1)
MILLISECOND = timedelta(milliseconds=1)
ENDINGS: dict[str, Callable[[], Received]] = {
    "bail": bail,
    "order": ordered,
    "no probable cause": lambda: probable_cause("not_found"),
    "transfer": transferred,
    "escape": escaped,
    "death": died,
    "void": voided,
    "hand-over": lambda: ice_at_the_counter(warrant="judicial"),
}


def for_ice(sent: list[Outbound]) -> list[Outbound]:
    """What ICE was told."""
    return [notice for notice in sent if notice.audience == "ice"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_release_is_never_early_not_by_a_microsecond(profile: str) -> None:
    case = tracked(rules_of(profile))
    case.receive(booked())
    assert case.known.deadline is not None
    case.at(case.known.deadline - MICROSECOND).tick()
    assert (case.state, orders(case.outbound)) == ("held", [])
    case.at(case.known.deadline).tick()
    assert case.state == "released"


def test_a_deadline_is_a_whole_millisecond_and_rounded_up() -> None:
    case = tracked()
    case.receive(booked(ARRESTED + MICROSECOND))
    assert case.known.deadline == DEADLINE + MILLISECOND


def test_a_release_at_the_deadline_is_bound_to_the_stores_clock_too() -> None:
    case = tracked()
    case.receive(booked())
    transition = decide(case.known, [Tick()], case.rules, DEADLINE)
    assert transition.not_before == DEADLINE


def test_a_hand_over_is_bound_to_be_before_the_deadline_on_the_stores_clock_too() -> None:
    case = tracked()
    case.receive(booked())
    transition = decide(case.known, [ice_at_the_counter()], case.rules, DEADLINE - MILLISECOND)
    assert (transition.record.basis, transition.not_after) == ("handed_over", DEADLINE)


@pytest.mark.parametrize("profile", PROFILES)
def test_what_ice_says_never_makes_the_deadline_later(profile: str) -> None:
    without, with_ice = tracked(rules_of(profile)), tracked(rules_of(profile))
    for case in (without, with_ice):
        case.receive(booked())
    with_ice.receive(
        ice_contact("hold", form="I-247D"),
        ice_contact("hold", form="I-247A", reply_to="ero-sd"),
        ice_contact("transfer", form="I-200"),
    )
    assert with_ice.known.deadline == without.known.deadline


@pytest.mark.parametrize("profile", PROFILES)
def test_a_contact_lets_nobody_go_early_either(profile: str) -> None:
    """A finding of probable cause still has its effect after a contact."""
    without, with_ice = tracked(rules_of(profile)), tracked(rules_of(profile))
    for case in (without, with_ice):
        case.receive(booked())
    with_ice.receive(ice_contact())
    for case in (without, with_ice):
        case.receive(probable_cause("found"))
    assert with_ice.known.deadline == without.known.deadline


@pytest.mark.parametrize("name", ["bail", "order", "no probable cause"])
@pytest.mark.parametrize("profile", PROFILES)
def test_bail_an_order_and_a_missing_cause_release_at_once(profile: str, name: str) -> None:
    case = tracked(rules_of(profile))
    case.receive(booked(), ice_contact("hold"))
    assert len(orders(case.receive(ENDINGS[name]()))) == 1
    assert case.known.released_at == case.now


@pytest.mark.parametrize("profile", PROFILES)
def test_ice_is_told_nothing_about_a_booking_that_it_did_not_ask_about(profile: str) -> None:
    case = tracked(rules_of(profile))
    case.receive(booked(charges=[{"statute": "187(A)PC", "level": "felony"}]))
    case.receive(event("warrant_check.completed", {"completed_at": ARRESTED, "federal_notified": True}))
    case.receive(amended(arrested_at=ARRESTED - HOUR, booked_at=ARRESTED - HOUR))
    assert case.known.deadline is not None
    for before in (12 * HOUR, 4 * HOUR, HOUR, timedelta(0)):
        case.at(case.known.deadline - before).tick()
    assert case.state == "released"
    assert {notice.audience for notice in case.outbound} == {"jms", "watch"}


@pytest.mark.parametrize("first", ENDINGS)
def test_there_is_exactly_one_end_of_custody_whatever_comes_after_it(first: str) -> None:
    case = tracked()
    case.receive(booked())
    case.receive(ENDINGS[first]())
    ended = [notice for notice in case.outbound if isinstance(notice, RecordReleased | RecordClosed)]
    assert len(ended) == 1
    for other in ENDINGS.values():
        case.receive(other())
    case.at(DEADLINE).tick()
    case.at(DEADLINE + 100 * HOUR).tick()
    again = [notice for notice in case.outbound if isinstance(notice, RecordReleased | RecordClosed)]
    assert again == ended


def test_a_closed_record_has_no_timer_and_never_fires() -> None:
    case = tracked()
    case.receive(booked())
    case.receive(transferred("court"))
    assert (case.state, case.attention) == ("closed", None)
    assert case.at(DEADLINE + HOUR).tick() == []


def test_a_released_record_has_no_timer_once_the_person_has_left() -> None:
    case = tracked()
    case.receive(booked())
    case.receive(bail())
    assert case.attention == case.now + 30 * timedelta(minutes=1)
    case.receive(event("person.departed", {"departed_at": case.now}))
    assert case.attention is None


def test_a_held_record_always_has_a_timer_at_or_before_its_deadline() -> None:
    case = tracked(now=ARRESTED)
    case.receive(booked())
    expected = [DEADLINE - 12 * HOUR, DEADLINE - 4 * HOUR, DEADLINE - HOUR, DEADLINE]
    for moment in expected:
        assert case.attention == moment
        case.at(moment).tick()


@pytest.mark.parametrize("profile", PROFILES)
def test_an_event_that_comes_twice_counts_once(profile: str) -> None:
    case = tracked(rules_of(profile))
    for fact in (booked(), ice_contact("hold"), hold(), bail()):
        case.receive(fact)
        version, sent = case.known.version, len(case.outbound)
        case.receive(fact)
        assert (case.known.version, len(case.outbound)) == (version, sent)


def test_a_booking_that_is_past_its_deadline_when_it_arrives_is_released_at_once() -> None:
    case = tracked(now=DEADLINE + 5 * HOUR)
    [order] = orders(case.receive(booked()))
    assert order.data.entitled_at == DEADLINE
    assert order.data.released_at == DEADLINE + 5 * HOUR


def test_a_release_order_names_every_hold_that_remains() -> None:
    case = tracked()
    case.receive(booked(), *(hold("placed", hold_id) for hold_id in ("H-1", "H-2", "H-3")))
    case.receive(hold("lifted", "H-1"), hold("placed", "H-2", "judicial_warrant"))
    [order] = orders(case.at(DEADLINE).tick())
    remaining = [(authority.hold_id, authority.kind) for authority in order.data.remaining_authority]
    assert remaining == [("H-3", "parole"), ("H-2", "judicial_warrant")]


def test_a_hold_of_another_authority_never_moves_the_deadline() -> None:
    case = tracked()
    case.receive(booked(), hold(kind="judicial_warrant"))
    assert case.known.deadline == DEADLINE


def test_a_hospital_is_still_custody_and_the_clock_runs_on() -> None:
    case = tracked()
    case.receive(booked(), transferred("hospital"))
    assert (case.state, case.known.deadline) == ("held", DEADLINE)
    case.at(DEADLINE).tick()
    assert case.state == "released"


def test_a_date_that_was_given_to_ice_is_withdrawn_when_the_record_is_closed() -> None:
    case = tracked()
    case.receive(booked(), ice_contact())
    sent = case.receive(voided())
    [withdrawn] = for_ice(sent)
    assert isinstance(withdrawn, IceReleaseDateGiven)
    assert (withdrawn.data.status, withdrawn.data.closed_at) == ("withdrawn", case.now)
    assert codes(sent) == ["closed_after_contact"]


def test_an_event_before_its_booking_waits_and_is_applied_when_the_booking_comes() -> None:
    case = tracked()
    case.receive(bail(ARRESTED + MICROSECOND))
    assert (case.state, case.outbound) == ("awaiting_booking", [])
    case.receive(booked())
    assert (case.state, case.known.basis) == ("released", "bail")


def test_an_event_whose_booking_does_not_come_is_an_alarm_once() -> None:
    case = tracked()
    case.receive(bail())
    assert case.attention == case.now + timedelta(minutes=15)
    [alarm] = case.at(case.attention).tick()
    assert isinstance(alarm, ClockAlarmed)
    assert alarm.data.code == "unknown_booking"
    assert case.attention is None
    assert case.at(case.now + 50 * HOUR).tick() == []


def test_an_hour_that_the_clocks_repeat_is_an_hour_more_on_the_wall_and_not_in_custody() -> None:
    case = tracked(now=la("2016-11-04 23:00"))
    case.receive(booked(la("2016-11-04 23:00")))
    assert case.known.deadline == la("2016-11-07 22:00")
