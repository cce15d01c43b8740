"""Every way to run a worker does the same, and SIGTERM ends each when it has finished what it holds."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from events.addressing import shard_of
from tests.support.bookings import PROFILE, booked, now
from tests.support.live_worker import (
    LATEST,
    PATIENCE_SECONDS,
    Service,
    delivered,
    is_released_on_time,
    lateness,
)
from tests.support.processes import CELERY, WORKER, running_worker
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store, audit_problems, everything_sent, put, the_record
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context

pytestmark = pytest.mark.live

HOUR = timedelta(hours=1)
BACKLOG = 4_000

WAYS = {
    "custody worker": WORKER,
    "celery -A worker worker": CELERY,
    "--pool solo": (*WORKER, "--pool", "solo"),
    "--pool threads": (*WORKER, "--pool", "threads"),
    "python -m worker run": (*WORKER[:-1], "run"),
}


@pytest.fixture(params=WAYS)
def service(
    request: pytest.FixtureRequest, context: Context, tmp_path: Path, store_server: str
) -> Iterator[Service]:
    """A worker started in one of these ways."""
    with running_worker(tmp_path, WAYS[request.param], store_url=store_server) as worker:
        yield Service(context, worker.wait_until_ready())


def test_every_kind_of_worker_releases_on_time_and_loses_nothing_at_sigterm_in_a_backlog(
    service: Service,
) -> None:
    context, worker = service
    assert is_released_on_time(context, "B1", due_in=timedelta(seconds=1))
    assert wait_until(lambda: len(delivered(worker)) == 1, PATIENCE_SECONDS)
    put(context, *(booked(f"backlog-{number}", due_at=now() + HOUR) for number in range(BACKLOG)))
    inbox = context.shards[0].inbox
    assert wait_until(lambda: inbox.waiting() < BACKLOG, PATIENCE_SECONDS)
    assert inbox.waiting() > 0, "the backlog was gone before the signal came"
    assert worker.stop() == 0
    left = inbox.waiting()
    assert context.client.xpending(context.shards[0].keys.inbox, "clock")["pending"] == 0
    assert context.client.zcard(context.shards[0].keys.timers) == BACKLOG - left + 1
    assert audit_problems(context) == []


def test_the_command_alive_succeeds_only_once_a_worker_runs(
    tmp_path: Path, context: Context, store_server: str
) -> None:
    def is_alive() -> bool:
        words = [sys.executable, "-m", "worker", "alive"]
        settings = {"CUSTODY_DATA_DIR": str(tmp_path / "data")}
        done = subprocess.run(words, env=os.environ | settings, capture_output=True, check=False)
        return done.returncode == 0

    assert not is_alive()
    with running_worker(tmp_path, store_url=store_server) as worker:
        worker.wait_until_ready()
        assert wait_until(is_alive, PATIENCE_SECONDS)


def test_with_several_shards_an_event_is_processed_whichever_shard_it_was_put_on(
    store: Store, tmp_path: Path
) -> None:
    context = open_context(Settings(profile=PROFILE, shards=3), store.url)
    with running_worker(tmp_path, store_url=store.url, shards="3") as worker:
        worker.wait_until_ready()
        due_at = now() + timedelta(seconds=2)
        homes = {booking: shard_of(booking, 3) for booking in map("B{}".format, range(12))}
        assert set(homes.values()) == {0, 1, 2}
        put(context, *(booked(booking, due_at=due_at) for booking in homes), shard=1)
        orders = "custody.record.released.v1"

        def released() -> dict[str, int]:
            return {
                event["subject"]: shard
                for shard in range(3)
                for event in everything_sent(context, shard)
                if event["type"] == orders
            }

        assert wait_until(lambda: len(released()) == len(homes), PATIENCE_SECONDS)
        assert released() == homes
        late = [lateness(the_record(context, booking, shard)) for booking, shard in homes.items()]
        assert timedelta(0) <= min(late)
        assert max(late) < LATEST
        assert worker.stop() == 0
    context.client.close()
