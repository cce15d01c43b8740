"""The commit script and its server: forgotten scripts, exhausted memory, signals with nothing to do."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from bookings import bail_posted, booked, now
from committing import commit, laden
from redis.exceptions import NoScriptError, OutOfMemoryError
from working import Store, decide, everything, take_in, the_record

from worker.custody.advance import Tick
from worker.site import Site
from worker.store import timers
from worker.store.commit import Commit, Committed

HOUR = timedelta(hours=1)


def test_a_script_that_the_store_forgot_is_sent_again(site: Site) -> None:
    take_in(site, booked("B1", due_at=now() + HOUR))
    site.client.script_flush()
    decisions = [decide(site, number, booked(number, due_at=now() + HOUR)) for number in ("B2", "B3")]
    assert commit(site, *map(Commit, decisions)) == [Committed.COMMITTED] * 2
    assert site.client.xlen(site.shards[0].keys.journal) == 3
    assert commit(site, Commit(decide(site, "B1", bail_posted("B1", now())))) == [Committed.COMMITTED]


def test_of_a_batch_only_what_met_a_store_that_had_forgotten_the_script_is_sent_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    committer = site.shards[0].committer
    evaluate = committer._evaluate
    monkeypatch.setattr("worker.store.commit.COMMITS_A_CALL", 1)

    def forget_in_the_middle(calls: Iterable[list[Any]]) -> Iterator[Any]:
        monkeypatch.setattr(committer, "_evaluate", evaluate)
        first, _ = calls
        return iter([*evaluate([first]), NoScriptError("forgotten")])

    monkeypatch.setattr(committer, "_evaluate", forget_in_the_middle)
    decisions = [decide(site, number, booked(number, due_at=now() + HOUR)) for number in ("B1", "B2")]
    assert commit(site, *map(Commit, decisions)) == [Committed.COMMITTED] * 2
    assert site.client.xlen(site.shards[0].keys.journal) == 2


def test_a_store_without_memory_to_spare_refuses_whole_and_takes_the_same_commit_later(
    site: Site, store: Store
) -> None:
    whole = laden(site, decide(site, "B1", booked("B1", due_at=now() + HOUR)))
    before = everything(site.shards[0])
    store.client.config_set("maxmemory", "1")
    try:
        with pytest.raises(OutOfMemoryError):
            commit(site, whole)
    finally:
        store.client.config_set("maxmemory", "0")
    assert everything(site.shards[0]) == before
    assert commit(site, whole) == [Committed.COMMITTED]


def test_a_signal_with_nothing_to_do_sets_the_timer_right(site: Site) -> None:
    take_in(site, booked("B1", due_at=now() + 20 * HOUR))
    keys = site.shards[0].keys
    right = timers.of_all(site.client, keys, ["B1"])
    site.client.zadd(keys.timers, {"B1": 1})
    assert commit(site, Commit(decide(site, "B1", Tick()))) == [Committed.COMMITTED]
    assert timers.of_all(site.client, keys, ["B1"]) == right
    assert the_record(site, "B1").version == 1
