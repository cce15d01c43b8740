"""Without CUSTODY_STORE_URL a worker brings its own store, which outlives it and is found by commands."""

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
def place(tmp_path: Path) -> Iterator[Path]:
    """An empty directory; no server is left under it."""
    with no_server_left(tmp_path):
        yield tmp_path


def ask(place: Path, *words: str, stdin: bytes = b"") -> Any:
    """What a command in a process of its own answers, as JSON; None if it failed."""
    settings = {"CUSTODY_DATA_DIR": str(place / "data"), "CUSTODY_PROFILE": PROFILE}
    asked = subprocess.run(
        [sys.executable, "-m", "worker", *words, "--json"],
        cwd=place,
        env={"PATH": os.environ["PATH"]} | settings,
        input=stdin,
        capture_output=True,
        check=False,
    )
    return orjson.loads(asked.stdout) if asked.returncode == 0 else None


def is_up(place: Path) -> bool:
    try:
        find(place / "data")
    except StoreNotRunning:
        return False
    return True


def is_known(place: Path, booking: str) -> bool:
    """Whether there is a record of this booking."""
    with connect(find(place / "data")) as client:
        return bool(client.exists(Keys().record(booking)))


def is_due(place: Path, *bookings: str) -> bool:
    """Whether `custody due` lists exactly these."""
    return [row["booking"] for row in ask(place, "due") or ()] == list(bookings)


def test_the_store_comes_with_the_worker_is_found_by_commands_and_restarted_when_it_dies(place: Path) -> None:
    with running_worker(place) as worker:
        worker.wait_until_ready()
        lines = raw(booked("B1", due_at=now() + HOUR)) + b"\n" + raw(booked("B2", due_at=now() + 2 * HOUR))
        assert ask(place, "publish", stdin=lines) == {"published": 2, "refused": 0}
        assert wait_until(lambda: is_known(place, "B2"), PATIENCE_SECONDS)

        [server] = servers_under(place)
        os.kill(server, signal.SIGKILL)
        assert wait_until(lambda: bool(worker.said("embedded_store_restarted")), PATIENCE_SECONDS)
        assert servers_under(place) != [server]
        assert is_due(place, "B1", "B2")

        assert ask(place, "publish", stdin=raw(booked("B3", due_at=now() - HOUR)))
        assert wait_until(lambda: is_known(place, "B3"), PATIENCE_SECONDS)
        assert ask(place, "show", "B3")["state"] == "released"
        assert ask(place, "audit", "verify")["problems"] == []
        assert worker.stop() == 0
    assert servers_under(place) == []
    assert ask(place, "due") is None


def test_the_store_of_a_killed_worker_is_adopted_by_the_next_with_everything_in_it(place: Path) -> None:
    with running_worker(place / "first", data_dir=str(place / "data")) as worker:
        worker.wait_until_ready()
        assert ask(place, "publish", stdin=raw(booked("B1", due_at=now() + HOUR)))
        assert wait_until(lambda: is_known(place, "B1"), PATIENCE_SECONDS)
        [server] = servers_under(place)
    assert servers_under(place) == [server], "the store outlives its owner"
    assert is_known(place, "B1")
    with running_worker(place / "second", data_dir=str(place / "data")) as worker:
        worker.wait_until_ready()
        assert servers_under(place) == [server]
        assert is_due(place, "B1")
        assert worker.stop() == 0
    assert servers_under(place) == []


def test_a_second_worker_beside_the_first_uses_the_same_store_and_leaves_it_running(place: Path) -> None:
    with running_worker(place / "first", data_dir=str(place / "data")) as first:
        assert wait_until(lambda: is_up(place), PATIENCE_SECONDS), first.log
        servers = servers_under(place)
        with running_worker(place / "second", data_dir=str(place / "data")) as second:
            second.wait_until_ready()
            assert servers_under(place) == servers
            assert second.stop() == 0
        assert servers_under(place) == servers
        assert first.stop() == 0
    assert servers_under(place) == []
