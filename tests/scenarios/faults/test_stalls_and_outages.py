"""Real workers that are down, or stopped and continued: the events of a booking keep their order."""

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.bookings import amended, bail_posted, booked, custody_requested, now
from tests.support.live_worker import LATEST, becomes, lateness, stop_while_it_holds_something
from tests.support.processes import running_worker
from tests.support.upstream import hold_already, to_court
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import alarms, audit_problems, put, rejected, releases, take_in
from worker.store import journal
from worker.store.context import Context

pytestmark = pytest.mark.live

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
PATIENCE_SECONDS = 20.0
TAKEN_OVER_WITHIN_SECONDS = 10.0


def is_empty(context: Context) -> bool:
    return context.shards[0].inbox.waiting() == 0


def outcomes(context: Context, booking: str) -> list[str]:
    timeline = journal.timeline(context.client, context.shards[0].keys, booking)
    return [link.content["outcome"] for link in timeline]


def test_bail_posted_while_no_worker_ran_releases_and_ice_at_the_counter_after_it_gets_nobody(
    context: Context, store_server: str, tmp_path: Path
) -> None:
    others = [booked(f"other-{number}", due_at=now() + HOUR) for number in range(398)]
    posted_at = now()
    put(context, *others, booked("X", due_at=posted_at + HOUR), bail_posted("X", posted_at))
    put(context, custody_requested("X", posted_at + SECOND))
    with running_worker(tmp_path, store_url=store_server) as worker:
        worker.wait_until_ready()
        assert len(worker.children()) == 2
        record = becomes(context, "X", "released")
        assert record.basis == "bail"
        assert wait_until(lambda: is_empty(context), PATIENCE_SECONDS)
        assert outcomes(context, "X") == ["clock_started", "released", "custody_refused"]
        assert ("custody_refused", "X") in alarms(context)
        assert worker.stop() == 0


def test_who_was_taken_to_court_before_a_deadline_that_passed_while_no_worker_ran_is_not_released(
    context: Context, store_server: str, tmp_path: Path
) -> None:
    due_at = now() + SECOND
    take_in(context, booked("court", due_at=due_at), booked("jail", due_at=due_at))
    put(context, *(booked(f"other-{number}", due_at=now() + HOUR) for number in range(1_500)))
    put(context, to_court("court", now()))
    assert now() < due_at
    assert wait_until(lambda: now() > due_at, PATIENCE_SECONDS)
    with running_worker(tmp_path, store_url=store_server) as worker:
        worker.wait_until_ready()
        assert becomes(context, "court", "closed").basis == "transferred"
        assert becomes(context, "jail", "released").basis == "deadline"
        assert wait_until(lambda: is_empty(context), PATIENCE_SECONDS)
        assert releases(context) == ["jail"]
        assert alarms(context) == []
        assert worker.stop() == 0


def test_a_worker_that_was_stopped_in_mid_batch_commits_nothing_when_it_goes_on_after_another_took_over(
    context: Context, store_server: str, tmp_path: Path
) -> None:
    with (
        running_worker(tmp_path / "first", store_url=store_server) as first,
        running_worker(tmp_path / "second", store_url=store_server) as second,
    ):
        first.wait_until_ready()
        second.wait_until_ready()
        bookings = stop_while_it_holds_something(first, context, resting=second)
        assert wait_until(lambda: is_empty(context), TAKEN_OVER_WITHIN_SECONDS)
        newest = bookings[-500:]
        put(context, *(amended(booking, now(), facility="elsewhere") for booking in newest))
        put(context, *(bail_posted(booking, now()) for booking in newest))
        assert wait_until(lambda: is_empty(context), PATIENCE_SECONDS)
        os.killpg(first.process.pid, signal.SIGCONT)
        assert wait_until(lambda: first.logged("reader_overtaken"), PATIENCE_SECONDS)
        for booking in newest:
            assert outcomes(context, booking) == ["clock_started", "amended", "released"]
        assert (rejected(context), audit_problems(context)) == ([], [])
        assert second.stop() == 0
        put(context, booked("afterwards", due_at=now() + 1.5 * SECOND))
        assert timedelta(0) <= lateness(becomes(context, "afterwards", "released")) < LATEST
        assert first.stop() == 0


def test_a_release_waits_for_what_a_stopped_worker_holds_until_another_has_taken_over(
    context: Context, store_server: str, tmp_path: Path
) -> None:
    with (
        running_worker(tmp_path / "first", store_url=store_server) as first,
        running_worker(tmp_path / "second", store_url=store_server) as second,
    ):
        first.wait_until_ready()
        second.wait_until_ready()
        stop_while_it_holds_something(first, context, resting=second)
        due_at = now() + SECOND
        hold_already(context, "court", due_at=due_at)
        put(context, to_court("court", now()))
        assert wait_until(lambda: now() > due_at, PATIENCE_SECONDS)
        assert becomes(context, "court", "closed").basis == "transferred"
        assert releases(context) == []
        first.kill()
        assert second.stop() == 0
