"""Events that the store has lost and that are put in again hours later: no deadline is later than it was."""

import itertools
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    MINUTE,
    amended,
    bail,
    booked,
    ice_contact,
    probable_cause,
    transferred,
)
from tests.support.outbound import alarm_codes
from tests.support.tracked import PROFILES, tracked
from worker.custody.decide import Received, Tick, decide
from worker.custody.record import Record

Arrived = tuple[datetime, Received]

FACTS = {
    "on time": booked(),
    "arrest in the future": booked(ARRESTED + 20 * HOUR),
    "arrest a week before": booked(ARRESTED - 167 * HOUR),
    "amended to be later": amended(arrested_at=ARRESTED + 12 * HOUR, booked_at=ARRESTED + 12 * HOUR),
    "amended to be earlier": amended(arrested_at=ARRESTED - HOUR),
    "finding": probable_cause("found", ARRESTED + 30 * MINUTE),
    "bail": bail(ARRESTED + 90 * MINUTE),
    "contact": ice_contact(),
    "to court": transferred(),
}
BOOKINGS = ("on time", "arrest in the future", "arrest a week before")
HISTORIES = [
    (booking, *then)
    for booking in BOOKINGS
    for then in itertools.permutations([name for name in FACTS if name not in BOOKINGS], 2)
]
INTERVALS = (HOUR, 49 * HOUR)


def as_it_was(profile: str, history: list[Arrived]) -> TrackedBooking:
    """The record after these arrivals, each timer fired in time."""
    booking = tracked(rules_of(profile), history[0][0])
    for at, fact in history:
        while booking.record and booking.attention and booking.attention <= at:
            booking.at(max(booking.attention, booking.now)).tick()
        arrived = replace(fact, arrived_at=at)
        booking.at(max(at, booking.now))
        booking.commit(decide(booking.record, [arrived], booking.rules, booking.now))
    return booking


def put_in_again(profile: str, history: list[Arrived], at: datetime) -> TrackedBooking:
    """The record after a store that is empty was given all of it again, an event a batch."""
    booking = tracked(rules_of(profile), at)
    for number, (accepted_at, fact) in enumerate(history):
        booking.at(at + number * timedelta(milliseconds=10))
        again = replace(fact, arrived_at=booking.now, accepted_at=accepted_at)
        booking.commit(decide(booking.record, [again, Tick()], booking.rules, booking.now))
    return booking


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("names", HISTORIES)
def test_who_was_held_is_held_with_the_deadline_that_it_had(profile: str, names: tuple[str, ...]) -> None:
    for intervals in itertools.product(INTERVALS, repeat=2):
        arrivals = [ARRESTED + HOUR * 2, *itertools.accumulate(intervals, initial=ARRESTED + HOUR * 2)][1:]
        history = [(at, FACTS[name]) for at, name in zip(arrivals, names, strict=True)]
        before = as_it_was(profile, history)
        for later in (MINUTE, 200 * HOUR):
            after = put_in_again(profile, history, arrivals[-1] + later)
            assert essence(after.known) == essence(before.known), (names, intervals, later)


def essence(record: Record) -> tuple[object, ...]:
    return record.state, record.deadline, record.ceiling, record.basis


def test_an_arrival_of_its_own_choice_makes_no_deadline_later() -> None:
    """Whoever may send events may claim that one was accepted earlier."""
    late_finding = probable_cause("found", ARRESTED + HOUR)
    booking = tracked(now=ARRESTED + HOUR)
    booking.receive(booked())
    booking.at(DEADLINE + MINUTE)
    claimed = replace(late_finding, arrived_at=booking.now, accepted_at=DEADLINE - HOUR)
    booking.commit(decide(booking.record, [claimed], booking.rules, booking.now))
    assert (booking.state, booking.known.basis) == ("released", "deadline")


def test_a_booking_put_in_again_past_its_deadline_waits_for_the_events_behind_it() -> None:
    booking = tracked(now=DEADLINE + HOUR)
    again = replace(booked(), arrived_at=booking.now, accepted_at=ARRESTED + HOUR)
    booking.commit(decide(None, [again, Tick()], booking.rules, booking.now))
    assert alarm_codes(booking.outbound) == ["late_on_arrival"]
    assert booking.attention == DEADLINE + HOUR + MINUTE
    assert [*booking.at(DEADLINE + HOUR + MINUTE).tick()]
    assert booking.state == "released"
