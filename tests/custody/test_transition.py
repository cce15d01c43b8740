"""One commit's worth of change: the same facts always give the same bytes."""

import pytest

from events.testing import rules_of, settled_record
from tests.support.arrivals import ARRESTED, BOOKING, HOUR, bail, booked, counsel, event, hold, ice_contact
from tests.support.tracked import PROFILES, tracked
from worker.custody.commit_time import AT_COMMIT, COMMIT_MARK, marked
from worker.custody.decide import Tick, decide
from worker.custody.transition import Transition


def eventful(profile: str = "ca-truth-2017") -> Transition:
    """One booking from its start to its release, with a hold, counsel and a contact, in one commit."""
    facts = [booked(id="1"), counsel(), hold(), ice_contact("hold"), bail()]
    return decide(None, facts, rules_of(profile), ARRESTED + 2 * HOUR)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_same_facts_at_the_same_time_give_the_same_transition_byte_for_byte(profile: str) -> None:
    facts = [booked(), counsel(), hold(), ice_contact("hold"), bail()]
    one, other = (decide(None, facts, rules_of(profile), ARRESTED + 2 * HOUR) for _ in range(2))
    assert one == other
    assert [entry.body for entry in one.entries] == [entry.body for entry in other.entries]
    texts = [[notice.model_dump_json() for notice in transition.outbound] for transition in (one, other)]
    assert texts[0] == texts[1]


def test_a_decision_repeated_later_gives_its_notices_the_same_ids() -> None:
    """After a conflict in the store the worker decides again; a receiver must be able to drop a repeat."""
    facts = [booked(id="1"), ice_contact("hold")]
    early, late = (decide(None, facts, rules_of(), ARRESTED + hours * HOUR) for hours in (2, 3))
    assert [notice.id for notice in early.outbound] == [notice.id for notice in late.outbound]
    assert [entry.hash for entry in early.entries] == [entry.hash for entry in late.entries]


def test_no_two_notices_of_a_booking_share_an_id() -> None:
    ids = [notice.id for notice in eventful().outbound]
    assert len(ids) > 5
    assert len(set(ids)) == len(ids)


def test_a_notice_says_which_booking_it_is_about_and_whom_it_is_for() -> None:
    for notice in eventful().outbound:
        assert notice.subject == BOOKING
        assert (notice.route is not None) == (notice.audience in {"ice", "counsel"})


def test_only_the_store_sets_the_instant_of_a_commit() -> None:
    transition = eventful()
    assert transition.record.released_at == AT_COMMIT
    for notice in transition.outbound:
        assert marked(notice.to_wire()).count(COMMIT_MARK.encode()) >= 1
    for entry in transition.entries:
        assert COMMIT_MARK.encode() not in entry.body


def test_a_record_reads_back_as_it_was_written() -> None:
    booking = tracked(rules_of("ca-values-2018"))
    booking.receive(
        booked(arrested_at=ARRESTED.replace(microsecond=123_456)), hold(), counsel(), ice_contact("hold")
    )
    assert settled_record(booking.known, booking.now) == booking.known


def test_a_tick_with_nothing_due_changes_nothing() -> None:
    booking = tracked()
    booking.receive(booked())
    transition = decide(booking.known, [Tick()], booking.rules, booking.now)
    assert transition.changes_nothing
    assert transition.record == booking.known
    assert transition.attention == booking.attention


def test_a_tick_for_a_record_that_is_not_stored_is_an_error() -> None:
    with pytest.raises(ValueError, match="no record to attend to"):
        decide(None, [Tick()], rules_of(), ARRESTED)


def test_the_same_id_from_another_source_is_another_event() -> None:
    booking = tracked()
    booking.receive(booked(id="1"))
    other = booked(facility="Van Nuys", id="1", source="urn:test:another")
    assert [
        entry.outcome for entry in decide(booking.known, [other], booking.rules, booking.now).entries
    ] == ["booking_conflict"]
    repeated = booked(id="1")
    assert decide(booking.known, [repeated], booking.rules, booking.now).changes_nothing


def test_a_rejected_event_changes_no_record_but_must_still_be_committed() -> None:
    booking = tracked()
    booking.receive(booked())
    unreadable = event("custody.carried", {"record": "{}"}, source="urn:custody:clock")
    transition = decide(booking.known, [unreadable], booking.rules, booking.now)
    assert transition.record == booking.known
    assert not transition.entries
    assert [rejected.reason for rejected in transition.rejected] == ["invalid_data"]
    assert not transition.changes_nothing


def test_a_booking_whose_deadline_cannot_be_computed_runs_from_its_arrival() -> None:
    booking = tracked()
    booking.receive(booked("0001-01-01T00:00:00Z"))
    assert (booking.state, booking.known.deadline) == ("held", booking.now + 48 * HOUR)
    assert booking.rejected == []


def test_a_transition_is_immutable() -> None:
    transition = eventful()
    with pytest.raises(AttributeError):
        transition.before = 7  # type: ignore[misc]
    with pytest.raises(AttributeError, match="immutable"):
        transition.record.state = "held"  # type: ignore[misc]
