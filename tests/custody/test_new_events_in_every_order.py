"""Court by video, a return, a reinstatement, a new number and a lifted request, among what else may come.

Every order of each with two of the others, and with the booking first, between them or last.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import combinations, permutations

import pytest

from events.outbound import Outbound
from events.testing import Clockwork, rules_of
from tests.support.arrivals import (
    ARRESTED,
    BOOKING,
    DEADLINE,
    HOUR,
    amended,
    arraigned,
    bail,
    booked,
    contact_withdrawn,
    ice_contact,
    reinstated,
    renumbered,
    returned,
    transferred,
    voided,
)
from tests.support.tracked import PROFILES
from worker.custody.decide import Received
from worker.custody.record import Record

NEW_NUMBER = "B-2"
NOW = ARRESTED + 5 * HOUR
LATER = {"arrested_at": ARRESTED + HOUR, "booked_at": ARRESTED + HOUR}

NEW: dict[str, Callable[[], Received]] = {
    "arraigned": arraigned,
    "back": returned,
    "back, arraigned": lambda: returned(arraigned=True),
    "reinstated": reinstated,
    "renumbered": lambda: renumbered(NEW_NUMBER),
    "lifted": contact_withdrawn,
}
OTHERS: dict[str, Callable[[], Received]] = {
    "bail": bail,
    "amended": lambda: amended(**LATER),
    "contact": lambda: ice_contact("hold", qualification="conviction_7282_5"),
    "at court": transferred,
    "void": voided,
}
ALL = NEW | OTHERS
ENDS = {"bail": "bail", "at court": "transferred", "void": "voided", "arraigned": "arraigned"}
REOPENS = {"back": {"transferred"}, "reinstated": {"transferred", "voided"}}


def orders_with(name: str) -> list[tuple[str, ...]]:
    """Every order of the booking, this event, and two of the others."""
    chosen = [("booked", name, *pair) for pair in combinations(OTHERS, 2)]
    return [order for names in chosen for order in permutations(names)]


def in_effect(order: Sequence[str]) -> list[str]:
    """The events in the order in which they take effect: what came before the booking waits for it."""
    return [name for name in order if name != "booked"]


def expected_basis(order: Sequence[str]) -> str | None:
    """How custody has ended after these events; None if the person is held."""
    basis: str | None = None
    for name in in_effect(order):
        if basis is None:
            basis = ENDS.get(name)
        elif basis in REOPENS.get(name, ()):
            basis = None
    return basis


def play(order: Sequence[str], profile: str) -> tuple[Clockwork, list[tuple[str, list[Outbound]]]]:
    """Each event arrives in a batch of its own; what is sent because of it."""
    clock = Clockwork(NOW, rules_of(profile))
    sent = []
    for name in order:
        make = booked if name == "booked" else ALL[name]
        sent.append((name, clock.put(make().raw.encode())))
    return clock, sent


def goes_on_under(clock: Clockwork, order: Sequence[str]) -> Record:
    """The record under the number at the end."""
    return clock.bookings[NEW_NUMBER if "renumbered" in order else BOOKING].known


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", NEW)
def test_custody_ends_and_goes_on_as_the_events_say_in_their_order(name: str, profile: str) -> None:
    for order in orders_with(name):
        clock, _ = play(order, profile)
        record, basis = goes_on_under(clock, order), expected_basis(order)
        state = "held" if basis is None else "released" if basis == "bail" else "closed"
        assert (record.state, record.basis) == (state, basis), order


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", NEW)
def test_whoever_is_held_is_released_at_the_deadline_and_nobody_else_is(name: str, profile: str) -> None:
    for order in orders_with(name):
        clock, _ = play(order, profile)
        before = goes_on_under(clock, order)
        clock.move_to(DEADLINE + 100 * HOUR)
        after = goes_on_under(clock, order)
        if before.state == "held":
            assert (after.state, after.basis) == ("released", "deadline"), order
            assert after.released_at == after.entitled_at == before.deadline, order
        else:
            assert (after.state, after.basis) == (before.state, before.basis), order


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", NEW)
def test_a_contact_before_an_amendment_keeps_the_deadline_where_it_was(name: str, profile: str) -> None:
    """Whatever comes between them: the ceiling is never lost."""
    for order in orders_with(name):
        events = in_effect(order)
        if not {"contact", "amended"} <= set(events) or events.index("amended") < events.index("contact"):
            continue
        without, _ = play([one for one in order if one != "amended"], profile)
        clock, _ = play(order, profile)
        record = goes_on_under(clock, order)
        if record.state == "held":
            ceiling = goes_on_under(without, order).ceiling
            assert record.ceiling is not None and ceiling is not None, order
            assert record.ceiling.deadline <= ceiling.deadline, order
            assert record.deadline is not None and record.deadline <= ceiling.deadline, order


@pytest.mark.parametrize("profile", PROFILES)
def test_after_ice_lifts_its_request_it_is_sent_nothing_whatever_comes_then(profile: str) -> None:
    for order in orders_with("lifted"):
        events = in_effect(order)
        if "contact" in events and events.index("contact") > events.index("lifted"):
            continue
        clock, sent = play(order, profile)
        since = max(order.index("lifted"), order.index("booked")) + 1
        later = [notice for _, notices in sent[since:] for notice in notices]
        later += clock.move_to(DEADLINE + timedelta(hours=100))
        assert not [notice for notice in later if notice.audience in {"ice", "subject"}], order


@pytest.mark.parametrize("name", NEW)
def test_ice_is_sent_nothing_where_it_made_no_contact(name: str) -> None:
    for order in orders_with(name):
        if "contact" not in order:
            clock, _ = play(order, "ca-truth-2017")
            clock.move_to(DEADLINE + 100 * HOUR)
            assert {notice.audience for notice in clock.outbound} <= {"jms", "watch"}, order
