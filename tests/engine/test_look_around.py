"""An inbox that nobody reads is worked and alarmed; what waited while the worker was down is only worked."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.support.bookings import booked, now, raw
from tests.support.upstream import put_as_arrived
from tests.support.worker_by_hand import alarms, read_as_another, the_record
from worker.engine.chores import look_around
from worker.engine.chores.look_around import GAP_SECONDS, LookAround
from worker.store.context import Context

MINUTE = timedelta(minutes=1)


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
    monkeypatch.setattr(look_around, "time", SimpleNamespace(monotonic=lambda: watch.seconds))
    return watch


def put_minutes_ago(context: Context, booking: str, minutes: int) -> None:
    put_as_arrived(context, (now() - minutes * MINUTE, raw(booked(booking, due_at=now() + 60 * MINUTE))))


def test_what_waited_while_the_worker_was_down_is_worked_without_an_alarm(
    context: Context, watch: Watch
) -> None:
    put_minutes_ago(context, "B1", 10)
    watch.look(3)
    assert the_record(context, "B1").state == "held"
    watch.look(10)
    assert alarms(context) == []


def test_what_waits_while_the_worker_watches_is_worked_and_alarmed(context: Context, watch: Watch) -> None:
    watch.look(6)
    put_minutes_ago(context, "B1", 1)
    watch.look(2)
    assert the_record(context, "B1").state == "held"
    assert alarms(context) == [("intake_stalled", "clock")]


def test_an_inbox_that_still_waits_when_the_tasks_had_their_chance_is_alarmed(
    context: Context, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_around.intake, "try_one_batch", lambda *_: 0)
    put_minutes_ago(context, "B1", 10)
    watch.look(5)
    assert alarms(context) == []
    watch.look(2)
    assert alarms(context) == [("intake_stalled", "clock")]


def test_after_an_outage_the_tasks_have_their_chance_again(context: Context, watch: Watch) -> None:
    watch.look(20)
    put_minutes_ago(context, "B1", 1)
    watch.seconds += GAP_SECONDS
    watch.look(3)
    assert the_record(context, "B1").state == "held"
    assert alarms(context) == []


def test_an_inbox_that_somebody_reads_is_not_stalled(context: Context, watch: Watch) -> None:
    put_minutes_ago(context, "B1", 10)
    read_as_another(context)
    watch.look(3)
    assert alarms(context) == []
