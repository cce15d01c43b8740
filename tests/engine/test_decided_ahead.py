"""What is decided ahead saves time and changes nothing: store and record have the last word."""

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


class Watch:
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
def watch(store: Store, due_at: datetime) -> Watch:
    """Half a minute before three people are due, whom ICE has asked about."""
    watch = Watch(store, due_at - 30 * SECOND)
    for number in range(3):
        booking = f"B{number}"
        take_in(watch.context, booked(booking, due_at=due_at), ice_contacted(booking, now()))
    return watch


def overdue(context: Context) -> list[str]:
    return [
        event["subject"]
        for event in everything_sent(context)
        if event["type"] == "custody.release.overdue.v1"
    ]


def test_what_was_decided_ahead_is_committed_at_the_deadline_and_says_the_same(
    watch: Watch, due_at: datetime
) -> None:
    watch.look_ahead()
    context = watch.move_to(due_at)
    fired = watch.fire()
    assert (fired.found, fired.decided_ahead) == (3, 3)
    assert releases(context) == ["B0", "B1", "B2"]
    decided_ahead = the_record(context, "B1")
    assert (decided_ahead.entitled_at, decided_ahead.state) == (due_at, "released")
    assert decided_ahead.released_at is not None
    assert decided_ahead.released_at >= due_at
    assert audit_problems(context) == []
    assert watch.fire().found == 0


def test_what_is_said_does_not_depend_on_when_it_was_decided(store: Store, due_at: datetime) -> None:
    said = []
    for looks_ahead in (True, False):
        store.client.flushall()
        watch = Watch(store, due_at - 30 * SECOND)
        take_in(
            watch.context, booked("B1", due_at=due_at, id="b"), ice_contacted("B1", due_at - MINUTE, id="i")
        )
        if looks_ahead:
            watch.look_ahead()
        context = watch.move_to(due_at)
        assert watch.fire().decided_ahead == looks_ahead
        said.append([(event["id"], event["type"], event["audience"]) for event in everything_sent(context)])
        watch.context.client.close()
    assert said[0] == said[1]


def test_nothing_is_committed_before_its_time(watch: Watch, due_at: datetime) -> None:
    watch.look_ahead()
    context = watch.move_to(due_at - timedelta(milliseconds=200))
    assert watch.fire().found == 0
    assert releases(context) == []


@pytest.mark.parametrize(
    ("event", "released"),
    [
        (lambda at: bail_posted("B1", at), ["B1", "B0", "B2"]),
        (lambda at: amended("B1", at, facility="Central"), ["B0", "B2", "B1"]),
        (lambda at: departed("B1", at), ["B0", "B2", "B1"]),
    ],
    ids=["bail", "amended", "seen to leave"],
)
def test_what_happens_after_it_was_decided_counts(
    watch: Watch, due_at: datetime, event: Callable[[datetime], Inbound], released: list[str]
) -> None:
    watch.look_ahead()
    take_in(watch.context, event(due_at - 30 * SECOND))
    context = watch.move_to(due_at)
    while watch.fire().found:
        pass
    assert releases(context) == released
    assert audit_problems(context) == []


def test_of_two_workers_who_decided_the_same_one_releases(
    store: Store, watch: Watch, due_at: datetime
) -> None:
    other = Watch(store, due_at - 30 * SECOND)
    watch.look_ahead()
    other.look_ahead()
    watch.move_to(due_at)
    assert watch.fire().decided_ahead == 3
    before = everything(watch.context.shards[0])
    other.context.client.close()
    other.context = watch.context
    decisions = list(other.decided_ahead.pop_due(watch.context.clock))
    done = commit_decided(watch.context, watch.context.shards[0], decisions)
    assert (len(decisions), done.committed) == (3, 0)
    assert everything(watch.context.shards[0]) == before


def test_a_batch_is_bounded_and_the_rest_comes_next(
    watch: Watch, due_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firing, "DECIDED_BATCH", 2)
    watch.look_ahead()
    context = watch.move_to(due_at)
    assert [watch.fire().decided_ahead for _ in range(3)] == [2, 1, 0]
    assert releases(context) == ["B0", "B1", "B2"]


def test_a_store_that_goes_away_in_the_middle_leaves_nobody_out_and_releases_nobody_twice(
    watch: Watch, due_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "COMMITS_A_CALL", 1)
    monkeypatch.setattr(commit, "CALLS_IN_FLIGHT", 1)
    watch.look_ahead()
    context = watch.move_to(due_at)
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
            watch.fire()
    assert releases(context) == ["B0", "B1"]
    assert watch.fire().decided_ahead == 1
    while watch.fire().found:
        pass
    assert sorted(releases(context)) == ["B0", "B1", "B2"]
    assert audit_problems(context) == []


def test_a_timer_that_moved_is_decided_anew(watch: Watch, due_at: datetime) -> None:
    watch.look_ahead()
    record = the_record(watch.context, "B1")
    assert record.facts is not None
    sooner = record.facts.arrested_at - 10 * SECOND
    take_in(watch.context, amended("B1", due_at - 30 * SECOND, arrested_at=sooner.isoformat()))
    context = watch.move_to(due_at - 5 * SECOND)
    fired = watch.fire()
    assert (fired.found, fired.decided_ahead) == (1, 0)
    assert releases(context) == ["B1"]


def test_after_an_outage_the_release_is_decided_anew_and_reported_late(
    watch: Watch, due_at: datetime
) -> None:
    watch.look_ahead()
    context = watch.move_to(due_at + 2 * MINUTE)
    fired = watch.fire()
    assert (fired.found, fired.decided_ahead) == (3, 0)
    assert overdue(context) == ["B0", "B1", "B2"]


def test_a_record_that_cannot_be_decided_ahead_stops_no_other(watch: Watch, due_at: datetime) -> None:
    key = watch.context.shards[0].keys.record("B1")
    watch.context.client.hset(key, "doc", "{}")
    watch.look_ahead()
    context = watch.move_to(due_at)
    assert watch.fire().failed == ("B1",)
    assert sorted(releases(context)) == ["B0", "B2"]
    assert alarms(context) == [("held_without_clock", "B1")]


def test_only_the_next_minute_is_decided_and_no_more_than_fits(
    store: Store, due_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided: list[str] = []
    decide_all = decided_ahead.decide_all

    def noting(*arguments: object) -> object:
        decisions = list(decide_all(*arguments))  # type: ignore[arg-type]
        decided.extend(decision.work.booking for decision in decisions)
        return decisions

    monkeypatch.setattr(decided_ahead, "decide_all", noting)
    monkeypatch.setattr(decided_ahead, "MOST_DECIDED", 20)
    watch = Watch(store, due_at - 30 * SECOND)
    soon = [booked(f"S{number}", due_at=due_at) for number in range(45)]
    take_in(watch.context, booked("LATER", due_at=due_at + 5 * MINUTE), *soon)
    watch.look_ahead()
    assert len(decided) == 20
    assert "LATER" not in decided
    watch.move_to(due_at)
    assert watch.fire().decided_ahead == 20
    assert (watch.fire().found, watch.fire().found) == (25, 0)
    assert len(releases(watch.context)) == 45
