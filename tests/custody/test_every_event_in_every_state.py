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
    arraigned,
    bail,
    booked,
    contact_withdrawn,
    counsel,
    departed,
    died,
    escaped,
    hold,
    ice_at_the_counter,
    ice_contact,
    ordered,
    probable_cause,
    reinstated,
    renumbered,
    returned,
    transferred,
    voided,
    warrant_check,
)
from tests.support.outbound import alarm_codes
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
    "arraigned": arraigned,
    "back, not arraigned": returned,
    "back, arraigned": lambda: returned(arraigned=True),
    "reinstated": reinstated,
    "renumbered": renumbered,
    "ice lifts its request": contact_withdrawn,
}
REOPENS_A_TRANSFER = {"back, not arraigned", "reinstated"}


class Effect(NamedTuple):
    """What the journal calls it, the state after it, and what others are told."""

    outcome: str
    state: str
    sent: tuple[str, ...] = ()


NOTED_ON_HELD = Effect("noted", "held")
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
        Effect("hold_placed", "released", ("release.authority_changed",)),
        Effect("hold_placed", "closed"),
    ),
    "hold lifted": (
        Effect("noted", "held", ("clock.alarmed",)),
        Effect("noted", "released", ("clock.alarmed",)),
        Effect("noted", "closed", ("clock.alarmed",)),
    ),
    "warrant check": (NOTED_ON_HELD, NOTED_ON_RELEASED, NOTED_ON_CLOSED),
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
    "arraigned": (CLOSED, NOTED_ON_RELEASED, NOTED_ON_CLOSED),
    "back, not arraigned": (NOTED_ON_HELD, NOTED_ON_RELEASED, Effect("reopened", "held")),
    "back, arraigned": (NOTED_ON_HELD, NOTED_ON_RELEASED, NOTED_ON_CLOSED),
    "reinstated": (NOTED_ON_HELD, NOTED_ON_RELEASED, Effect("reopened", "held")),
    "renumbered": (
        Effect("renumbered", "closed", ("record.closed",)),
        Effect("renumbered", "released"),
        Effect("renumbered", "closed"),
    ),
    "ice lifts its request": (NOTED_ON_HELD, NOTED_ON_RELEASED, NOTED_ON_CLOSED),
}


def held() -> TrackedBooking:
    case = tracked()
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
    assert TABLE[name][1].state == "released"


@pytest.mark.parametrize("name", EVENTS)
def test_only_a_return_or_a_reinstatement_reopens_a_closed_record(name: str) -> None:
    assert effect(closed(), EVENTS[name]()) == TABLE[name][2]
    assert (TABLE[name][2].state == "held") == (name in REOPENS_A_TRANSFER)


@pytest.mark.parametrize("name", [name for name in EVENTS if name != "booked again, otherwise"])
def test_before_the_booking_every_other_event_waits_whole(name: str) -> None:
    case, fact = tracked(), EVENTS[name]()
    assert effect(case, fact) == Effect("kept_until_booking", "awaiting_booking")
    assert case.known.awaiting == (fact.raw,)
    assert case.known.deadline is None


def test_before_the_booking_the_booking_starts_the_clock() -> None:
    assert effect(tracked(), booked()) == Effect("clock_started", "held")


ENDS_OR_FINDS = {
    "custody.bail.posted.v1",
    "custody.release.ordered.v1",
    "custody.probable_cause.determined.v1",
}


@pytest.mark.parametrize(
    "fact",
    [
        bail(EARLIER),
        ordered(EARLIER),
        probable_cause("found", EARLIER),
        probable_cause("not_found", EARLIER),
        transferred("court", EARLIER),
        transferred("hospital", EARLIER),
        arraigned(EARLIER),
        returned(EARLIER),
        escaped(EARLIER),
        died(EARLIER),
        departed(EARLIER),
        warrant_check(EARLIER),
        ice_contact(contacted_at=EARLIER),
        ice_at_the_counter(requested_at=EARLIER),
        contact_withdrawn(withdrawn_at=EARLIER),
    ],
    ids=lambda fact: fact.event.type,
)
@pytest.mark.parametrize("state", [held, released, closed], ids=lambda state: state.__name__)
def test_an_event_from_before_the_arrest_is_taken_and_doubted_where_it_decides_about_the_release(
    state: Callable[[], TrackedBooking], fact: Received
) -> None:
    case = state()
    before = case.known.version
    codes = alarm_codes(case.receive(fact))
    assert (case.known.version, case.rejected) == (before + 1, [])
    assert ("time_doubtful" in codes) == (fact.event.type in ENDS_OR_FINDS)


def test_the_page_of_states_is_made_from_this_table() -> None:
    assert dict(record_samples.effects()) == TABLE


def test_the_table_leaves_no_type_of_event_out() -> None:
    tried = {type(make().event) for make in EVENTS.values()}
    assert tried == set(INBOUND_TYPES)
    assert TABLE.keys() == EVENTS.keys()
