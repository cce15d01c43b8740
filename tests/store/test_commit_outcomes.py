"""The one writer writes a transition whole or not at all, and checks for itself what must never happen."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from bookings import bail_posted, booked, departed, ice_contacted, now
from committing import commit, laden
from msgspec.structs import replace
from working import decide, everything, take_in, the_record, told

from worker.custody.record import Ceiling
from worker.custody.transition import Transition
from worker.site import Site
from worker.store import timers
from worker.store.commit import Commit, Committed

HOUR = timedelta(hours=1)


def changed(transition: Transition, *, attention: datetime | None = None, **changes: Any) -> Transition:
    """A transition that a core with a defect might have decided."""
    record = replace(transition.record, **changes)
    return replace(transition, record=record, attention=attention or transition.attention)


def is_refused(site: Site, transition: Transition, outcome: Committed) -> bool:
    """Whether a commit is refused with this outcome, and leaves every key as it was."""
    whole = laden(site, transition)
    before = everything(site.shards[0])
    assert commit(site, whole) == [outcome]
    return everything(site.shards[0]) == before


# What a commit writes


def test_a_commit_writes_record_timer_journal_outbox_and_rejects_and_settles_the_inbox(site: Site) -> None:
    shard = site.shards[0]
    take_in(site, booked("B1", due_at=now() + HOUR))
    assert commit(site, laden(site, decide(site, "B1", bail_posted("B1", now())))) == [Committed.COMMITTED]
    record = the_record(site, "B1")
    assert (record.state, record.version) == ("released", 2)
    overdue_at = timers.of_all(site.client, shard.keys, ["B1"])["B1"]
    assert overdue_at
    assert abs(overdue_at - now() - HOUR / 2) < timedelta(seconds=10)
    assert site.client.xlen(shard.keys.journal) == 2
    assert [event["type"] for event in told(site)] == [
        "custody.record.released.v1",
        "custody.clock.alarmed.v1",
    ]
    assert site.client.xlen(shard.keys.rejects) == 1
    assert site.client.xlen(shard.keys.inbox) == 0
    assert site.client.xpending(shard.keys.inbox, "clock")["pending"] == 0


def test_whoever_needs_no_more_attention_has_no_timer(site: Site) -> None:
    keys = site.shards[0].keys
    for event in (booked("B1", due_at=now() + HOUR), bail_posted("B1", now())):
        take_in(site, event)
        assert timers.count(site.client, keys) == 1
    take_in(site, departed("B1", now()))
    assert timers.count(site.client, keys) == 0


def test_a_commit_without_a_record_only_settles_rejects_and_alarms(site: Site) -> None:
    whole = laden(site, decide(site, "B1", booked("B1", due_at=now() + HOUR)))
    assert commit(site, replace(whole, transition=None)) == [Committed.COMMITTED]
    keys = site.shards[0].keys
    written = [site.client.xlen(key) for key in (keys.rejects, keys.outbox, keys.inbox)]
    assert written == [1, 1, 0]
    assert not site.client.exists(keys.record("B1"), keys.record(""), keys.timers, keys.journal)


def test_each_commit_of_a_batch_stands_for_itself(site: Site) -> None:
    take_in(site, booked("B2", due_at=now() + HOUR))
    decisions = [decide(site, booking, booked(booking, due_at=now() + 2 * HOUR)) for booking in ("B1", "B3")]
    stale = replace(decide(site, "B2", bail_posted("B2", now())), before=7)
    answers = commit(site, Commit(decisions[0]), Commit(stale), Commit(decisions[1]))
    assert answers == [Committed.COMMITTED, Committed.CONFLICT, Committed.COMMITTED]
    assert the_record(site, "B2").version == 1
    assert {the_record(site, booking).state for booking in ("B1", "B3")} == {"held"}


def test_no_commits_are_no_round_trip(site: Site) -> None:
    assert commit(site) == []


# Compare and set


def test_a_decision_on_a_record_that_another_changed_meanwhile_is_a_conflict(site: Site) -> None:
    take_in(site, booked("B1", due_at=now() + HOUR))
    late = decide(site, "B1", bail_posted("B1", now()))
    take_in(site, ice_contacted("B1", now()))
    assert is_refused(site, late, Committed.CONFLICT)


def test_two_who_create_the_same_record_do_not_both(site: Site) -> None:
    first, second = (decide(site, "B1", booked("B1", due_at=now() + HOUR)) for _ in range(2))
    assert commit(site, Commit(first)) == [Committed.COMMITTED]
    assert is_refused(site, second, Committed.CONFLICT)


def test_a_record_that_is_gone_is_not_written_over(site: Site) -> None:
    take_in(site, booked("B1", due_at=now() + HOUR))
    decided = decide(site, "B1", bail_posted("B1", now()))
    site.client.delete(site.shards[0].keys.record("B1"))
    assert is_refused(site, decided, Committed.CONFLICT)


# Never early, never late


def test_a_release_at_a_deadline_that_the_store_has_not_reached_is_refused(site: Site) -> None:
    take_in(site, booked("B1", due_at=now() + HOUR))
    decided = decide(site, "B1", bail_posted("B1", now()))
    early = replace(decided, not_before=now() + timedelta(seconds=30))
    whole = laden(site, early)
    before = everything(site.shards[0])
    assert commit(site, whole, at=now() + HOUR) == [Committed.TOO_EARLY], "the worker's clock has no say"
    assert everything(site.shards[0]) == before


def test_a_hand_over_at_a_deadline_that_the_store_has_reached_is_refused(site: Site) -> None:
    take_in(site, booked("B1", due_at=now() + HOUR))
    late = replace(decide(site, "B1", bail_posted("B1", now())), not_after=now())
    whole = laden(site, late)
    before = everything(site.shards[0])
    assert commit(site, whole, at=now() - HOUR) == [Committed.TOO_LATE], "the worker's clock has no say"
    assert everything(site.shards[0]) == before


def test_the_answer_carries_the_time_of_the_store(site: Site) -> None:
    decided = replace(decide(site, "B1", booked("B1", due_at=now() + HOUR)), not_before=now() + HOUR)
    asked_at = now()
    [answer] = site.shards[0].committer.commit([Commit(decided)], now() + HOUR)
    assert 0 <= answer.store_ms - asked_at.timestamp() * 1000 < 5_000


# The ceiling, the end, and the timer, whatever the core decided


@pytest.fixture
def asked_about(site: Site) -> Site:
    """A store with B1, which is due in an hour and ICE has asked about."""
    take_in(site, booked("B1", due_at=now() + HOUR), ice_contacted("B1", now()))
    return site


def later(site: Site) -> datetime:
    deadline = the_record(site, "B1").deadline
    assert deadline is not None
    return deadline + timedelta(milliseconds=1)


FALSIFIED: dict[str, Callable[[Site], dict[str, Any]]] = {
    "a later deadline": lambda site: {"deadline": later(site)},
    "a later deadline and ceiling": lambda site: {
        "deadline": later(site),
        "ceiling": Ceiling(deadline=later(site), limit="cap_72h"),
    },
    "a later ceiling": lambda site: {"ceiling": Ceiling(deadline=later(site), limit="cap_72h")},
    "no ceiling any more": lambda site: {"ceiling": None},
}


@pytest.mark.parametrize("falsified", FALSIFIED)
def test_after_a_contact_nothing_past_the_ceiling_is_written(asked_about: Site, falsified: str) -> None:
    decided = decide(asked_about, "B1", departed("B1", now()))
    wrong = changed(decided, **FALSIFIED[falsified](asked_about))
    assert is_refused(asked_about, wrong, Committed.PAST_CEILING)


def test_a_first_contact_cannot_come_with_a_deadline_past_its_own_ceiling(site: Site) -> None:
    take_in(site, booked("B1", due_at=now() + HOUR))
    decided = decide(site, "B1", ice_contacted("B1", now()))
    assert is_refused(site, changed(decided, deadline=later(site)), Committed.PAST_CEILING)


def test_an_earlier_deadline_after_a_contact_is_written(asked_about: Site) -> None:
    decided = decide(asked_about, "B1", departed("B1", now()))
    sooner = later(asked_about) - HOUR / 2
    assert commit(asked_about, Commit(changed(decided, deadline=sooner, attention=sooner))) == [
        Committed.COMMITTED
    ]


@pytest.mark.parametrize("state", ["held", "closed", "awaiting_booking"])
def test_a_released_record_stays_released(site: Site, state: str) -> None:
    take_in(site, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    decided = decide(site, "B1", departed("B1", now()))
    assert is_refused(site, changed(decided, state=state, attention=now() + HOUR / 2), Committed.ENDED)


@pytest.mark.parametrize("deadline", [None, now() + 2 * HOUR, now()])
def test_the_deadline_of_a_released_record_stays(site: Site, deadline: datetime | None) -> None:
    take_in(site, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    decided = decide(site, "B1", departed("B1", now()))
    assert is_refused(site, changed(decided, deadline=deadline), Committed.ENDED)


def test_a_held_record_never_awaits_its_booking_again(site: Site) -> None:
    take_in(site, booked("B1", due_at=now() + HOUR))
    decided = decide(site, "B1", departed("B1", now()))
    assert is_refused(site, changed(decided, state="awaiting_booking"), Committed.ENDED)


def test_nobody_is_held_without_a_timer_at_or_before_the_deadline(site: Site) -> None:
    decided = decide(site, "B1", booked("B1", due_at=now() + HOUR))
    assert decided.record.deadline
    after = decided.record.deadline + timedelta(milliseconds=1)
    for wrong in (
        replace(decided, attention=None),
        replace(decided, attention=after),
        changed(decided, deadline=None),
    ):
        assert is_refused(site, wrong, Committed.WITHOUT_CLOCK)


def test_a_closed_record_keeps_no_timer(site: Site) -> None:
    decided = decide(site, "B1", booked("B1", due_at=now() + HOUR))
    assert is_refused(site, changed(decided, state="closed"), Committed.WITHOUT_CLOCK)
