"""A worker's own metrics: how late it released, on a port that ends with it, and of no pool process."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from tests.support.bookings import bail_posted, booked, now
from tests.support.live_worker import PATIENCE_SECONDS, is_released_on_time
from tests.support.processes import WorkerProcess, running_worker
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store, fire_all, simulated_context, take_in
from worker.host.worker_metrics import WorkerMetrics
from worker.store.context import Context

MINUTE = timedelta(minutes=1)


@pytest.fixture
def free_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
    yield port


def scraped(port: int) -> dict[str, float]:
    text = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
    found = re.findall(r"^(custody_\S+) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def released(port: int) -> float:
    return scraped(port)["custody_release_lateness_seconds_count"]


def test_a_release_is_observed_with_how_late_the_store_committed_it(store: Store) -> None:
    due_at = now()
    take_in(simulated_context(store, due_at - MINUTE), booked("B1", due_at=due_at))
    observed: list[timedelta] = []
    context = simulated_context(store, due_at + MINUTE)
    fire_all(replace(context, on_deadline_release=observed.append))
    (late,) = observed
    assert MINUTE <= late < 2 * MINUTE


def test_what_is_no_release_at_a_deadline_is_not_observed(store: Store) -> None:
    observed: list[timedelta] = []
    context = replace(simulated_context(store, now()), on_deadline_release=observed.append)
    take_in(context, booked("B1", due_at=now() + timedelta(hours=5)), bail_posted("B1", now()))
    take_in(context, booked("B2", due_at=now() + timedelta(minutes=30)))
    fire_all(context)
    assert observed == []


def test_a_port_that_is_taken_stops_no_worker() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        WorkerMetrics().serve("127.0.0.1", taken.getsockname()[1])


@pytest.mark.live
def test_a_worker_serves_its_lateness_and_its_pool_holds_no_port(
    context: Context, store: Store, tmp_path: Path, free_port: int
) -> None:
    settings = {"store_url": store.url, "worker_metrics_port": str(free_port)}
    with running_worker(tmp_path, **settings) as worker:
        worker.wait_until_ready()
        assert is_released_on_time(context, "B1")
        assert wait_until(lambda: released(free_port) == 1, PATIENCE_SECONDS)
        series = scraped(free_port)
        assert series['custody_release_lateness_seconds_bucket{le="60.0"}'] == 1
        assert all(name.startswith("custody_release_lateness_seconds") for name in series)
        replace_pool(worker)
        assert not any(listens(child, free_port) for child in worker.children())
        assert listens(worker.process.pid, free_port)


def replace_pool(worker: WorkerProcess) -> None:
    """Kill the pool's processes and wait for those that are forked in their place, later than the port."""
    before = worker.children()
    for child in before:
        os.kill(child, signal.SIGKILL)
    assert wait_until(lambda: len(set(worker.children()) - set(before)) >= len(before), PATIENCE_SECONDS), (
        worker.log
    )


def listens(pid: int, port: int) -> bool:
    """Whether a process holds the socket that listens on a port."""
    lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    inodes = {
        f"socket:[{fields[9]}]"
        for fields in map(str.split, lines)
        if fields[3] == "0A" and int(fields[1].split(":")[1], 16) == port
    }
    return any(target_of(link) in inodes for link in Path(f"/proc/{pid}/fd").iterdir())


def target_of(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # closed meanwhile
        return ""
