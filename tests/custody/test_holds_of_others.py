"""Holds of other authorities: they move no limit, and whoever has the release order is kept up to date."""

import pytest

from events.outbound import Outbound, ReleaseAuthorityChanged
from tests.support.arrivals import DEADLINE, HOUR, bail, booked, event, hold, transferred
from tests.support.outbound import alarm_codes, release_orders
from tests.support.tracked import held, tracked


def changed(sent: list[Outbound]) -> list[list[tuple[str, str]]]:
    """The holds that each notice of a change names."""
    return [
        [(authority.hold_id, authority.kind) for authority in notice.data.remaining_authority]
        for notice in sent
        if isinstance(notice, ReleaseAuthorityChanged)
    ]


def test_a_hold_is_lifted_by_its_id_alone() -> None:
    booking = held()
    booking.receive(hold("placed", "H-1"), hold("placed", "H-2"))
    booking.receive(event("hold.lifted", {"hold_id": "H-1"}))
    assert [other.hold_id for other in booking.known.holds] == ["H-2"]


def test_a_hold_is_lifted_whatever_else_the_lifting_says() -> None:
    booking = held()
    booking.receive(hold("placed", "H-1", "parole"))
    lifted = {"hold_id": "H-1", "kind": "probation", "reference": "another"}
    assert booking.receive(event("hold.lifted", lifted)) == []
    assert booking.known.holds == ()


@pytest.mark.parametrize("state", ["held", "released", "closed"])
def test_the_lifting_of_an_unknown_hold_is_an_alarm_and_lifts_no_other(state: str) -> None:
    booking = held()
    booking.receive(hold("placed", "H-1"))
    booking.receive(*([bail()] if state == "released" else [transferred()] if state == "closed" else []))
    sent = booking.receive(hold("lifted", "H-2"))
    assert (alarm_codes(sent), changed(sent)) == (["hold_unknown"], [])
    assert [other.hold_id for other in booking.known.holds] == ["H-1"]


def test_before_the_release_a_hold_sends_nothing() -> None:
    booking = held()
    assert booking.receive(hold("placed")) == []
    assert booking.receive(hold("lifted")) == []


def test_after_the_release_each_change_of_the_holds_is_sent_with_those_that_remain() -> None:
    booking = held()
    booking.receive(hold("placed", "H-1"))
    booking.at(DEADLINE).tick()
    sent = booking.at(DEADLINE + HOUR).receive(hold("placed", "H-2", "judicial_warrant"))
    assert changed(sent) == [[("H-1", "parole"), ("H-2", "judicial_warrant")]]
    [notice] = sent
    assert isinstance(notice, ReleaseAuthorityChanged)
    assert (notice.audience, notice.data.released_at) == ("jms", DEADLINE)
    assert changed(booking.receive(hold("lifted", "H-1"))) == [[("H-2", "judicial_warrant")]]
    assert changed(booking.receive(hold("lifted", "H-2"))) == [[]]


def test_a_hold_placed_again_as_it_was_changes_nothing_after_the_release() -> None:
    booking = held()
    booking.receive(hold("placed", "H-1"), bail())
    assert changed(booking.receive(hold("placed", "H-1"))) == []


def test_a_hold_in_the_commit_of_the_release_is_dated_by_that_commit() -> None:
    booking = tracked()
    sent = booking.receive(booked(), bail(), hold("placed"))
    [order] = release_orders(sent)
    assert order.data.remaining_authority == ()
    assert [n.data.released_at for n in sent if isinstance(n, ReleaseAuthorityChanged)] == [booking.now]


def test_a_hold_after_another_authority_took_over_sends_nothing() -> None:
    booking = held()
    booking.receive(transferred())
    assert booking.receive(hold("placed")) == []


def test_a_hold_of_an_unknown_kind_is_kept_and_named_in_the_order_as_it_was_reported() -> None:
    booking = held()
    assert alarm_codes(booking.receive(hold("placed", "H-1", "city_marshal"))) == ["word_unknown"]
    [order] = release_orders(booking.receive(bail()))
    assert [authority.kind for authority in order.data.remaining_authority] == ["city_marshal"]
