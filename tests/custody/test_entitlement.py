"""Since when a person was entitled to go: fixed at the release, corrected only to an earlier instant."""

from datetime import timedelta

import pytest

from events.outbound import RecordReleased
from events.testing import TrackedBooking
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    MINUTE,
    amended,
    bail,
    booked,
    ordered,
    probable_cause,
    transferred,
)
from tests.support.tracked import tracked
from worker.custody.decide import Received

MICROSECOND = timedelta(microseconds=1)


def released_at_the_deadline() -> TrackedBooking:
    case = tracked()
    case.receive(booked())
    case.at(DEADLINE).tick()
    return case


def test_at_the_deadline_the_entitlement_is_the_deadline() -> None:
    case = tracked()
    case.receive(booked())
    [order] = case.at(DEADLINE + 30 * timedelta(seconds=1)).tick()
    assert isinstance(order, RecordReleased)
    assert (order.data.entitled_at, order.data.released_at) == (DEADLINE, case.now)
    assert order.data.governing_limit == "court_48h"


def test_by_an_event_the_entitlement_is_the_instant_of_the_event() -> None:
    case = tracked()
    case.receive(booked())
    [order] = case.at(ARRESTED + 2 * HOUR).receive(ordered(ARRESTED + 2 * HOUR - MINUTE, "citation"))
    assert isinstance(order, RecordReleased)
    assert (order.data.entitled_at, order.data.basis) == (ARRESTED + 2 * HOUR - MINUTE, "citation")
    assert order.data.governing_limit is None


def test_the_entitlement_is_never_after_the_deadline() -> None:
    """Upstream's clock may be a little ahead, and the bail dated after a deadline that is not yet reached."""
    case = tracked()
    case.receive(booked())
    case.at(DEADLINE - MINUTE).receive(bail(DEADLINE + MINUTE))
    assert (case.known.basis, case.known.entitled_at) == ("bail", DEADLINE)


def test_the_entitlement_is_kept_to_the_millisecond_and_not_after_the_event() -> None:
    case = tracked()
    case.receive(booked())
    case.at(ARRESTED + 2 * HOUR).receive(bail(ARRESTED + HOUR + 1999 * MICROSECOND))
    assert case.known.entitled_at == ARRESTED + HOUR + 1000 * MICROSECOND


@pytest.mark.parametrize(
    "fact",
    [bail(ARRESTED + HOUR), ordered(ARRESTED + HOUR), probable_cause("not_found", ARRESTED + HOUR)],
    ids=["bail", "order", "no probable cause"],
)
def test_an_earlier_end_of_custody_that_is_learned_of_after_the_release_corrects_it(fact: Received) -> None:
    case = released_at_the_deadline()
    assert case.receive(fact) == []
    assert case.known.entitled_at == ARRESTED + HOUR
    assert (case.known.basis, case.known.released_at) == ("deadline", DEADLINE)
    assert case.outcomes[-1] == "entitlement_corrected"


def test_a_later_one_corrects_nothing() -> None:
    case = released_at_the_deadline()
    case.receive(bail(ARRESTED + HOUR))
    case.receive(bail(ARRESTED + 2 * HOUR))
    assert case.known.entitled_at == ARRESTED + HOUR
    assert case.outcomes[-1] == "noted"


def test_an_earlier_one_corrects_also_a_release_by_an_event() -> None:
    case = tracked(now=ARRESTED + 5 * HOUR)
    case.receive(booked())
    case.receive(bail(ARRESTED + 4 * HOUR))
    case.receive(ordered(ARRESTED + 3 * HOUR))
    assert (case.known.basis, case.known.entitled_at) == ("bail", ARRESTED + 3 * HOUR)


@pytest.mark.parametrize("by", [-HOUR, HOUR], ids=["earlier", "later"])
def test_an_amendment_after_the_release_corrects_only_to_an_earlier_deadline(by: timedelta) -> None:
    case = released_at_the_deadline()
    assert case.receive(amended(arrested_at=ARRESTED + by, booked_at=ARRESTED + by)) == []
    assert case.known.entitled_at == DEADLINE + min(by, timedelta(0))
    assert case.known.deadline == DEADLINE


def test_nothing_corrects_a_record_that_was_closed() -> None:
    case = tracked()
    case.receive(booked(), transferred())
    case.receive(bail(ARRESTED + MINUTE))
    assert (case.known.entitled_at, case.outcomes[-1]) == (None, "noted")


def test_bail_that_comes_with_the_deadline_already_past_is_too_late_to_be_the_basis() -> None:
    case = tracked()
    case.receive(booked())
    case.at(DEADLINE).receive(bail(DEADLINE - HOUR))
    assert case.outcomes[-2:] == ["released", "entitlement_corrected"]
    assert (case.known.basis, case.known.entitled_at) == ("deadline", DEADLINE - HOUR)
