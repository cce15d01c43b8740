"""Which alarms are the same, so that the second one counts; and what an acknowledgement does to a record."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from events.outbound import ClockAlarmed
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    MINUTE,
    bail,
    booked,
    departed,
    ice_contact,
    ordered,
    transferred,
)
from tests.support.outbound import release_orders
from tests.support.tracked import tracked
from worker.custody.attention import next_attention
from worker.custody.decide import AlarmAcknowledged, Received, Tick, decide
from worker.custody.same_alarm import raised

TOMORROW = ARRESTED + timedelta(days=1)
FUTURE_BAIL = bail(TOMORROW)


def alarms_of(*facts: Received) -> list[ClockAlarmed]:
    """The alarms about a booking to which these things happen."""
    booking = tracked(now=ARRESTED)
    booking.receive(*facts)
    return [sent for sent in booking.outbound if isinstance(sent, ClockAlarmed)]


def same(*facts: Received, code: str | None = None) -> str:
    """What makes the newest alarm the same as others."""
    return [raised(alarm).same for alarm in alarms_of(*facts) if code in {None, alarm.data.code}][-1]


def test_the_same_about_the_same_booking_is_the_same_alarm() -> None:
    assert same(booked(), departed()) == same(booked(), departed(ARRESTED + 2 * HOUR))


def test_the_same_about_another_booking_is_another_alarm() -> None:
    ours = alarms_of(booked(), departed())[-1]
    others = ours.model_copy(update={"subject": "B-2"})
    assert raised(ours).same != raised(others).same


def test_another_doubt_about_the_same_booking_is_another_alarm() -> None:
    long_ago = booked(ARRESTED - timedelta(days=9), booked_at=ARRESTED)
    before_the_arrest = [booked(), bail(ARRESTED - MINUTE)]
    assert same(long_ago) != same(*before_the_arrest)


@pytest.mark.parametrize(
    "doubtful",
    [
        lambda number, source: booked(level="x", booking=number, source=source, arrest_kind="odd"),
        lambda number, source: booked(booking=number, source=source, booked_at=TOMORROW),
    ],
    ids=["a word", "an instant in the future"],
)
def test_what_is_wrong_with_a_system_is_one_alarm_for_all_its_bookings(
    doubtful: Callable[[str, str], Received],
) -> None:
    def seen(number: str, source: str) -> str:
        booking = tracked(now=ARRESTED)
        booking.receive(doubtful(number, source))
        return raised(next(sent for sent in booking.outbound if isinstance(sent, ClockAlarmed))).same

    assert seen("B-1", "urn:test:a") == seen("B-2", "urn:test:a")
    assert seen("B-1", "urn:test:a") != seen("B-1", "urn:test:b")


def test_an_unknown_word_in_another_type_of_event_is_another_alarm() -> None:
    assert same(booked(), bail(), ordered(basis="odd"), code="word_unknown") != same(
        booked(arrest_kind="odd"), code="word_unknown"
    )


def test_a_transfer_to_an_unknown_place_is_about_the_person() -> None:
    ours = alarms_of(booked(), transferred("the annex"))[-1]
    others = ours.model_copy(
        update={
            "subject": "B-2",
            "data": ours.data.model_copy(update={"detail": ours.data.detail.replace("B-1", "B-2")}),
        }
    )
    assert ours.data.code == "word_unknown"
    assert raised(ours).same != raised(others).same


def test_an_alarm_names_the_system_and_the_type_of_event_that_it_is_about() -> None:
    data = alarms_of(booked(), departed())[-1].data
    assert (data.source, data.event_type) == ("urn:test:jms", "custody.person.departed.v1")


# An acknowledgement

BY = AlarmAcknowledged("B-1:2:0", "departed_while_held", "A. Okafor", "called the jail")


def test_an_acknowledgement_is_an_entry_of_the_journal_and_nothing_else() -> None:
    booking = tracked(now=ARRESTED)
    booking.receive(booked(), ice_contact("hold"))
    before = booking.known
    attention = next_attention(before, booking.rules, booking.now)
    assert booking.receive(BY) == []
    after = booking.known
    assert after.version == before.version + 1
    assert (after.deadline, after.ceiling, after.state) == (before.deadline, before.ceiling, "held")
    assert next_attention(after, booking.rules, booking.now) == attention
    content = booking.entries[-1].content
    assert (content["outcome"], content["cause"]) == ("alarm_acknowledged", "clock")
    assert content["detail"] == {
        "alarm": "departed_while_held",
        "alarm_id": "B-1:2:0",
        "by": "A. Okafor",
        "note": "called the jail",
    }


@pytest.mark.parametrize("late", [timedelta(0), HOUR])
def test_an_acknowledgement_at_or_after_the_deadline_delays_no_release(late: timedelta) -> None:
    booking = tracked(now=ARRESTED)
    booking.receive(booked())
    at = DEADLINE + late
    acknowledged = decide(booking.known, [BY], booking.rules, at)
    assert acknowledged.record.state == "held"
    assert acknowledged.attention == decide(booking.known, [], booking.rules, at).attention
    released = decide(acknowledged.record, [Tick()], booking.rules, at)
    assert len(release_orders(released.outbound)) == 1


def test_an_acknowledgement_about_a_number_without_a_booking_yet_keeps_what_waits() -> None:
    booking = tracked(now=ARRESTED)
    booking.receive(departed())
    booking.receive(BY)
    assert booking.known.state == "awaiting_booking"
    assert len(booking.known.awaiting) == 1
