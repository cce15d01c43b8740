"""What the clock promises: each promise in the simplest situation that could break it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

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
    MINUTE,
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
from tests.support.outbound import alarm_codes, release_orders
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
    """The notices to ICE."""
    return [notice for notice in sent if notice.audience == "ice"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_release_is_never_early_not_by_a_microsecond(profile: str) -> None:
    booking = tracked(rules_of(profile))
    booking.receive(booked())
    assert booking.known.deadline is not None
    booking.at(booking.known.deadline - MICROSECOND).tick()
    assert (booking.state, release_orders(booking.outbound)) == ("held", [])
    booking.at(booking.known.deadline).tick()
    assert booking.state == "released"


def test_a_deadline_is_a_whole_millisecond_and_rounded_up() -> None:
    booking = tracked()
    booking.receive(booked(ARRESTED + MICROSECOND))
    assert booking.known.deadline == DEADLINE + MILLISECOND


def test_a_release_at_the_deadline_must_not_be_early_by_the_stores_clock_either() -> None:
    booking = tracked()
    booking.receive(booked())
    transition = decide(booking.known, [Tick()], booking.rules, DEADLINE)
    assert transition.not_before == DEADLINE


def test_a_hand_over_must_be_before_the_deadline_by_the_stores_clock_too() -> None:
    booking = tracked()
    booking.receive(booked())
    asked = ice_at_the_counter(DEADLINE - MILLISECOND)
    transition = decide(booking.known, [asked], booking.rules, DEADLINE - MILLISECOND)
    assert (transition.record.basis, transition.not_after) == ("handed_over", DEADLINE)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("after", [timedelta(0), MICROSECOND, MILLISECOND - MICROSECOND], ids=str)
def test_nobody_is_handed_over_in_the_millisecond_of_the_deadline(profile: str, after: timedelta) -> None:
    """ICE asked before the deadline, and the request is processed at it."""
    booking = tracked(rules_of(profile))
    booking.receive(booked())
    deadline = booking.known.deadline
    assert deadline is not None
    asked = replace(
        ice_at_the_counter(deadline - MILLISECOND, warrant="judicial"), arrived_at=deadline - MILLISECOND
    )
    booking.at(deadline + after)
    sent = booking.commit(decide(booking.known, [asked], booking.rules, booking.now))
    assert (booking.state, booking.known.basis) == ("held", None)
    assert alarm_codes(sent) == ["custody_refused"]
    booking.tick()
    assert (booking.state, booking.known.basis) == ("released", "deadline")


def test_what_arrived_before_the_deadline_counts_before_it_however_late_it_is_processed() -> None:
    in_time, too_late = tracked(), tracked()
    for booking, arrived_at in ((in_time, DEADLINE - MICROSECOND), (too_late, DEADLINE)):
        booking.receive(booked())
        fact = replace(transferred(transferred_at=DEADLINE - HOUR), arrived_at=arrived_at)
        booking.at(DEADLINE + HOUR)
        booking.commit(decide(booking.known, [fact], booking.rules, booking.now))
    assert (in_time.state, in_time.known.basis) == ("closed", "transferred")
    assert (too_late.state, too_late.known.basis) == ("released", "deadline")


def test_a_release_at_the_deadline_waits_for_what_arrived_before_it() -> None:
    booking = tracked()
    booking.receive(booked())
    transition = decide(booking.known, [Tick()], booking.rules, DEADLINE + HOUR)
    assert (transition.record.state, transition.inbox_before) == ("released", DEADLINE)


def test_a_release_that_an_event_from_after_the_deadline_brings_waits_for_nothing() -> None:
    """Events of a booking are applied in their order: all that arrived before it has been."""
    booking = tracked()
    booking.receive(booked())
    fact = replace(hold(), arrived_at=DEADLINE)
    transition = decide(booking.known, [fact], booking.rules, DEADLINE + HOUR)
    assert (transition.record.state, transition.not_before) == ("released", DEADLINE)
    assert transition.inbox_before is None


@pytest.mark.parametrize("profile", PROFILES)
def test_what_ice_says_never_makes_the_deadline_later(profile: str) -> None:
    without, with_ice = tracked(rules_of(profile)), tracked(rules_of(profile))
    for booking in (without, with_ice):
        booking.receive(booked())
    with_ice.receive(
        ice_contact("hold", form="I-247D"),
        ice_contact("hold", form="I-247A", reply_to="ero-sd"),
        ice_contact("transfer", form="I-200"),
    )
    assert with_ice.known.deadline == without.known.deadline


@pytest.mark.parametrize("profile", PROFILES)
def test_a_contact_makes_no_deadline_earlier_either(profile: str) -> None:
    """A finding of probable cause still has its effect after a contact."""
    without, with_ice = tracked(rules_of(profile)), tracked(rules_of(profile))
    for booking in (without, with_ice):
        booking.receive(booked())
    with_ice.receive(ice_contact())
    for booking in (without, with_ice):
        booking.receive(probable_cause("found"))
    assert with_ice.known.deadline == without.known.deadline


@pytest.mark.parametrize("name", ["bail", "order", "no probable cause"])
@pytest.mark.parametrize("profile", PROFILES)
def test_bail_an_order_and_a_lack_of_probable_cause_release_at_once(profile: str, name: str) -> None:
    booking = tracked(rules_of(profile))
    booking.receive(booked(), ice_contact("hold"))
    assert len(release_orders(booking.receive(ENDINGS[name]()))) == 1
    assert booking.known.released_at == booking.now


@pytest.mark.parametrize("profile", PROFILES)
def test_ice_is_sent_nothing_about_a_booking_that_it_did_not_ask_about(profile: str) -> None:
    booking = tracked(rules_of(profile))
    booking.receive(booked(charges=[{"statute": "187(A)PC", "level": "felony"}]))
    booking.receive(event("warrant_check.completed", {"completed_at": ARRESTED, "federal_notified": True}))
    booking.receive(amended(arrested_at=ARRESTED - HOUR, booked_at=ARRESTED - HOUR))
    assert booking.known.deadline is not None
    for before in (12 * HOUR, 4 * HOUR, HOUR, timedelta(0)):
        booking.at(booking.known.deadline - before).tick()
    assert booking.state == "released"
    assert {notice.audience for notice in booking.outbound} == {"jms", "watch"}


@pytest.mark.parametrize("first", ENDINGS)
def test_custody_ends_exactly_once_whatever_arrives_afterwards(first: str) -> None:
    booking = tracked()
    booking.receive(booked())
    booking.receive(ENDINGS[first]())
    ended = [notice for notice in booking.outbound if isinstance(notice, RecordReleased | RecordClosed)]
    assert len(ended) == 1
    for other in ENDINGS.values():
        booking.receive(other())
    booking.at(DEADLINE).tick()
    booking.at(DEADLINE + 100 * HOUR).tick()
    again = [notice for notice in booking.outbound if isinstance(notice, RecordReleased | RecordClosed)]
    assert again == ended


def test_a_closed_record_has_no_timer_and_never_fires() -> None:
    booking = tracked()
    booking.receive(booked())
    booking.receive(transferred("court"))
    assert (booking.state, booking.attention) == ("closed", None)
    assert booking.at(DEADLINE + HOUR).tick() == []


def test_a_released_record_has_no_timer_once_the_person_has_left() -> None:
    booking = tracked()
    booking.receive(booked())
    booking.receive(bail())
    assert booking.attention == booking.now + 30 * timedelta(minutes=1)
    booking.receive(event("person.departed", {"departed_at": booking.now}))
    assert booking.attention is None


def test_a_held_record_always_has_a_timer_at_or_before_its_deadline() -> None:
    booking = tracked(now=ARRESTED)
    booking.receive(booked())
    expected = [DEADLINE - 12 * HOUR, DEADLINE - 4 * HOUR, DEADLINE - HOUR, DEADLINE]
    for moment in expected:
        assert booking.attention == moment
        booking.at(moment).tick()


@pytest.mark.parametrize("profile", PROFILES)
def test_an_event_that_arrives_twice_counts_once(profile: str) -> None:
    booking = tracked(rules_of(profile))
    for fact in (booked(), ice_contact("hold"), hold(), bail()):
        booking.receive(fact)
        version, sent = booking.known.version, len(booking.outbound)
        booking.receive(fact)
        assert (booking.known.version, len(booking.outbound)) == (version, sent)


def test_a_booking_that_is_past_its_deadline_when_it_arrives_is_released_after_a_minute() -> None:
    """Upstream can finish its report: a finding, a transfer or bail may be right behind."""
    booking = tracked(now=DEADLINE + 5 * HOUR)
    assert alarm_codes(booking.receive(booked())) == ["late_on_arrival"]
    assert (booking.state, booking.attention) == ("held", DEADLINE + 5 * HOUR + MINUTE)
    assert booking.at(DEADLINE + 5 * HOUR + MINUTE - MICROSECOND).tick() == []
    [order] = release_orders(booking.at(DEADLINE + 5 * HOUR + MINUTE).tick())
    assert order.data.entitled_at == DEADLINE
    assert order.data.released_at == DEADLINE + 5 * HOUR + MINUTE


def test_a_release_order_names_every_hold_that_remains() -> None:
    booking = tracked()
    booking.receive(booked(), *(hold("placed", hold_id) for hold_id in ("H-1", "H-2", "H-3")))
    booking.receive(hold("lifted", "H-1"), hold("placed", "H-2", "judicial_warrant"))
    [order] = release_orders(booking.at(DEADLINE).tick())
    remaining = [(authority.hold_id, authority.kind) for authority in order.data.remaining_authority]
    assert remaining == [("H-3", "parole"), ("H-2", "judicial_warrant")]


def test_a_hold_of_another_authority_never_moves_the_deadline() -> None:
    booking = tracked()
    booking.receive(booked(), hold(kind="judicial_warrant"))
    assert booking.known.deadline == DEADLINE


def test_a_hospital_stay_is_still_custody_and_the_clock_keeps_running() -> None:
    booking = tracked()
    booking.receive(booked(), transferred("hospital"))
    assert (booking.state, booking.known.deadline) == ("held", DEADLINE)
    booking.at(DEADLINE).tick()
    assert booking.state == "released"


def test_a_date_that_was_given_to_ice_is_withdrawn_when_the_record_is_closed() -> None:
    booking = tracked()
    booking.receive(booked(), ice_contact())
    sent = booking.receive(voided())
    [withdrawn] = for_ice(sent)
    assert isinstance(withdrawn, IceReleaseDateGiven)
    assert (withdrawn.data.status, withdrawn.data.closed_at) == ("withdrawn", booking.now)
    assert alarm_codes(sent) == ["closed_after_contact"]


def test_an_event_before_its_booking_waits_and_is_applied_when_the_booking_arrives() -> None:
    booking = tracked()
    booking.receive(bail(ARRESTED + MICROSECOND))
    assert (booking.state, booking.outbound) == ("awaiting_booking", [])
    booking.receive(booked())
    assert (booking.state, booking.known.basis) == ("released", "bail")


def test_an_event_whose_booking_does_not_arrive_raises_one_alarm() -> None:
    booking = tracked()
    booking.receive(bail())
    assert booking.attention == booking.now + timedelta(minutes=15)
    [alarm] = booking.at(booking.attention).tick()
    assert isinstance(alarm, ClockAlarmed)
    assert alarm.data.code == "unknown_booking"
    assert booking.attention is None
    assert booking.at(booking.now + 50 * HOUR).tick() == []


def test_the_hour_that_repeats_when_the_clocks_go_back_counts_as_custody() -> None:
    booking = tracked(now=la("2016-11-04 23:00"))
    booking.receive(booked(la("2016-11-04 23:00")))
    assert booking.known.deadline == la("2016-11-07 22:00")
