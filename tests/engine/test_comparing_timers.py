"""The timers are derived from the records again: what somebody deletes or moves is set, and alarmed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis.exceptions import ConnectionError as StoreConnectionError

from tests.support.bookings import PROFILE, bail_posted, booked, now, raw
from tests.support.upstream import to_court
from tests.support.worker_by_hand import (
    Store,
    alarms,
    audit_problems,
    everything_sent,
    put,
    take_in,
    the_record,
)
from worker.engine import firing
from worker.engine.chores import compare_timers
from worker.engine.chores.compare_timers import PAGE, CompareTimers
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import records, timers
from worker.store.context import Context
from worker.store.unix_ms import to_ms

HOUR = timedelta(hours=1)
WITHOUT_CLOCK = ("held_without_clock", "clock")


def compare(context: Context) -> list[tuple[str, str]]:
    """One whole round; every alarm so far."""
    chore = CompareTimers()
    while chore.hurry(context):
        pass
    return alarms(context)


def timed(context: Context, shard: int = 0) -> dict[str, int]:
    """Each timer in Unix ms, by booking."""
    return timers.page(context.client, context.shards[shard].keys, 0, 1_000_000)


@pytest.fixture
def filled(context: Context) -> Context:
    """B1 to B5 held, `bailed` released, `court` closed, `early` known by an event alone."""
    take_in(context, *(booked(f"B{number}", due_at=now() + number * HOUR) for number in range(1, 6)))
    take_in(context, booked("bailed", due_at=now() + HOUR), bail_posted("bailed", now()))
    take_in(context, booked("court", due_at=now() + HOUR), to_court("court", now()))
    take_in(context, bail_posted("early", now()))
    return context


def test_timers_that_are_right_are_left_alone(filled: Context) -> None:
    before = timed(filled)
    assert set(before) == {"B1", "B2", "B3", "B4", "B5", "bailed", "early"}
    versions = {booking: the_record(filled, booking).version for booking in before}
    assert compare(filled) == []
    assert timed(filled) == before
    assert {booking: the_record(filled, booking).version for booking in before} == versions


def test_all_timers_are_set_again_from_the_records_with_one_alarm(filled: Context) -> None:
    before = timed(filled)
    filled.client.delete(filled.shards[0].keys.timers)
    assert compare(filled) == [WITHOUT_CLOCK]
    after = timed(filled)
    # It was set before the store's time of the release was known.
    assert abs(after.pop("bailed") - before.pop("bailed")) < 1000
    assert after == before
    assert audit_problems(filled) == []
    assert "5 bookings (" in everything_sent(filled)[-1]["data"]["detail"]


@pytest.mark.parametrize("wrong", [-HOUR, HOUR, None], ids=["too early", "too late", "closed, with a timer"])
def test_a_timer_that_differs_is_set_right_and_only_one_that_holds_somebody_is_an_alarm(
    filled: Context, wrong: timedelta | None
) -> None:
    before = timed(filled)
    booking, at = ("court", to_ms(now())) if wrong is None else ("B3", before["B3"] + to_ms_of(wrong))
    filled.client.zadd(filled.shards[0].keys.timers, {booking: at})
    assert compare(filled) == ([WITHOUT_CLOCK] if wrong == HOUR else [])
    assert timed(filled) == before


def to_ms_of(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def test_whoever_was_due_meanwhile_is_released_once_the_timer_is_back(past_due: Context) -> None:
    past_due.client.delete(past_due.shards[0].keys.timers)
    compare(past_due)
    firing.fire(past_due, past_due.shards[0])
    assert the_record(past_due, "B2").state == "released"


def test_a_release_that_waits_for_older_events_gets_its_timer_all_the_same(
    past_due: Context, deadline: datetime
) -> None:
    keys, before = past_due.shards[0].keys, to_ms(deadline) - 1
    past_due.client.delete(keys.timers)
    past_due.client.xadd(keys.inbox, {"event": raw(bail_posted("B2", deadline))}, id=f"{before}-0")
    compare(past_due)
    assert set(timed(past_due)) == {"B/1", "B2"}
    assert the_record(past_due, "B2").state == "held"


def test_a_record_that_changes_while_it_is_compared_keeps_the_timer_of_its_new_version(
    filled: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = records.load

    def load_and_let_another_commit(*arguments: Any) -> Any:
        found = load(*arguments)
        monkeypatch.undo()
        take_in(filled, bail_posted("B1", now()), to_court("B2", now()))
        return found

    monkeypatch.setattr(compare_timers.records, "load", load_and_let_another_commit)
    assert compare(filled) == []
    assert the_record(filled, "B1").state == "released"
    assert "B2" not in timed(filled)
    assert audit_problems(filled) == []


def test_timers_without_a_record_are_dropped_and_alarmed_until_a_person_accepts_it(filled: Context) -> None:
    keys = filled.shards[0].keys
    filled.client.delete(keys.record("B1"), keys.record("B2"))
    assert compare(filled) == [("records_vanished", "clock")]
    assert not {"B1", "B2"} & set(timed(filled))
    assert "records deleted: 2" in everything_sent(filled)[-1]["data"]["detail"]


def test_a_record_that_cannot_be_read_is_alarmed_and_keeps_its_timer(filled: Context) -> None:
    filled.client.hset(filled.shards[0].keys.record("B1"), "doc", "{}")
    before = timed(filled)
    assert compare(filled) == [WITHOUT_CLOCK]
    assert compare(filled) == [WITHOUT_CLOCK], "not with every round"
    assert timed(filled) == before


def test_every_shard_is_compared(store: Store) -> None:
    context = open_context(Settings(profile=PROFILE, shards=3), store.url)
    for number in range(30):
        put(context, booked(f"B{number}", due_at=now() + HOUR))
    take_in(context)
    before = [timed(context, shard) for shard in range(3)]
    assert all(before)
    context.client.delete(*(shard.keys.timers for shard in context.shards))
    compare(context)
    assert [timed(context, shard) for shard in range(3)] == before
    context.client.close()


# Rounds


@pytest.fixture
def many(context: Context) -> Iterator[Context]:
    """More people held than several pages have."""
    take_in(context, *(booked(f"B{number}", due_at=now() + HOUR) for number in range(8 * PAGE)))
    yield context


def test_a_round_is_urgent_at_the_start_and_then_a_page_at_a_time(many: Context) -> None:
    chore = CompareTimers()
    assert chore.hurry(many), "one page does not end it"
    while chore.hurry(many):
        pass
    assert not chore.hurry(many)
    many.client.zrem(many.shards[0].keys.timers, "B1")
    for _ in range(100):
        chore.do(many)
    assert len(timed(many)) == 8 * PAGE


@pytest.mark.parametrize("left", [0, 100], ids=["all", "most"])
def test_a_round_begins_at_once_where_many_timers_have_vanished(many: Context, left: int) -> None:
    chore = CompareTimers()
    while chore.hurry(many):
        pass
    chore.do(many)
    many.client.zremrangebyrank(many.shards[0].keys.timers, left, -1)
    chore.do(many)
    assert chore.hurry(many)
    while chore.hurry(many):
        pass
    assert len(timed(many)) == 8 * PAGE
    assert alarms(many) == [WITHOUT_CLOCK]


def test_a_few_releases_are_no_reason_to_hurry(filled: Context) -> None:
    chore = CompareTimers()
    while chore.hurry(filled):
        pass
    chore.do(filled)
    take_in(filled, to_court("B1", now()), to_court("B2", now()))
    chore.do(filled)
    assert not chore.hurry(filled)


def test_an_urgent_round_that_the_store_interrupts_begins_again(
    filled: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise StoreConnectionError("gone")

    filled.client.delete(filled.shards[0].keys.timers)
    chore = CompareTimers()
    with monkeypatch.context() as interrupted:
        interrupted.setattr(compare_timers.records, "load", gone)
        with pytest.raises(StoreConnectionError):
            chore.hurry(filled)
    while chore.hurry(filled):
        pass
    assert len(timed(filled)) == 7


def test_a_defect_ends_the_round_and_keeps_no_beat_busy(
    filled: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a defect")

    chore = CompareTimers()
    with monkeypatch.context() as broken:
        broken.setattr(compare_timers, "next_attention", fail)
        assert not chore.hurry(filled)
    filled.client.delete(filled.shards[0].keys.timers)
    for _ in range(10):
        chore.do(filled)
    assert len(timed(filled)) == 7
