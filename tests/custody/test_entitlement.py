"""When a person became entitled to go: fixed at the release, corrected only to an earlier instant."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from events.outbound import RecordReleased
from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    MINUTE,
    amended,
    bail,
    booked,
    la,
    ordered,
    probable_cause,
    transferred,
)
from tests.support.tracked import tracked
from worker.custody.decide import Received, decide

MICROSECOND = timedelta(microseconds=1)


def released_at_the_deadline() -> TrackedBooking:
    booking = tracked()
    booking.receive(booked())
    booking.at(DEADLINE).tick()
    return booking


def test_the_entitlement_of_a_release_at_the_deadline_is_the_deadline() -> None:
    booking = tracked()
    booking.receive(booked())
    [order] = booking.at(DEADLINE + 30 * timedelta(seconds=1)).tick()
    assert isinstance(order, RecordReleased)
    assert (order.data.entitled_at, order.data.released_at) == (DEADLINE, booking.now)
    assert order.data.governing_limit == "court_48h"


def test_the_entitlement_of_a_release_by_an_event_is_the_instant_of_the_event() -> None:
    booking = tracked()
    booking.receive(booked())
    [order] = booking.at(ARRESTED + 2 * HOUR).receive(ordered(ARRESTED + 2 * HOUR - MINUTE, "citation"))
    assert isinstance(order, RecordReleased)
    assert (order.data.entitled_at, order.data.basis) == (ARRESTED + 2 * HOUR - MINUTE, "citation")
    assert order.data.governing_limit is None


def test_the_entitlement_is_never_after_the_deadline() -> None:
    """Bail arrived in time and is dated after the deadline, and is applied only then."""
    booking = tracked()
    booking.receive(booked())
    late = replace(bail(DEADLINE + MINUTE), arrived_at=DEADLINE - MINUTE)
    booking.at(DEADLINE + 2 * MINUTE)
    booking.commit(decide(booking.known, [late], booking.rules, booking.now))
    assert (booking.known.basis, booking.known.entitled_at) == ("bail", DEADLINE)


def test_the_entitlement_is_never_in_the_future() -> None:
    """Upstream's clock may run ahead."""
    booking = tracked()
    booking.receive(booked())
    booking.at(DEADLINE - HOUR).receive(bail(DEADLINE - MINUTE))
    assert (booking.known.basis, booking.known.entitled_at) == ("bail", DEADLINE - HOUR)


def test_the_entitlement_is_rounded_down_to_the_millisecond() -> None:
    booking = tracked()
    booking.receive(booked())
    booking.at(ARRESTED + 2 * HOUR).receive(bail(ARRESTED + HOUR + 1999 * MICROSECOND))
    assert booking.known.entitled_at == ARRESTED + HOUR + 1000 * MICROSECOND


@pytest.mark.parametrize(
    "fact",
    [bail(ARRESTED + HOUR), ordered(ARRESTED + HOUR), probable_cause("not_found", ARRESTED + HOUR)],
    ids=["bail", "order", "no probable cause"],
)
def test_an_earlier_end_of_custody_reported_after_the_release_corrects_the_entitlement(
    fact: Received,
) -> None:
    booking = released_at_the_deadline()
    assert booking.receive(fact) == []
    assert booking.known.entitled_at == ARRESTED + HOUR
    assert (booking.known.basis, booking.known.released_at) == ("deadline", DEADLINE)
    assert booking.outcomes[-1] == "entitlement_corrected"


def test_a_later_end_of_custody_corrects_nothing() -> None:
    booking = released_at_the_deadline()
    booking.receive(bail(ARRESTED + HOUR))
    booking.receive(bail(ARRESTED + 2 * HOUR))
    assert booking.known.entitled_at == ARRESTED + HOUR
    assert booking.outcomes[-1] == "noted"


def test_an_earlier_end_of_custody_also_corrects_a_release_by_an_event() -> None:
    booking = tracked(now=ARRESTED + 5 * HOUR)
    booking.receive(booked())
    booking.receive(bail(ARRESTED + 4 * HOUR))
    booking.receive(ordered(ARRESTED + 3 * HOUR))
    assert (booking.known.basis, booking.known.entitled_at) == ("bail", ARRESTED + 3 * HOUR)


@pytest.mark.parametrize("by", [-HOUR, HOUR], ids=["earlier", "later"])
def test_an_amendment_after_the_release_corrects_the_entitlement_only_to_an_earlier_instant(
    by: timedelta,
) -> None:
    booking = released_at_the_deadline()
    assert booking.receive(amended(arrested_at=ARRESTED + by, booked_at=ARRESTED + by)) == []
    assert booking.known.entitled_at == DEADLINE + min(by, timedelta(0))
    assert booking.known.deadline == DEADLINE


def test_an_amendment_that_makes_a_finding_late_corrects_the_entitlement_to_what_it_was_without() -> None:
    booking = tracked(rules_of("ca-values-2018"))
    booking.receive(booked())
    booking.at(DEADLINE - MINUTE).receive(probable_cause("found", DEADLINE - MINUTE))
    booking.at(la("2016-11-16 16:30")).tick()
    assert booking.known.entitled_at == booking.now
    booking.receive(amended(arrested_at=ARRESTED - HOUR))
    assert booking.known.entitled_at == DEADLINE - HOUR


def test_a_closed_record_has_no_entitlement_to_correct() -> None:
    booking = tracked()
    booking.receive(booked(), transferred())
    booking.receive(bail(ARRESTED + MINUTE))
    assert (booking.known.entitled_at, booking.outcomes[-1]) == (None, "noted")


def test_bail_that_arrives_at_the_deadline_corrects_the_entitlement_but_is_not_the_basis() -> None:
    booking = tracked()
    booking.receive(booked())
    booking.at(DEADLINE).receive(bail(DEADLINE - HOUR))
    assert booking.outcomes[-2:] == ["released", "entitlement_corrected"]
    assert (booking.known.basis, booking.known.entitled_at) == ("deadline", DEADLINE - HOUR)
