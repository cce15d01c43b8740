"""Without Celery the pacemaker goes on; a failing intake delays no deadline, a backlog hides nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.bookings import booked, now
from tests.support.signals import NoCelery
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import (
    Store,
    alarms,
    put,
    simulated_context,
    take_in,
    the_record,
)
from worker import heartbeat
from worker.engine import firing, intake
from worker.engine.chores import look_around
from worker.engine.chores.look_around import LookAround
from worker.engine.chores.show_life import ShowLife
from worker.engine.pacemaker import Pacemaker
from worker.store.context import Context

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
PATIENCE_SECONDS = 10.0
LATEST = SECOND / 2


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits counts as stalled at once, and is looked for at every beat."""
    monkeypatch.setattr(look_around, "STALLED_AFTER_SECONDS", 0.0)
    for chore in (ShowLife, LookAround):
        monkeypatch.setattr(chore, "interval_seconds", 0.0)


@contextmanager
def pacemaker_at_work(context: Context, data_dir: Path) -> Iterator[None]:
    """A running pacemaker whose signals reach nobody."""
    pacemaker = Pacemaker(lambda: context, NoCelery(), helpers=1, data_dir=data_dir)
    pacemaker.start()
    try:
        yield
    finally:
        pacemaker.stop()
        pacemaker.join()


def is_released_on_time(context: Context, booking: str) -> bool:
    """Whether a booking due in a second is released then."""
    take_in(context, booked(booking, due_at=now() + SECOND))
    wait_until(lambda: the_record(context, booking).state == "released", PATIENCE_SECONDS)
    record = the_record(context, booking)
    assert record.released_at
    assert record.deadline
    return timedelta(0) <= record.released_at - record.deadline < LATEST


def test_an_intake_that_fails_delays_no_release(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError("a defect")

    take_in(context, booked("B1", due_at=now() + SECOND))
    monkeypatch.setattr(intake, "work_one_batch", fail)
    put(context, booked("B2", due_at=now() + HOUR))
    with pacemaker_at_work(context, tmp_path):
        assert wait_until(lambda: the_record(context, "B1").state == "released", PATIENCE_SECONDS)
    record = the_record(context, "B1")
    assert record.released_at
    assert record.deadline
    assert timedelta(0) <= record.released_at - record.deadline < LATEST


# A backlog


@pytest.fixture
def backlog(store: Store) -> Iterator[Context]:
    """A store with simulated time on which more than one batch is due."""
    before = simulated_context(store, now())
    take_in(before, *(booked(f"B{number}", due_at=now() + HOUR / 2) for number in range(firing.BATCH + 1)))
    before.client.close()
    context = simulated_context(store, now() + HOUR)
    yield context
    context.client.close()


def test_in_a_backlog_the_pacemaker_still_shows_life_and_looks_at_intake_and_clocks(
    backlog: Context, tmp_path: Path
) -> None:
    put(backlog, booked("waits", due_at=now() + 3 * HOUR))
    as_if_real = replace(backlog, simulated=False)
    pacemaker = Pacemaker(lambda: backlog, NoCelery(), helpers=1, data_dir=tmp_path)
    assert pacemaker.beat(as_if_real) == 0, "more is due at once"
    pacemaker.beat(as_if_real)  # an inbox that waits at one look may just be between two tasks
    assert wait_until(lambda: heartbeat.is_alive(tmp_path, datetime.now(UTC).timestamp()), PATIENCE_SECONDS)
    assert {("intake_stalled", "clock"), ("clock_skew", "clock")} <= set(alarms(backlog))
