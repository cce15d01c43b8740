"""An inbox of which nothing is settled is worked and alarmed, whoever reads it and whatever its ids say."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.bookings import booked, now, raw
from tests.support.upstream import put_as_arrived
from tests.support.worker_by_hand import alarms, the_record
from worker.engine import intake
from worker.engine.chores import standstill
from worker.engine.chores.look_around import LookAround
from worker.engine.chores.look_for_strays import LookForStrays
from worker.engine.chores.show_life import ShowLife
from worker.store.context import Context
from worker.store.keys import Keys
from worker.store.unix_ms import to_ms

MINUTE = timedelta(minutes=1)
YEAR = timedelta(days=365)


class Watch:
    """A chore that looks around once a second, of a time that is moved by hand."""

    def __init__(self, context: Context) -> None:
        self.seconds = 1_000.0
        self._context = context
        self._chore = LookAround()

    def look(self, seconds: int) -> None:
        """Look around for so many seconds, and work what is stalled."""
        for _ in range(seconds):
            self.seconds += 1
            self._chore.do(self._context)
            self._chore.work_stalled_intake(self._context)


@pytest.fixture
def watch(context: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    watch = Watch(context)
    monkeypatch.setattr(standstill, "time", SimpleNamespace(monotonic=lambda: watch.seconds))
    return watch


def put_at(context: Context, booking: str, arrived_at: datetime) -> None:
    put_as_arrived(context, (arrived_at, raw(booked(booking, due_at=now() + 60 * MINUTE))))


def test_what_waited_while_the_worker_was_down_is_no_alarm_if_tasks_take_it_then(
    context: Context, watch: Watch
) -> None:
    put_at(context, "B1", now() - 10 * MINUTE)
    watch.look(5)
    assert alarms(context) == []
    intake.drain(context, context.shards[0])
    watch.look(10)
    assert alarms(context) == []


@pytest.mark.parametrize("ahead", [-MINUTE, 10 * YEAR], ids=["a minute ago", "an id of ten years from now"])
def test_what_nobody_takes_in_for_5_s_is_worked_and_alarmed(
    context: Context, watch: Watch, ahead: timedelta
) -> None:
    watch.look(6)
    put_at(context, "B1", now() + ahead)
    watch.look(5)
    assert alarms(context) == []
    watch.look(2)
    assert the_record(context, "B1").state == "held"
    assert alarms(context) == [("intake_stalled", "clock")]


def test_after_an_outage_the_tasks_have_their_chance_again(context: Context, watch: Watch) -> None:
    watch.look(20)
    put_at(context, "B1", now() - MINUTE)
    watch.look(3)
    watch.seconds += 10
    watch.look(5)
    assert alarms(context) == []


def test_a_reader_that_settles_nothing_is_an_alarm_though_it_holds_the_lease(
    context: Context, watch: Watch
) -> None:
    put_at(context, "B1", now() - MINUTE)
    reader = context.shards[0].inbox.reader()
    for _ in range(5):
        reader.read(10)
        watch.look(1)
    assert alarms(context) == []
    reader.read(10)
    watch.look(2)
    assert alarms(context) == [("intake_stalled", "clock")]


def test_while_something_is_settled_nothing_is_an_alarm_however_much_waits(
    context: Context, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BATCH", 1)
    for number in range(20):
        put_at(context, f"B{number}", now() - 10 * MINUTE + number * timedelta(seconds=1))
    for _ in range(15):
        intake.work_one_batch(context, context.shards[0])
        watch.look(1)
    assert alarms(context) == []


def test_a_stalled_inbox_is_worked_until_it_is_empty(
    context: Context, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BATCH", 1)
    for number in range(20):
        put_at(context, f"B{number}", now() - 10 * MINUTE + number * timedelta(seconds=1))
    watch.look(6 + 20)
    assert context.shards[0].inbox.oldest_id() is None


def test_a_store_whose_clock_was_set_back_is_an_alarm(context: Context, tmp_path: Path) -> None:
    life = ShowLife(tmp_path)
    life.do(context)
    assert alarms(context) == []
    context.client.set(context.shards[0].keys.awake, to_ms(now() + MINUTE))
    for _ in range(3):
        life.do(context)
    assert alarms(context) == [("clock_skew", "clock")]


def test_events_of_a_shard_that_there_is_not_are_an_alarm(context: Context) -> None:
    LookForStrays().do(context)
    assert alarms(context) == []
    context.client.xadd(Keys(1).inbox, {"event": "{}"})
    LookForStrays().do(context)
    assert alarms(context) == [("intake_stalled", "clock")]
