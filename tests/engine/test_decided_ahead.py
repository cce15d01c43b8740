"""Deciding ahead saves time and changes nothing: the store and the record have the last word."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis.exceptions import ConnectionError

from events.inbound import Inbound
from tests.support.bookings import amended, bail_posted, booked, departed, ice_contacted, now
from tests.support.worker_by_hand import (
    Store,
    alarms,
    audit_problems,
    everything,
    everything_sent,
    releases,
    simulated_context,
    take_in,
    the_record,
)
from worker.engine import decided_ahead, firing
from worker.engine.apply import commit_decided
from worker.engine.decided_ahead import DecidedAhead
from worker.store import commit, pipelining
from worker.store.context import Context

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


class PacemakerByHand:
    """One worker's pacemaker on a store whose time is moved by hand."""

    def __init__(self, store: Store, starts_at: datetime) -> None:
        self._store = store
        self.decided_ahead = DecidedAhead()
        self.context = simulated_context(store, starts_at)

    def move_to(self, at: datetime) -> Context:
        self.context.client.close()
        self.context = simulated_context(self._store, at)
        return self.context

    def look_ahead(self) -> None:
        while self.decided_ahead.look_ahead(self.context, self.context.shards[0]):
            pass

    def fire(self) -> firing.Fired:
        return firing.fire(self.context, self.context.shards[0], decided_ahead=self.decided_ahead)


@pytest.fixture
def due_at() -> datetime:
    return (now() + 60 * MINUTE).replace(microsecond=0)


@pytest.fixture
def pacemaker(store: Store, due_at: datetime) -> PacemakerByHand:
    """Three bookings that ICE has asked about, half a minute before they are due."""
    pacemaker = PacemakerByHand(store, due_at - 30 * SECOND)
    for number in range(3):
        booking = f"B{number}"
        take_in(pacemaker.context, booked(booking, due_at=due_at), ice_contacted(booking, now()))
    return pacemaker


def overdue(context: Context) -> list[str]:
    return [
        event["subject"]
        for event in everything_sent(context)
        if event["type"] == "custody.release.overdue.v1"
    ]


def test_releases_decided_ahead_are_committed_at_the_deadline(
    pacemaker: PacemakerByHand, due_at: datetime
) -> None:
    pacemaker.look_ahead()
    context = pacemaker.move_to(due_at)
    fired = pacemaker.fire()
    assert (fired.found, fired.decided_ahead) == (3, 3)
    assert releases(context) == ["B0", "B1", "B2"]
    record = the_record(context, "B1")
    assert (record.entitled_at, record.state) == (due_at, "released")
    assert record.released_at is not None
    assert record.released_at >= due_at
    assert audit_problems(context) == []
    assert pacemaker.fire().found == 0


def test_the_notices_do_not_depend_on_when_the_release_was_decided(store: Store, due_at: datetime) -> None:
    sent = []
    for looks_ahead in (True, False):
        store.client.flushall()
        pacemaker = PacemakerByHand(store, due_at - 30 * SECOND)
        take_in(
            pacemaker.context,
            booked("B1", due_at=due_at, id="b"),
            ice_contacted("B1", due_at - MINUTE, id="i"),
        )
        if looks_ahead:
            pacemaker.look_ahead()
        context = pacemaker.move_to(due_at)
        assert pacemaker.fire().decided_ahead == looks_ahead
        # An id ends with the commit's instant, after a part of the entry's hash.
        sent.append([(event["id"].split(":")[:5], event["audience"]) for event in everything_sent(context)])
        pacemaker.context.client.close()
    assert sent[0] == sent[1]


def test_a_release_decided_ahead_is_not_committed_before_its_deadline(
    pacemaker: PacemakerByHand, due_at: datetime
) -> None:
    pacemaker.look_ahead()
    context = pacemaker.move_to(due_at - timedelta(milliseconds=200))
    assert pacemaker.fire().found == 0
    assert releases(context) == []


@pytest.mark.parametrize(
    ("event", "released"),
    [
        (lambda at: bail_posted("B1", at), ["B1", "B0", "B2"]),
        (lambda at: amended("B1", at, facility="Central"), ["B0", "B2", "B1"]),
        (lambda at: departed("B1", at), ["B0", "B2", "B1"]),
    ],
    ids=["bail", "amended", "departed"],
)
def test_an_event_after_the_release_was_decided_counts(
    pacemaker: PacemakerByHand, due_at: datetime, event: Callable[[datetime], Inbound], released: list[str]
) -> None:
    pacemaker.look_ahead()
    take_in(pacemaker.context, event(due_at - 30 * SECOND))
    context = pacemaker.move_to(due_at)
    while pacemaker.fire().found:
        pass
    assert releases(context) == released
    assert audit_problems(context) == []


def test_of_two_workers_that_decided_the_same_releases_only_one_commits_them(
    store: Store, pacemaker: PacemakerByHand, due_at: datetime
) -> None:
    other = PacemakerByHand(store, due_at - 30 * SECOND)
    pacemaker.look_ahead()
    other.look_ahead()
    pacemaker.move_to(due_at)
    assert pacemaker.fire().decided_ahead == 3
    before = everything(pacemaker.context.shards[0])
    other.context.client.close()
    other.context = pacemaker.context
    decisions = list(other.decided_ahead.pop_due(pacemaker.context.clock))
    done = commit_decided(pacemaker.context, pacemaker.context.shards[0], decisions)
    assert (len(decisions), done.committed) == (3, 0)
    assert everything(pacemaker.context.shards[0]) == before


