"""A worker whose clock is wrong releases nobody early, and late only by what its own clock is behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.bookings import booked, now
from tests.support.signals import NoCelery
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import alarms, audit_problems, take_in, the_record
from worker.clock import ScaledClock
from worker.engine.pacemaker import Pacemaker
from worker.store.context import Context

SECOND = timedelta(seconds=1)


@contextmanager
def pacemaker_off_by(context: Context, error: timedelta, data_dir: Path) -> Iterator[None]:
    """A running pacemaker whose clock is off by `error`, on a store whose clock is right."""
    real = datetime.now(UTC)
    wrong = replace(context, clock=ScaledClock(real + error, real, 1))
    pacemaker = Pacemaker(lambda: wrong, NoCelery(), helpers=1, data_dir=data_dir, sinks=[])
    pacemaker.start()
    try:
        yield
    finally:
        pacemaker.stop()
        pacemaker.join()


def scripts_run(context: Context) -> int:
    """How many commits the store has been asked for."""
    return int(context.client.info("commandstats")["cmdstat_evalsha"]["calls"])


@pytest.mark.parametrize("seconds", [3.0, 1.0, -1.0, -2.5])
def test_a_deadline_must_have_passed_on_both_clocks_and_fires_as_soon_as_it_has(
    context: Context, tmp_path: Path, seconds: float
) -> None:
    due_at = now() + SECOND
    take_in(context, booked("B1", due_at=due_at))
    before = scripts_run(context)
    with pacemaker_off_by(context, seconds * SECOND, tmp_path):
        assert wait_until(lambda: the_record(context, "B1").state == "released", 10.0)
    record = the_record(context, "B1")
    assert record.released_at
    passed_on_both = due_at + max(0.0, -seconds) * SECOND
    assert timedelta(0) <= record.released_at - passed_on_both < 0.5 * SECOND
    assert scripts_run(context) - before < 20, "it asks the store over and over instead of waiting"
    assert alarms(context) == ([("clock_skew", "clock")] if abs(seconds) > 2 else [])
    assert audit_problems(context) == []
