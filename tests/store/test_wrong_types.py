"""A key that another program has overwritten stops no release, and leaves nothing half-written."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ResponseError

from tests.support.bookings import PROFILE, bail_posted, booked, now
from tests.support.commits import commit, full_commit
from tests.support.signals import NoCelery
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store, alarms, decide_now, everything, put, take_in, the_record
from worker.engine.alarms import raise_alarm
from worker.engine.pacemaker import Pacemaker
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import commit as commit_module
from worker.store import wrong_types
from worker.store.commit import CommitOutcome
from worker.store.context import Context
from worker.store.keys import Keys

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
PATIENCE_SECONDS = 20.0
KEYS = Keys()
LAST_ID = "18446744073709551615-18446744073709551615"
WRITTEN = [KEYS.timers, KEYS.journal, KEYS.outbox, KEYS.inbox, KEYS.rejects, KEYS.simulation, KEYS.wake]


def overwrite(client: Any, key: str) -> None:
    """As another program does, at once; a key that must be a string becomes a list."""
    pipeline = client.pipeline()
    pipeline.delete(key)
    if KEYS.types()[key] == "string":
        pipeline.rpush(key, "not", "ours")
    else:
        pipeline.set(key, "not ours")
    pipeline.execute()


@pytest.mark.parametrize("key", WRITTEN)
def test_a_commit_writes_nothing_where_a_key_is_of_the_wrong_type(
    context: Context, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    release = full_commit(context, decide_now(context, "B1", bail_posted("B1", now())))
    monkeypatch.setattr(commit_module, "set_aside", lambda *_: [])
    overwrite(context.client, key)
    before = everything(context.shards[0])
    with pytest.raises(ResponseError, match=f"WRONGTYPE {key} is a string"):
        commit(context, release)
    assert everything(context.shards[0]) == before


@pytest.mark.parametrize("key", WRITTEN)
def test_a_key_of_the_wrong_type_is_set_aside_and_the_release_is_made(context: Context, key: str) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    release = full_commit(context, decide_now(context, "B1", bail_posted("B1", now())))
    overwrite(context.client, key)
    assert commit(context, release) == [CommitOutcome.COMMITTED]
    assert the_record(context, "B1").state == "released"
    assert context.client.get(f"{key}:wrong-type") == b"not ours"
    assert wrong_types.found(context.client, KEYS) == [f"{key}:wrong-type"]


@pytest.mark.parametrize("key", [KEYS.journal, KEYS.outbox, KEYS.rejects, KEYS.wake])
def test_a_stream_that_takes_no_entry_any_more_is_set_aside_and_the_release_is_made(
    context: Context, key: str
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    release = full_commit(context, decide_now(context, "B1", bail_posted("B1", now())))
    context.client.xadd(key, {"event": "x"}, id=LAST_ID)
    assert commit(context, release) == [CommitOutcome.COMMITTED]
    assert the_record(context, "B1").state == "released"
    assert context.client.exists(f"{key}:wrong-type")
    assert context.client.xlen(key) > 0


def test_an_inbox_that_takes_no_entry_any_more_is_worked_and_holds_up_nothing(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    put(context, bail_posted("B1", now()))
    context.client.xadd(KEYS.inbox, {"event": "x"}, id=LAST_ID)
    take_in(context)
    assert the_record(context, "B1").state == "released"


def test_a_record_of_the_wrong_type_refuses_its_own_commit_and_no_other(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), booked("B2", due_at=now() + HOUR))
    release = [
        full_commit(context, decide_now(context, booking, bail_posted(booking, now())))
        for booking in ("B1", "B2")
    ]
    context.client.set(KEYS.record("B1"), "not ours")
    assert commit(context, *release) == [CommitOutcome.NO_RECORD_KEY, CommitOutcome.COMMITTED]
    assert the_record(context, "B2").state == "released"


@pytest.mark.parametrize("key", KEYS.types())
def test_whatever_key_is_overwritten_a_worker_takes_in_releases_and_alarms(
    key: str, store: Store, tmp_path: Path
) -> None:
    context = open_context(Settings(profile=PROFILE), store.url)
    pacemaker = Pacemaker(
        lambda: open_context(Settings(profile=PROFILE), store.url),
        NoCelery(),
        helpers=1,
        data_dir=tmp_path,
    )
    pacemaker.start()
    try:
        overwrite(context.client, key)
        assert wait_until(lambda: context.client.exists(f"{key}:wrong-type"), PATIENCE_SECONDS)
        assert wait_until(lambda: ("key_set_aside", "clock") in alarms(context), PATIENCE_SECONDS)
        take_in(context, booked("B1", due_at=now() + SECOND), booked("B2", due_at=now() + HOUR))
        assert wait_until(lambda: the_record(context, "B1").state == "released", PATIENCE_SECONDS)
    finally:
        pacemaker.stop()
        pacemaker.join()
        context.client.close()


def test_an_alarm_that_was_overwritten_is_raised_and_then_quiet_again(context: Context) -> None:
    shard = context.shards[0]
    context.client.rpush(shard.keys.alarmed("clock_skew:clock"), "not", "ours")
    assert raise_alarm(shard, "clock_skew", "a sample", now())
    assert not raise_alarm(shard, "clock_skew", "a sample", now())
    assert alarms(context) == [("clock_skew", "clock")]


def test_a_count_of_refusals_that_was_overwritten_stops_no_intake(context: Context) -> None:
    shard = context.shards[0]
    context.client.rpush(shard.keys.alarmed("event_refused::not_json:count"), "not", "ours")
    take_in(context, b"garbage", booked("B1", due_at=now() + HOUR))
    assert the_record(context, "B1").state == "held"
    assert alarms(context) == [("event_refused", "clock")]


def test_of_two_that_are_set_aside_under_one_name_the_first_is_kept(context: Context) -> None:
    for content in ("first", "second"):
        context.client.delete(KEYS.rejects)
        context.client.set(KEYS.rejects, content)
        assert wrong_types.set_aside(context.client, KEYS) == [KEYS.rejects]
    assert context.client.get(f"{KEYS.rejects}:wrong-type") == b"first"
    assert wrong_types.set_aside(context.client, KEYS) == []
