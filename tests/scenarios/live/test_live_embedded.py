"""Without CUSTODY_STORE_URL a worker starts its own store, which outlives it and which commands find."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.bookings import PROFILE, booked, now, raw
from tests.support.processes import no_server_left, running_worker, servers_under
from tests.support.waiting import wait_until
from worker.embedded.server import StoreNotRunning, find
from worker.store.connection import connect
from worker.store.keys import Keys

pytestmark = pytest.mark.live

HOUR = timedelta(hours=1)
PATIENCE_SECONDS = 20.0


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """An empty directory; no server is left under it."""
    with no_server_left(tmp_path):
        yield tmp_path


def ask(directory: Path, *words: str, stdin: bytes = b"") -> Any:
    """The JSON that a command prints, run as a separate process; None if it failed."""
    settings = {"CUSTODY_DATA_DIR": str(directory / "data"), "CUSTODY_PROFILE": PROFILE}
    done = subprocess.run(
        [sys.executable, "-m", "worker", *words, "--json"],
        cwd=directory,
        env={"PATH": os.environ["PATH"]} | settings,
        input=stdin,
        capture_output=True,
        check=False,
    )
    return orjson.loads(done.stdout) if done.returncode == 0 else None


def is_up(directory: Path) -> bool:
    try:
        find(directory / "data")
    except StoreNotRunning:
        return False
    return True


def is_known(directory: Path, booking: str) -> bool:
    """Whether there is a record of this booking."""
    with connect(find(directory / "data")) as client:
        return bool(client.exists(Keys().record(booking)))


def is_due(directory: Path, *bookings: str) -> bool:
    """Whether `custody due` lists exactly these."""
    return [row["booking"] for row in ask(directory, "due") or ()] == list(bookings)


def test_the_worker_starts_its_store_which_commands_find_and_restarts_it_when_it_dies(
    directory: Path,
) -> None:
    with running_worker(directory) as worker:
        worker.wait_until_ready()
        lines = raw(booked("B1", due_at=now() + HOUR)) + b"\n" + raw(booked("B2", due_at=now() + 2 * HOUR))
        assert ask(directory, "publish", stdin=lines) == {"published": 2, "refused": 0}
        assert wait_until(lambda: is_known(directory, "B2"), PATIENCE_SECONDS)

        [server] = servers_under(directory)
        os.kill(server, signal.SIGKILL)
        assert wait_until(lambda: bool(worker.logged("embedded_store_restarted")), PATIENCE_SECONDS)
        assert servers_under(directory) != [server]
        assert is_due(directory, "B1", "B2")

        assert ask(directory, "publish", stdin=raw(booked("B3", due_at=now() - HOUR)))
        assert wait_until(lambda: is_known(directory, "B3"), PATIENCE_SECONDS)
        assert wait_until(lambda: ask(directory, "show", "B3")["state"] == "released", PATIENCE_SECONDS)
        assert ask(directory, "audit", "verify")["problems"] == []
        assert worker.stop() == 0
    assert servers_under(directory) == []
    assert ask(directory, "due") is None


def test_the_store_of_a_killed_worker_is_adopted_by_the_next_with_everything_in_it(directory: Path) -> None:
    with running_worker(directory / "first", data_dir=str(directory / "data")) as worker:
        worker.wait_until_ready()
        assert ask(directory, "publish", stdin=raw(booked("B1", due_at=now() + HOUR)))
        assert wait_until(lambda: is_known(directory, "B1"), PATIENCE_SECONDS)
        [server] = servers_under(directory)
    assert servers_under(directory) == [server], "the store outlives its owner"
    assert is_known(directory, "B1")
    with running_worker(directory / "second", data_dir=str(directory / "data")) as worker:
        worker.wait_until_ready()
        assert servers_under(directory) == [server]
        assert is_due(directory, "B1")
        assert worker.stop() == 0
    assert servers_under(directory) == []


def test_a_second_worker_beside_the_first_uses_the_same_store_and_leaves_it_running(directory: Path) -> None:
    with running_worker(directory / "first", data_dir=str(directory / "data")) as first:
        assert wait_until(lambda: is_up(directory), PATIENCE_SECONDS), first.log
        servers = servers_under(directory)
        with running_worker(directory / "second", data_dir=str(directory / "data")) as second:
            second.wait_until_ready()
            assert servers_under(directory) == servers
            assert second.stop() == 0
        assert servers_under(directory) == servers
        assert first.stop() == 0
    assert servers_under(directory) == []


def test_a_start_that_is_refused_leaves_no_store_running(directory: Path) -> None:
    data_dir = str(directory / "data")
    with running_worker(directory / "first", data_dir=data_dir) as worker:
        worker.wait_until_ready()
        assert worker.stop() == 0
    with running_worker(directory / "second", data_dir=data_dir, shards="3") as refused:
        assert refused.process.wait(PATIENCE_SECONDS) == 1
        assert "CUSTODY_SHARDS=1" in refused.log
    assert servers_under(directory) == []