def test_a_batch_is_bounded_and_the_next_one_takes_the_rest(
    pacemaker: PacemakerByHand, due_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firing, "DECIDED_BATCH", 2)
    pacemaker.look_ahead()
    context = pacemaker.move_to(due_at)
    assert [pacemaker.fire().decided_ahead for _ in range(3)] == [2, 1, 0]
    assert releases(context) == ["B0", "B1", "B2"]


def test_when_the_store_goes_away_in_the_middle_everybody_is_released_exactly_once(
    pacemaker: PacemakerByHand, due_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "COMMITS_A_CALL", 1)
    monkeypatch.setattr(commit, "CALLS_IN_FLIGHT", 1)
    pacemaker.look_ahead()
    context = pacemaker.move_to(due_at)
    answer = pipelining._answer
    arrives = iter([True, False])

    def answer_or_failure(connection: Any) -> Any:
        answered = answer(connection)
        if not next(arrives):
            raise ConnectionError("the store committed it, but its answer was lost")
        return answered

    with monkeypatch.context() as patched:
        patched.setattr(pipelining, "_answer", answer_or_failure)
        with pytest.raises(ConnectionError):
            pacemaker.fire()
    assert releases(context) == ["B0", "B1"]
    assert pacemaker.fire().decided_ahead == 1
    while pacemaker.fire().found:
        pass
    assert sorted(releases(context)) == ["B0", "B1", "B2"]
    assert audit_problems(context) == []


def test_a_timer_that_has_moved_is_decided_again(pacemaker: PacemakerByHand, due_at: datetime) -> None:
    pacemaker.look_ahead()
    record = the_record(pacemaker.context, "B1")
    assert record.facts is not None
    sooner = record.facts.arrested_at - 10 * SECOND
    take_in(pacemaker.context, amended("B1", due_at - 30 * SECOND, arrested_at=sooner.isoformat()))
    context = pacemaker.move_to(due_at - 5 * SECOND)
    fired = pacemaker.fire()
    assert (fired.found, fired.decided_ahead) == (1, 0)
    assert releases(context) == ["B1"]


def test_after_an_outage_the_release_is_decided_again_and_reported_late(
    pacemaker: PacemakerByHand, due_at: datetime
) -> None:
    pacemaker.look_ahead()
    context = pacemaker.move_to(due_at + 2 * MINUTE)
    fired = pacemaker.fire()
    assert (fired.found, fired.decided_ahead) == (3, 0)
    assert overdue(context) == ["B0", "B1", "B2"]


def test_a_record_that_cannot_be_decided_ahead_holds_up_no_other(
    pacemaker: PacemakerByHand, due_at: datetime
) -> None:
    key = pacemaker.context.shards[0].keys.record("B1")
    pacemaker.context.client.hset(key, "doc", "{}")
    pacemaker.look_ahead()
    context = pacemaker.move_to(due_at)
    assert pacemaker.fire().failed == ("B1",)
    assert sorted(releases(context)) == ["B0", "B2"]
    assert alarms(context) == [("held_without_clock", "B1")]


def test_only_the_next_minute_is_decided_ahead_and_no_more_than_fits(
    store: Store, due_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided: list[str] = []
    decide_all = decided_ahead.decide_all

    def recording(*arguments: object) -> object:
        decisions = list(decide_all(*arguments))  # type: ignore[arg-type]
        decided.extend(decision.work.booking for decision in decisions)
        return decisions

    monkeypatch.setattr(decided_ahead, "decide_all", recording)
    monkeypatch.setattr(decided_ahead, "MOST_DECIDED", 20)
    pacemaker = PacemakerByHand(store, due_at - 30 * SECOND)
    soon = [booked(f"S{number}", due_at=due_at) for number in range(45)]
    take_in(pacemaker.context, booked("LATER", due_at=due_at + 5 * MINUTE), *soon)
    pacemaker.look_ahead()
    assert len(decided) == 20
    assert "LATER" not in decided
    pacemaker.move_to(due_at)
    assert pacemaker.fire().decided_ahead == 20
    assert (pacemaker.fire().found, pacemaker.fire().found) == (25, 0)
    assert len(releases(pacemaker.context)) == 45


def test_a_release_that_was_decided_as_on_time_and_is_committed_late_is_decided_again(
    pacemaker: PacemakerByHand, due_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker, or its connection, stands still between the decision and the commit."""
    monkeypatch.setattr(decided_ahead, "TOO_LATE_AFTER_SECONDS", 3600)
    pacemaker.look_ahead()
    context = pacemaker.move_to(due_at + 60 * SECOND + timedelta(milliseconds=1))
    assert (pacemaker.fire().decided_ahead, releases(context)) == (3, [])
    assert pacemaker.fire().decided_ahead == 0
    assert releases(context) == overdue(context) == ["B0", "B1", "B2"]


def test_a_release_that_is_just_not_late_is_committed_as_decided(
    pacemaker: PacemakerByHand, due_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decided_ahead, "TOO_LATE_AFTER_SECONDS", 3600)
    pacemaker.look_ahead()
    context = pacemaker.move_to(due_at + 55 * SECOND)
    assert pacemaker.fire().decided_ahead == 3
    assert (releases(context), overdue(context)) == (["B0", "B1", "B2"], [])
