"""What is decided ahead saves time and changes nothing: store and record have the last word."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from bookings import amended, bail_posted, booked, departed, ice_contacted, now
from redis.exceptions import ConnectionError
from working import (
    Store,
    alarms,
    audit_problems,
    everything,
    releases,
    simulated_site,
    take_in,
    the_record,
    told,
)

from events.inbound import Inbound
from worker import firing, foresight
from worker.apply import commit_decided
from worker.foresight import Foresight
from worker.site import Site
from worker.store import commit, pipelining

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


class Watch:
    """One worker's pacemaker on a store whose time is moved by hand."""

    def __init__(self, store: Store, starts_at: datetime) -> None:
        self._store = store
        self.foresight = Foresight()
        self.site = simulated_site(store, starts_at)

    def move_to(self, at: datetime) -> Site:
        self.site.client.close()
        self.site = simulated_site(self._store, at)
        return self.site

    def look_ahead(self) -> None:
        while self.foresight.look_ahead(self.site, self.site.shards[0]):
            pass

    def fire(self) -> firing.Fired:
        return firing.fire(self.site, self.site.shards[0], foresight=self.foresight)


@pytest.fixture
def due_at() -> datetime:
    return (now() + 60 * MINUTE).replace(microsecond=0)


@pytest.fixture
def watch(store: Store, due_at: datetime) -> Watch:
    """Half a minute before three people are due, whom ICE has asked about."""
    watch = Watch(store, due_at - 30 * SECOND)
    for number in range(3):
        booking = f"B{number}"
        take_in(watch.site, booked(booking, due_at=due_at), ice_contacted(booking, now()))
    return watch


def overdue(site: Site) -> list[str]:
    return [event["subject"] for event in told(site) if event["type"] == "custody.release.overdue.v1"]


def test_what_was_decided_ahead_is_committed_at_the_deadline_and_says_the_same(
    watch: Watch, due_at: datetime
) -> None:
    watch.look_ahead()
    site = watch.move_to(due_at)
    fired = watch.fire()
    assert (fired.found, fired.foreseen) == (3, 3)
    assert releases(site) == ["B0", "B1", "B2"]
    foreseen = the_record(site, "B1")
    assert (foreseen.entitled_at, foreseen.state) == (due_at, "released")
    assert foreseen.released_at is not None
    assert foreseen.released_at >= due_at
    assert audit_problems(site) == []
    assert watch.fire().found == 0


def test_what_is_said_does_not_depend_on_when_it_was_decided(store: Store, due_at: datetime) -> None:
    said = []
    for looks_ahead in (True, False):
        store.client.flushall()
        watch = Watch(store, due_at - 30 * SECOND)
        take_in(watch.site, booked("B1", due_at=due_at, id="b"), ice_contacted("B1", due_at - MINUTE, id="i"))
        if looks_ahead:
            watch.look_ahead()
        site = watch.move_to(due_at)
        assert watch.fire().foreseen == looks_ahead
        said.append([(event["id"], event["type"], event["audience"]) for event in told(site)])
        watch.site.client.close()
    assert said[0] == said[1]


def test_nothing_is_committed_before_its_time(watch: Watch, due_at: datetime) -> None:
    watch.look_ahead()
    site = watch.move_to(due_at - timedelta(milliseconds=200))
    assert watch.fire().found == 0
    assert releases(site) == []


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
    take_in(watch.site, event(due_at - 30 * SECOND))
    site = watch.move_to(due_at)
    while watch.fire().found:
        pass
    assert releases(site) == released
    assert audit_problems(site) == []


def test_of_two_workers_who_decided_the_same_one_releases(
    store: Store, watch: Watch, due_at: datetime
) -> None:
    other = Watch(store, due_at - 30 * SECOND)
    watch.look_ahead()
    other.look_ahead()
    watch.move_to(due_at)
    assert watch.fire().foreseen == 3
    before = everything(watch.site.shards[0])
    other.site.client.close()
    other.site = watch.site
    decisions = list(other.foresight.take(watch.site.clock))
    done = commit_decided(watch.site.shards[0], decisions, watch.site.clock)
    assert (len(decisions), done.committed) == (3, 0)
    assert everything(watch.site.shards[0]) == before


def test_a_batch_is_bounded_and_the_rest_comes_next(
    watch: Watch, due_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firing, "DECIDED_BATCH", 2)
    watch.look_ahead()
    site = watch.move_to(due_at)
    assert [watch.fire().foreseen for _ in range(3)] == [2, 1, 0]
    assert releases(site) == ["B0", "B1", "B2"]


def test_a_store_that_goes_away_in_the_middle_leaves_nobody_out_and_releases_nobody_twice(
    watch: Watch, due_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "COMMITS_A_CALL", 1)
    monkeypatch.setattr(commit, "CALLS_ON_THE_WAY", 1)
    watch.look_ahead()
    site = watch.move_to(due_at)
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
    assert releases(site) == ["B0", "B1"]
    assert watch.fire().foreseen == 1
    while watch.fire().found:
        pass
    assert sorted(releases(site)) == ["B0", "B1", "B2"]
    assert audit_problems(site) == []


def test_a_timer_that_moved_is_decided_anew(watch: Watch, due_at: datetime) -> None:
    watch.look_ahead()
    record = the_record(watch.site, "B1")
    assert record.facts is not None
    sooner = record.facts.arrested_at - 10 * SECOND
    take_in(watch.site, amended("B1", due_at - 30 * SECOND, arrested_at=sooner.isoformat()))
    site = watch.move_to(due_at - 5 * SECOND)
    fired = watch.fire()
    assert (fired.found, fired.foreseen) == (1, 0)
    assert releases(site) == ["B1"]


def test_after_an_outage_the_release_is_decided_anew_and_reported_late(
    watch: Watch, due_at: datetime
) -> None:
    watch.look_ahead()
    site = watch.move_to(due_at + 2 * MINUTE)
    fired = watch.fire()
    assert (fired.found, fired.foreseen) == (3, 0)
    assert overdue(site) == ["B0", "B1", "B2"]


def test_a_record_that_cannot_be_decided_ahead_stops_no_other(watch: Watch, due_at: datetime) -> None:
    key = watch.site.shards[0].keys.record("B1")
    watch.site.client.hset(key, "doc", "{}")
    watch.look_ahead()
    site = watch.move_to(due_at)
    assert watch.fire().failed == ("B1",)
    assert sorted(releases(site)) == ["B0", "B2"]
    assert alarms(site) == [("held_without_clock", "B1")]


def test_only_the_next_minute_is_decided_and_no_more_than_fits(
    store: Store, due_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided: list[str] = []
    decide = foresight.decide

    def noting(*arguments: object) -> object:
        decisions = list(decide(*arguments))  # type: ignore[arg-type]
        decided.extend(decision.work.booking for decision in decisions)
        return decisions

    monkeypatch.setattr(foresight, "decide", noting)
    monkeypatch.setattr(foresight, "MOST_DECIDED", 20)
    watch = Watch(store, due_at - 30 * SECOND)
    soon = [booked(f"S{number}", due_at=due_at) for number in range(45)]
    take_in(watch.site, booked("LATER", due_at=due_at + 5 * MINUTE), *soon)
    watch.look_ahead()
    assert len(decided) == 20
    assert "LATER" not in decided
    watch.move_to(due_at)
    assert watch.fire().foreseen == 20
    assert (watch.fire().found, watch.fire().found) == (25, 0)
    assert len(releases(watch.site)) == 45
