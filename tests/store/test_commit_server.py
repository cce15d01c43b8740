"""The commit script and its server: a forgotten script, exhausted memory, a tick with nothing due."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from redis.exceptions import NoScriptError

from tests.support.bookings import bail_posted, booked, now
from tests.support.commits import commit, full_commit
from tests.support.worker_by_hand import Store, decide_now, everything, take_in, the_record
from worker.custody.decide import Tick
from worker.store import timers
from worker.store.commit import Commit, CommitOutcome
from worker.store.connection import NotNowError
from worker.store.context import Context

HOUR = timedelta(hours=1)


def test_a_script_that_the_store_forgot_is_loaded_again(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    context.client.script_flush()
    decisions = [decide_now(context, number, booked(number, due_at=now() + HOUR)) for number in ("B2", "B3")]
    assert commit(context, *map(Commit, decisions)) == [CommitOutcome.COMMITTED] * 2
    assert context.client.xlen(context.shards[0].keys.journal) == 3
    assert commit(context, Commit(decide_now(context, "B1", bail_posted("B1", now())))) == [
        CommitOutcome.COMMITTED
    ]


def test_only_the_commits_that_met_a_forgotten_script_are_sent_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    committer = context.shards[0].committer
    evaluate = committer._evaluate
    monkeypatch.setattr("worker.store.commit.COMMITS_A_CALL", 1)

    def forget_in_the_middle(calls: Iterable[list[Any]]) -> Iterator[Any]:
        monkeypatch.setattr(committer, "_evaluate", evaluate)
        first, _ = calls
        return iter([*evaluate([first]), NoScriptError("forgotten")])

    monkeypatch.setattr(committer, "_evaluate", forget_in_the_middle)
    decisions = [decide_now(context, number, booked(number, due_at=now() + HOUR)) for number in ("B1", "B2")]
    assert commit(context, *map(Commit, decisions)) == [CommitOutcome.COMMITTED] * 2
    assert context.client.xlen(context.shards[0].keys.journal) == 2


def test_a_store_out_of_memory_refuses_a_commit_whole_and_takes_it_later(
    context: Context, store: Store
) -> None:
    whole = full_commit(context, decide_now(context, "B1", booked("B1", due_at=now() + HOUR)))
    before = everything(context.shards[0])
    store.client.config_set("maxmemory", "1")
    try:
        with pytest.raises(NotNowError, match="OOM"):
            commit(context, whole)
    finally:
        store.client.config_set("maxmemory", "0")
    assert everything(context.shards[0]) == before
    assert commit(context, whole) == [CommitOutcome.COMMITTED]


def test_a_tick_with_nothing_due_corrects_the_timer(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + 20 * HOUR))
    keys = context.shards[0].keys
    right = timers.of_all(context.client, keys, ["B1"])
    context.client.zadd(keys.timers, {"B1": 1})
    assert commit(context, Commit(decide_now(context, "B1", Tick()))) == [CommitOutcome.COMMITTED]
    assert timers.of_all(context.client, keys, ["B1"]) == right
    assert the_record(context, "B1").version == 1
