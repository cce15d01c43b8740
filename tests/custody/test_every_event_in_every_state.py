"""What each kind of event does to a record in each state: the whole table, under the default profile."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from events.inbound import INBOUND_TYPES
from events.testing import TrackedBooking
from ops.pages import record_samples
from tests.support.arrivals import (
    ARRESTED,
    HOUR,
    amended,
    bail,
    booked,
    counsel,
    departed,
    died,
    escaped,
    hold,
    ice_at_the_counter,
    ice_contact,
    ordered,
    probable_cause,
    transferred,
    voided,
    warrant_check,
)
from tests.support.tracked import tracked
from worker.custody.decide import Received

EARLIER = ARRESTED - HOUR

EVENTS: dict[str, Callable[[], Received]] = {
    "booked again, otherwise": lambda: booked(EARLIER),
    "amended": lambda: amended(arrested_at=EARLIER, booked_at=EARLIER),
    "voided": voided,
    "bail": bail,
    "ordered": ordered,
    "probable cause found": lambda: probable_cause("found"),
    "no probable cause": lambda: probable_cause("not_found"),
    "at court": lambda: transferred("court"),
    "with the sheriff": lambda: transferred("sheriff"),
    "with another agency": lambda: transferred("other_agency"),
    "at a hospital": lambda: transferred("hospital"),
    "escaped": escaped,
    "died": died,
    "departed": departed,
    "hold placed": lambda: hold("placed"),
    "hold lifted": lambda: hold("lifted"),
    "warrant check": warrant_check,
    "ice calls": ice_contact,
    "ice at the counter": ice_at_the_counter,
    "counsel": counsel,
}


class Effect(NamedTuple):
    """What the journal calls it, the state after it, and what others are told."""

    outcome: str
    state: str
    sent: tuple[str, ...] = ()


NOTED_ON_RELEASED = Effect("noted", "released")
NOTED_ON_CLOSED = Effect("noted", "closed")
RELEASED = Effect("released", "released", ("record.released",))
CLOSED = Effect("closed", "closed", ("record.closed",))
LEFT = Effect("departed", "released")

# name -> what it does to a held record, to a released one, to a closed one
TABLE: dict[str, tuple[Effect, Effect, Effect]] = {
    "booked again, otherwise": (
        Effect("booking_conflict", "held", ("clock.alarmed",)),
        Effect("booking_conflict", "released", ("clock.alarmed",)),
        Effect("booking_conflict", "closed", ("clock.alarmed",)),
    ),
    "amended": (Effect("amended", "held"), NOTED_ON_RELEASED, NOTED_ON_CLOSED),
    "voided": (CLOSED, NOTED_ON_RELEASED, NOTED_ON_CLOSED),
    "bail": (RELEASED, NOTED_ON_RELEASED, NOTED_ON_CLOSED),
    "ordered": (RELEASED, NOTED_ON_RELEASED, NOTED_ON_CLOSED),
    "probable cause found": (Effect("probable_cause_found", "held"), NOTED_ON_RELEASED, NOTED_ON_CLOSED),
    "no probable cause": (RELEASED, NOTED_ON_RELEASED, NOTED_ON_CLOSED),
    "at court": (CLOSED, LEFT, NOTED_ON_CLOSED),
    "with the sheriff": (CLOSED, LEFT, NOTED_ON_CLOSED),
    "with another agency": (CLOSED, LEFT, NOTED_ON_CLOSED),
    "at a hospital": (
        Effect("at_hospital", "held"),
        Effect("at_hospital", "released"),
        Effect("at_hospital", "closed"),
    ),
    "escaped": (CLOSED, LEFT, NOTED_ON_CLOSED),
    "died": (CLOSED, LEFT, NOTED_ON_CLOSED),
    "departed": (
        Effect("departed_while_held", "held", ("clock.alarmed",)),
        LEFT,
        Effect("departed", "closed"),
    ),
    "hold placed": (
        Effect("hold_placed", "held"),
        Effect("hold_placed", "released"),
        Effect("hold_placed", "closed"),
    ),
    "hold lifted": (
        Effect("hold_lifted", "held"),
        Effect("hold_lifted", "released"),
        Effect("hold_lifted", "closed"),
    ),
    "warrant check": (Effect("noted", "held"), NOTED_ON_RELEASED, NOTED_ON_CLOSED),
    "ice calls": (
        Effect("ice_told", "held", ("ice.release_date_given",)),
        Effect("ice_told", "released", ("ice.release_date_given",)),
        Effect("ice_declined", "closed", ("ice.request_declined",)),
    ),
    "ice at the counter": (
        Effect("handed_over", "closed", ("record.closed", "ice.release_date_given")),
        Effect(
            "custody_refused",
            "released",
            ("ice.release_date_given", "ice.request_declined", "clock.alarmed"),
        ),
        Effect("custody_refused", "closed", ("ice.request_declined", "clock.alarmed")),
    ),
    "counsel": (
        Effect("counsel_named", "held"),
        Effect("counsel_named", "released"),
        Effect("counsel_named", "closed"),
    ),
}


def held() -> TrackedBooking:
    case = tracked(now=ARRESTED + HOUR)
    case.receive(booked())
    return case


def released() -> TrackedBooking:
    case = held()
    case.receive(bail())
    return case


def closed() -> TrackedBooking:
    case = held()
    case.receive(transferred())
    return case


def effect(case: TrackedBooking, fact: Received) -> Effect:
    """What this event does to this case."""
    before = len(case.entries)
    sent = case.receive(fact)
    [entry] = case.entries[before:]
    kinds = tuple(notice.type.removeprefix("custody.").removesuffix(".v1") for notice in sent)
    return Effect(entry.content["outcome"], case.state, kinds)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_does_to_a_held_record_what_the_table_says(name: str) -> None:
    assert effect(held(), EVENTS[name]()) == TABLE[name][0]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_never_reopens_a_released_record(name: str) -> None:
    assert effect(released(), EVENTS[name]()) == TABLE[name][1]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_never_reopens_a_closed_record(name: str) -> None:
    assert effect(closed(), EVENTS[name]()) == TABLE[name][2]


@pytest.mark.parametrize("name", [name for name in EVENTS if name != "booked again, otherwise"])
def test_before_the_booking_every_other_event_waits_whole(name: str) -> None:
    case, fact = tracked(), EVENTS[name]()
    assert effect(case, fact) == Effect("kept_until_booking", "awaiting_booking")
    assert case.known.awaiting == (fact.raw,)
    assert case.known.deadline is None


def test_before_the_booking_the_booking_starts_the_clock() -> None:
    assert effect(tracked(), booked()) == Effect("clock_started", "held")


@pytest.mark.parametrize(
    "fact",
    [
        bail(EARLIER),
        ordered(EARLIER),
        probable_cause("found", EARLIER),
        probable_cause("not_found", EARLIER),
        transferred("court", EARLIER),
        transferred("hospital", EARLIER),
        escaped(EARLIER),
        died(EARLIER),
        departed(EARLIER),
        warrant_check(EARLIER),
        ice_contact(contacted_at=EARLIER),
        ice_at_the_counter(requested_at=EARLIER),
    ],
    ids=lambda fact: fact.event.type,
)
@pytest.mark.parametrize("state", [held, released, closed], ids=lambda state: state.__name__)
def test_an_event_from_before_the_arrest_is_refused_and_leaves_no_trace(
    state: Callable[[], TrackedBooking], fact: Received
) -> None:
    case = state()
    before = case.known
    assert case.receive(fact) == []
    assert case.known == before
    [rejected] = case.rejected
    assert (rejected.reason, rejected.event, rejected.inbox_id) == (
        "impossible_times",
        fact.raw.encode(),
        fact.inbox_id,
    )


def test_the_page_of_states_is_made_from_this_table() -> None:
    assert dict(record_samples.effects()) == TABLE


def test_the_table_leaves_no_type_of_event_out() -> None:
    tried = {type(make().event) for make in EVENTS.values()}
    assert tried == set(INBOUND_TYPES)
    assert TABLE.keys() == EVENTS.keys()
