"""A worker stops in good order even when Celery cannot end its pool."""

import os
import signal
import struct
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.bookings import PROFILE, booked, now
from tests.support.live_worker import PATIENCE_SECONDS, becomes
from tests.support.processes import (
    STOP_WITHIN_SECONDS,
    WorkerProcess,
    is_gone,
    no_server_left,
    running_worker,
    servers_under,
)
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import audit_problems, put, take_in
from worker.embedded.server import EmbeddedStore, find
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context

pytestmark = pytest.mark.live

HOUR = timedelta(hours=1)
BACKLOG = 6_000
QUICK = """
from worker.host import watchdog
from worker.cli import main

watchdog.PATIENCE_SECONDS = 3.0
main()
"""
"""A worker whose watchdog waits less than usual."""


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[WorkerProcess]:
    """A worker with an embedded store, and a watchdog that waits three seconds."""
    command = (sys.executable, "-c", QUICK, "worker")
    with no_server_left(tmp_path), running_worker(tmp_path, command) as worker:
        yield worker.wait_until_ready()


def context_of(worker: WorkerProcess) -> Context:
    """An open context on a worker's own store."""
    return open_context(Settings(profile=PROFILE), find(worker.data_dir))


def pool_of(worker: WorkerProcess) -> list[int]:
    """The processes of its pool; its server is no part of that."""
    return [pid for pid in worker.children() if pid not in servers_under(worker.data_dir)]


@pytest.mark.parametrize("how", ["idle", "at work"])
def test_a_worker_stops_in_good_order_although_a_pool_process_never_answers(
    worker: WorkerProcess, how: str
) -> None:
    context, pool = context_of(worker), pool_of(worker)
    take_in(context, booked("known", due_at=now() + HOUR))
    assert len(pool) == 2
    for pid in pool:
        os.kill(pid, signal.SIGSTOP)
    if how == "at work":
        put(context, booked("waits", due_at=now() + HOUR))
        assert wait_until(lambda: len(worker.logged("alarm")) == 1, PATIENCE_SECONDS), "no task takes it"
        becomes(context, "waits", "held")
    context.client.close()
    assert worker.stop() == 0
    assert len(worker.logged("stop_forced")) == 1
    assert [pid for pid in pool if not is_gone(pid)] == []
    assert servers_under(worker.data_dir) == []
    with EmbeddedStore.own(worker.data_dir) as store:
        context = open_context(Settings(profile=PROFILE), store.url)
        becomes(context, "known", "held")
        assert audit_problems(context) == []
        context.client.close()


# Half an answer


def answers_of(pool: list[int]) -> list[Path]:
    """Where the processes of a pool write their answers: the ends of pipes that all of them hold."""
    held = [dict(_written_pipes(pid)) for pid in pool]
    return [end for pipe, end in held[0].items() if all(pipe in others for others in held[1:])]


def _written_pipes(pid: int) -> Iterator[tuple[str, Path]]:
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        sent = Path(f"/proc/{pid}/fdinfo/{descriptor.name}").read_text()
        flags = int(sent.split("flags:")[1].split()[0], 8)
        if (pipe := str(descriptor.readlink())).startswith("pipe:") and flags & os.O_WRONLY:
            yield pipe, descriptor


def is_at(worker: WorkerProcess, function: str) -> bool:
    """Whether its main thread has been seen in this function; Celery answers the signal with its stack."""
    worker.process.send_signal(signal.SIGUSR1)
    return f"in {function}" in worker.log


def test_a_worker_stops_in_good_order_although_a_killed_pool_process_left_half_an_answer(
    worker: WorkerProcess,
) -> None:
    context, pool = context_of(worker), pool_of(worker)
    put(context, *(booked(f"B{number}", due_at=now() + HOUR) for number in range(BACKLOG)))
    assert wait_until(lambda: context.shards[0].inbox.waiting() < BACKLOG, PATIENCE_SECONDS)
    for pid in pool:
        os.kill(pid, signal.SIGSTOP)
    context.client.close()
    worker.process.terminate()
    assert wait_until(lambda: is_at(worker, "_flush_outqueue"), PATIENCE_SECONDS)
    for end in answers_of(pool):
        with end.open("wb", buffering=0) as answers:
            answers.write(struct.pack("!i", 1000) + b"the first of a thousand bytes")
    assert wait_until(lambda: is_at(worker, "_recv_bytes"), PATIENCE_SECONDS)
    for pid in pool:
        os.kill(pid, signal.SIGKILL)
    assert worker.process.wait(STOP_WITHIN_SECONDS) == 0
    assert len(worker.logged("stop_forced")) == 1
    assert servers_under(worker.data_dir) == []
    with EmbeddedStore.own(worker.data_dir) as store:
        context = open_context(Settings(profile=PROFILE), store.url)
        assert audit_problems(context) == []
        context.client.close()


def test_a_worker_whose_pool_answers_is_stopped_by_celery(tmp_path: Path) -> None:
    with no_server_left(tmp_path), running_worker(tmp_path) as worker:
        worker.wait_until_ready()
        assert worker.stop() == 0
        assert worker.logged("stop_forced") == []
