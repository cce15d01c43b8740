"""A wrong wall clock of the worker's machine changes nothing: the store's time decides."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.bookings import amended, booked, now, raw
from tests.support.signals import NoCelery
from tests.support.upstream import put_as_arrived
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import (
    alarms,
    audit_problems,
    everything_sent,
    put,
    releases,
    take_in,
    the_record,
)
from worker.clock import SystemClock
from worker.engine import intake
from worker.engine.pacemaker import Pacemaker
from worker.store.context import Context

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

ERRORS = [10 * MINUTE, 3 * SECOND, -SECOND, -10 * MINUTE]


@contextmanager
def pacemaker_at_work(context: Context, data_dir: Path) -> Iterator[threading.Event]:
    """A running pacemaker that no signal of Celery helps, and what wakes it."""
    pacemaker = Pacemaker(lambda: context, NoCelery(), helpers=1, data_dir=data_dir)
    pacemaker.start()
    try:
        yield pacemaker.wake
    finally:
        pacemaker.stop()
        pacemaker.join()


def set_wrong(monkeypatch: pytest.MonkeyPatch, error: timedelta) -> None:
    """Set the wall clock of this machine wrong; its monotonic clock and the store's clock go on as before."""
    monkeypatch.setattr(SystemClock, "now", lambda _self: datetime.now(UTC) + error)


def scripts_run(context: Context) -> int:
    """How many commits the store has been asked for."""
    return int(context.client.info("commandstats")["cmdstat_evalsha"]["calls"])


def looks(context: Context) -> int:
    """How often the timers have been looked at."""
    return int(context.client.info("commandstats")["cmdstat_zrange"]["calls"])


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_a_deadline_fires_on_time_whatever_the_machines_clock_says(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: timedelta
) -> None:
    set_wrong(monkeypatch, error)
    due_at = now() + SECOND
    take_in(context, booked("B1", due_at=due_at))
    commits, looked = scripts_run(context), looks(context)
    with pacemaker_at_work(context, tmp_path):
        assert wait_until(lambda: the_record(context, "B1").state == "released", 10.0)
    record = the_record(context, "B1")
    assert record.released_at
    assert timedelta(0) <= record.released_at - due_at < SECOND / 2
    assert scripts_run(context) - commits < 20, "it asks the store over and over instead of waiting"
    assert looks(context) - looked < 200, "it looks at the timers over and over instead of waiting"
    assert alarms(context) == ([("clock_skew", "clock")] if abs(error) > 2 * SECOND else [])
    assert audit_problems(context) == []


def test_a_clock_behind_takes_no_amendment_after_the_deadline(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_wrong(monkeypatch, -MINUTE)
    due_at = now() + SECOND
    take_in(context, booked("B1", due_at=due_at))
    assert wait_until(lambda: context.store_now() > due_at, 10.0)
    put(context, amended("B1", now(), arrested_at=now() + 3 * DAY, booked_at=now() + 3 * DAY))
    intake.drain(context, context.shards[0])
    record = the_record(context, "B1")
    assert (record.state, record.deadline) == ("released", due_at)
    with pacemaker_at_work(context, tmp_path):
        pass
    assert the_record(context, "B1").deadline == due_at
    assert ("deadline_moved_later", "B1") not in alarms(context)


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_a_late_release_says_so_by_the_stores_time(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: timedelta
) -> None:
    set_wrong(monkeypatch, error)
    overdue_by = 5 * MINUTE
    due_at = now() - overdue_by
    put_as_arrived(context, (due_at - MINUTE, raw(booked("B1", due_at=due_at))))
    with pacemaker_at_work(context, tmp_path):
        assert wait_until(lambda: releases(context), 10.0)
    [late] = [event["data"] for event in everything_sent(context) if "overdue" in event["type"]]
    assert (late["fired_late"], late["overdue_minutes"]) == (True, 5)
