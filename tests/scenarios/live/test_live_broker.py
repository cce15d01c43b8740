"""Broker and store may be away: deadlines fire without a broker, and as soon as the store is back."""

import os
import signal
import socket
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.bookings import PROFILE, booked, now
from tests.support.live_worker import LATEST, PATIENCE_SECONDS, becomes, delivered, lateness
from tests.support.processes import running_worker, servers_under
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import alarms, everything_sent, put, take_in
from worker.embedded.server import EmbeddedStore
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context

pytestmark = pytest.mark.live

SECOND = timedelta(seconds=1)


def test_without_a_broker_deadlines_fire_and_the_pacemaker_does_the_work_of_the_tasks(
    context: Context, store_server: str, tmp_path: Path
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = f"redis://127.0.0.1:{nobody.getsockname()[1]}/1"
        with running_worker(tmp_path, store_url=store_server, broker_url=closed) as worker:
            assert wait_until(lambda: worker.logged("broker_unreachable"), PATIENCE_SECONDS)
            take_in(context, booked("known", due_at=now() + SECOND))
            put_at = now()
            put(context, booked("waits", due_at=now() + 30 * SECOND), booked("past", due_at=now() - SECOND))
            assert timedelta(0) <= lateness(becomes(context, "known", "released")) < LATEST
            becomes(context, "waits", "held")
            becomes(context, "past", "released")
            waited = now() - put_at
            assert 4 * SECOND < waited < 10 * SECOND
            assert alarms(context) == [("intake_stalled", "clock"), ("late_on_arrival", "past")]
            assert wait_until(lambda: delivered(worker) == everything_sent(context), PATIENCE_SECONDS), (
                "the alarm too"
            )
            assert worker.stop() == 0


def test_a_worker_that_starts_before_its_store_and_loses_it_again_waits_for_it(tmp_path: Path) -> None:
    def kill_store() -> None:
        os.kill(servers_under(tmp_path / "store")[0], signal.SIGKILL)
        assert wait_until(lambda: not servers_under(tmp_path / "store"), PATIENCE_SECONDS)

    with EmbeddedStore.own(tmp_path / "store") as store:
        kill_store()
        with running_worker(tmp_path / "worker", store_url=store.url) as worker:
            assert wait_until(lambda: bool(worker.logged("store_unreachable")), PATIENCE_SECONDS)
            assert wait_until(store.ensure_running, PATIENCE_SECONDS)
            context = open_context(Settings(profile=PROFILE), store.url)
            take_in(context, booked("B1", due_at=now() + SECOND))
            assert timedelta(0) <= lateness(becomes(context, "B1", "released")) < LATEST
            context.client.close()
            kill_store()
            assert wait_until(lambda: len(worker.logged("store_unreachable")) == 2, PATIENCE_SECONDS)
            assert worker.stop() == 0
