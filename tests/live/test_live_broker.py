"""Broker and store may be away: deadlines fire without the one, and as soon as the other is back."""

import os
import signal
import socket
from datetime import timedelta
from pathlib import Path

import pytest
from bookings import PROFILE, booked, now
from living import LATEST, PATIENCE_SECONDS, becomes, delivered, lateness
from processes import running_worker, servers_under
from waiting import wait_until
from working import alarms, put, take_in, told

from worker.settings import Settings
from worker.site import Site, open_site
from worker.store.embedded import EmbeddedStore

pytestmark = pytest.mark.live

SECOND = timedelta(seconds=1)


def test_without_a_broker_deadlines_fire_and_the_pacemaker_works_and_delivers_what_waits(
    site: Site, store_server: str, tmp_path: Path
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = f"redis://127.0.0.1:{nobody.getsockname()[1]}/1"
        with running_worker(tmp_path, store_url=store_server, broker_url=closed) as worker:
            assert wait_until(lambda: "Cannot connect" in worker.log, PATIENCE_SECONDS)
            take_in(site, booked("known", due_at=now() + SECOND))
            put_at = now()
            put(site, booked("waits", due_at=now() + 30 * SECOND), booked("past", due_at=now() - SECOND))
            assert timedelta(0) <= lateness(becomes(site, "known", "released")) < LATEST
            becomes(site, "waits", "held")
            becomes(site, "past", "released")
            waited = now() - put_at
            assert 4 * SECOND < waited < 10 * SECOND
            assert alarms(site) == [("intake_stalled", "clock")]
            assert wait_until(lambda: delivered(worker) == told(site), PATIENCE_SECONDS), "the alarm too"
            assert worker.stop() == 0


def test_a_worker_that_starts_before_its_store_and_loses_it_again_waits_for_it(tmp_path: Path) -> None:
    def kill_store() -> None:
        os.kill(servers_under(tmp_path / "store")[0], signal.SIGKILL)
        assert wait_until(lambda: not servers_under(tmp_path / "store"), PATIENCE_SECONDS)

    with EmbeddedStore.own(tmp_path / "store") as store:
        kill_store()
        with running_worker(tmp_path / "worker", store_url=store.url) as worker:
            assert wait_until(lambda: bool(worker.said("store_unreachable")), PATIENCE_SECONDS)
            assert wait_until(store.ensure_running, PATIENCE_SECONDS)
            site = open_site(Settings(profile=PROFILE), store.url)
            take_in(site, booked("B1", due_at=now() + SECOND))
            assert timedelta(0) <= lateness(becomes(site, "B1", "released")) < LATEST
            site.client.close()
            kill_store()
            assert wait_until(lambda: len(worker.said("store_unreachable")) == 2, PATIENCE_SECONDS)
            assert worker.stop() == 0
