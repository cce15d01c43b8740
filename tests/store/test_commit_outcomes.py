"""The commit script writes a transition whole or not at all, and refuses what must never happen."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.bookings import amended, bail_posted, booked, departed, ice_contacted, now
from tests.support.commits import commit, full_commit
from tests.support.upstream import said, to_court
from tests.support.worker_by_hand import (
    decide_now,
    everything,
    everything_sent,
    rejected,
    take_in,
    the_record,
)
from worker.custody.record import Ceiling
from worker.custody.transition import Transition
from worker.store import timers
from worker.store.commit import Commit, CommitOutcome
from worker.store.context import Context

HOUR = timedelta(hours=1)


def changed(transition: Transition, *, attention: datetime | None = None, **changes: Any) -> Transition:
    """A transition as a core with a defect might decide it."""
    record = replace(transition.record, **changes)
    return replace(transition, record=record, attention=attention or transition.attention)


def is_refused(context: Context, transition: Transition, outcome: CommitOutcome) -> bool:
    """Whether a commit is refused with this outcome, and leaves every key as it was."""
    whole = full_commit(context, transition)
    before = everything(context.shards[0])
    assert commit(context, whole) == [outcome]
    return everything(context.shards[0]) == before


# What a commit writes


def test_a_commit_writes_record_timer_journal_outbox_and_rejects_and_settles_the_inbox(
    context: Context,
) -> None:
    shard = context.shards[0]
    take_in(context, booked("B1", due_at=now() + HOUR))
    assert commit(context, full_commit(context, decide_now(context, "B1", bail_posted("B1", now())))) == [
        CommitOutcome.COMMITTED
    ]
    record = the_record(context, "B1")
    assert (record.state, record.version) == ("released", 2)
    overdue_at = timers.of_all(context.client, shard.keys, ["B1"])["B1"]
    assert overdue_at
    assert abs(overdue_at - now() - HOUR / 2) < timedelta(seconds=10)
    assert context.client.xlen(shard.keys.journal) == 2
    assert [event["type"] for event in everything_sent(context)] == [
        "custody.record.released.v1",
        "custody.clock.alarmed.v1",
    ]
    assert context.client.xlen(shard.keys.rejects) == 1
    assert context.client.xlen(shard.keys.inbox) == 0
    assert context.client.xpending(shard.keys.inbox, "clock")["pending"] == 0


def test_a_record_that_needs_no_more_attention_has_no_timer(context: Context) -> None:
    keys = context.shards[0].keys
    for event in (booked("B1", due_at=now() + HOUR), bail_posted("B1", now())):
        take_in(context, event)
        assert timers.count(context.client, keys) == 1
    take_in(context, departed("B1", now()))
    assert timers.count(context.client, keys) == 0


def test_a_commit_without_a_transition_writes_only_rejects_and_alarms_and_settles_the_inbox(
    context: Context,
) -> None:
    whole = full_commit(context, decide_now(context, "B1", booked("B1", due_at=now() + HOUR)))
    assert commit(context, replace(whole, transition=None)) == [CommitOutcome.COMMITTED]
    keys = context.shards[0].keys
    written = [context.client.xlen(key) for key in (keys.rejects, keys.outbox, keys.inbox)]
    assert written == [1, 1, 0]
    assert not context.client.exists(keys.record("B1"), keys.record(""), keys.timers, keys.journal)


def test_each_commit_of_a_batch_is_applied_independently(context: Context) -> None:
    take_in(context, booked("B2", due_at=now() + HOUR))
    decisions = [
        decide_now(context, booking, booked(booking, due_at=now() + 2 * HOUR)) for booking in ("B1", "B3")
    ]
    stale = replace(decide_now(context, "B2", bail_posted("B2", now())), before=7)
    answers = commit(context, Commit(decisions[0]), Commit(stale), Commit(decisions[1]))
    assert answers == [CommitOutcome.COMMITTED, CommitOutcome.CONFLICT, CommitOutcome.COMMITTED]
    assert the_record(context, "B2").version == 1
    assert {the_record(context, booking).state for booking in ("B1", "B3")} == {"held"}


def test_an_empty_batch_has_no_outcomes(context: Context) -> None:
    assert commit(context) == []


# Optimistic concurrency


def test_a_decision_on_a_record_that_has_changed_since_is_a_conflict(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    late = decide_now(context, "B1", bail_posted("B1", now()))
    take_in(context, ice_contacted("B1", now()))
    assert is_refused(context, late, CommitOutcome.CONFLICT)


def test_only_the_first_of_two_workers_creates_a_record(context: Context) -> None:
    first, second = (decide_now(context, "B1", booked("B1", due_at=now() + HOUR)) for _ in range(2))
    assert commit(context, Commit(first)) == [CommitOutcome.COMMITTED]
    assert is_refused(context, second, CommitOutcome.CONFLICT)


def test_a_decision_on_a_record_that_is_gone_is_a_conflict(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    decided = decide_now(context, "B1", bail_posted("B1", now()))
    context.client.delete(context.shards[0].keys.record("B1"))
    assert is_refused(context, decided, CommitOutcome.CONFLICT)


# Never early, never late


def test_a_release_at_a_deadline_that_the_store_has_not_reached_is_refused(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    decided = decide_now(context, "B1", bail_posted("B1", now()))
    early = replace(decided, not_before=now() + timedelta(seconds=30))
    whole = full_commit(context, early)
    before = everything(context.shards[0])
    assert commit(context, whole, at=now() + HOUR) == [CommitOutcome.TOO_EARLY], (
        "the worker's clock does not count"
    )
    assert everything(context.shards[0]) == before


def test_a_hand_over_at_a_deadline_that_the_store_has_reached_is_refused(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    late = replace(decide_now(context, "B1", bail_posted("B1", now())), not_after=now())
    whole = full_commit(context, late)
    before = everything(context.shards[0])
    assert commit(context, whole, at=now() - HOUR) == [CommitOutcome.TOO_LATE], (
        "the worker's clock does not count"
    )
    assert everything(context.shards[0]) == before


def test_an_answer_carries_the_stores_time(context: Context) -> None:
    decided = replace(decide_now(context, "B1", booked("B1", due_at=now() + HOUR)), not_before=now() + HOUR)
    asked_at = now()
    [answer] = context.shards[0].committer.commit([Commit(decided)], now() + HOUR)
    assert 0 <= answer.store_ms - asked_at.timestamp() * 1000 < 5_000


# The ceiling, the end, and the timer, whatever the core decided


@pytest.fixture
def asked_about(context: Context) -> Context:
    """A store with B1, due in an hour and asked about by ICE."""
    take_in(context, booked("B1", due_at=now() + HOUR), ice_contacted("B1", now()))
    return context


def later(context: Context) -> datetime:
    deadline = the_record(context, "B1").deadline
    assert deadline is not None
    return deadline + timedelta(milliseconds=1)


FALSIFIED: dict[str, Callable[[Context], dict[str, Any]]] = {
    "a later deadline": lambda context: {"deadline": later(context)},
    "a later deadline and ceiling": lambda context: {
        "deadline": later(context),
        "ceiling": Ceiling(deadline=later(context), limit="cap_72h"),
    },
    "a later ceiling": lambda context: {"ceiling": Ceiling(deadline=later(context), limit="cap_72h")},
    "no ceiling any more": lambda context: {"ceiling": None},
}


@pytest.mark.parametrize("falsified", FALSIFIED)
def test_after_a_contact_nothing_past_the_ceiling_is_committed(asked_about: Context, falsified: str) -> None:
    decided = decide_now(asked_about, "B1", departed("B1", now()))
    wrong = changed(decided, **FALSIFIED[falsified](asked_about))
    assert is_refused(asked_about, wrong, CommitOutcome.PAST_CEILING)


def test_a_first_contact_cannot_come_with_a_deadline_past_its_own_ceiling(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    decided = decide_now(context, "B1", ice_contacted("B1", now()))
    assert is_refused(context, changed(decided, deadline=later(context)), CommitOutcome.PAST_CEILING)


def test_an_earlier_deadline_after_a_contact_is_committed(asked_about: Context) -> None:
    decided = decide_now(asked_about, "B1", departed("B1", now()))
    sooner = later(asked_about) - HOUR / 2
    assert commit(asked_about, Commit(changed(decided, deadline=sooner, attention=sooner))) == [
        CommitOutcome.COMMITTED
    ]


@pytest.mark.parametrize("state", ["held", "closed", "awaiting_booking"])
def test_a_released_record_stays_released(context: Context, state: str) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    decided = decide_now(context, "B1", departed("B1", now()))
    assert is_refused(context, changed(decided, state=state, attention=now() + HOUR / 2), CommitOutcome.ENDED)


@pytest.mark.parametrize("deadline", [None, now() + 2 * HOUR, now()])
def test_the_deadline_of_a_released_record_never_changes(context: Context, deadline: datetime | None) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    decided = decide_now(context, "B1", departed("B1", now()))
    assert is_refused(context, changed(decided, deadline=deadline), CommitOutcome.ENDED)


def test_a_held_record_never_awaits_its_booking_again(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    decided = decide_now(context, "B1", departed("B1", now()))
    assert is_refused(context, changed(decided, state="awaiting_booking"), CommitOutcome.ENDED)


def test_nobody_is_held_without_a_timer_at_or_before_the_deadline(context: Context) -> None:
    decided = decide_now(context, "B1", booked("B1", due_at=now() + HOUR))
    assert decided.record.deadline
    after = decided.record.deadline + timedelta(milliseconds=1)
    for wrong in (
        replace(decided, attention=None),
        replace(decided, attention=after),
        changed(decided, deadline=None),
    ):
        assert is_refused(context, wrong, CommitOutcome.WITHOUT_CLOCK)


def test_a_closed_record_keeps_no_timer(context: Context) -> None:
    decided = decide_now(context, "B1", booked("B1", due_at=now() + HOUR))
    assert is_refused(context, changed(decided, state="closed"), CommitOutcome.WITHOUT_CLOCK)


def test_of_two_bookings_that_are_merged_the_earlier_deadline_and_the_lower_ceiling_stand(
    context: Context,
) -> None:
    due_at = now() + 2 * HOUR
    take_in(context, booked("B1", due_at=due_at), ice_contacted("B1", now()))
    take_in(context, booked("B2", due_at=due_at - HOUR), ice_contacted("B2", now()))
    take_in(context, said("booking.renumbered", "B2", new_number="B1", reason="merged"))
    record = the_record(context, "B1")
    assert (record.state, record.deadline) == ("held", due_at - HOUR)
    assert record.ceiling
    assert record.ceiling.deadline == due_at - HOUR
    assert the_record(context, "B2").state == "closed"
    assert rejected(context) == []


def test_a_closed_record_is_held_again_with_the_deadline_of_its_facts(context: Context) -> None:
    due_at = now() + 2 * HOUR
    take_in(context, booked("B1", due_at=due_at), to_court("B1", now()))
    take_in(context, amended("B1", now(), arrested_at=due_at - 73 * HOUR))
    assert the_record(context, "B1").state == "closed"
    take_in(context, said("person.returned", "B1", returned_at=now(), arraigned=False))
    record = the_record(context, "B1")
    assert (record.state, record.deadline) == ("held", due_at - HOUR)
    assert rejected(context) == []
