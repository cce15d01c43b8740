"""Only the store holds up a release: no log, no file; a worker whose pacemaker stops is started again."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.bookings import PROFILE, booked, now
from tests.support.live_worker import LATEST, PATIENCE_SECONDS, becomes, is_released_on_time, lateness
from tests.support.processes import (
    CELERY,
    START_WITHIN_SECONDS,
    WORKER,
    is_gone,
    no_server_left,
    running_worker,
    servers_under,
)
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import put, take_in
from worker.embedded.server import EmbeddedStore, find
from worker.host import watchdog
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.awake import is_awake
from worker.store.context import Context

pytestmark = pytest.mark.live

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
FLOOD = 2_000
"""A line each is more than a pipe holds, several times over."""

ENDS_WITHIN_SECONDS = watchdog.PATIENCE_SECONDS + 10.0
STOPPED_SECONDS = watchdog.STANDSTILL_SECONDS + 2.0


def is_at_work(context: Context) -> bool:
    """Whether a pacemaker attends to the store: where nobody can read its log, that tells that it is up."""
    return is_awake(context.client, context.shards[0].keys)


def flood_is_released_on_time(context: Context) -> bool:
    """Give a worker much to log; whether those who are due then and afterwards are released on time."""
    due_at = now() + 6 * SECOND
    put(context, *(booked(f"flood-{number}", due_at=due_at) for number in range(FLOOD)))
    latest = max(lateness(becomes(context, f"flood-{number}", "released")) for number in range(0, FLOOD, 100))
    return latest < 10 * LATEST and is_released_on_time(context, "afterwards")


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    """The reading and the writing end of a pipe."""
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            try:
                os.close(end)
            except OSError:
                continue


# A log that cannot be written


def test_a_log_whose_reader_is_gone_delays_no_release(
    context: Context, store_server: str, tmp_path: Path
) -> None:
    with (
        pipe() as (reading, writing),
        running_worker(tmp_path, store_url=store_server, output=writing) as worker,
    ):
        assert wait_until(lambda: is_at_work(context), START_WITHIN_SECONDS)
        os.close(writing)
        os.close(reading)
        assert flood_is_released_on_time(context)
        assert worker.stop() == 0


def test_a_log_that_nobody_reads_delays_no_release_and_says_how_many_lines_it_lacks_when_it_is_read(
    context: Context, store_server: str, tmp_path: Path
) -> None:
    script = "from worker import telemetry\nfrom worker.log_writer import LogWriter\n"
    script += "telemetry._writer = LogWriter(2, most_lines=100)\nfrom worker.cli import main\nmain()\n"
    command = (sys.executable, "-c", script, "worker", "--pool=solo")
    with (
        pipe() as (reading, writing),
        running_worker(tmp_path, command, store_url=store_server, output=writing) as worker,
    ):
        assert wait_until(lambda: is_at_work(context), START_WITHIN_SECONDS)
        assert flood_is_released_on_time(context)
        os.set_blocking(reading, False)
        text = bytearray()

        def is_said() -> bool:
            try:
                text.extend(os.read(reading, 1 << 20))
            except BlockingIOError:
                return False
            return b"log_lines_dropped" in text

        assert wait_until(is_said, PATIENCE_SECONDS)
        assert worker.stop() == 0


@pytest.mark.parametrize("command", [WORKER, (*CELERY[:-2], "worker")], ids=["custody", "celery"])
def test_a_log_on_a_full_disk_delays_no_release(
    context: Context, store_server: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Standard output is there too, where Celery prints its banner."""
    with (
        Path("/dev/full").open("wb") as full,
        running_worker(tmp_path, command, store_url=store_server, output=full.fileno()) as worker,
    ):
        assert wait_until(lambda: is_at_work(context), START_WITHIN_SECONDS)
        assert flood_is_released_on_time(context)
        assert worker.stop() == 0


def test_a_worker_without_standard_streams_releases_on_time(
    context: Context, store_server: str, tmp_path: Path
) -> None:
    command = ("sh", "-c", f'exec "{sys.executable}" -m worker worker <&- >&- 2>&-')
    with running_worker(tmp_path, command, store_url=store_server) as worker:
        assert wait_until(lambda: is_at_work(context), START_WITHIN_SECONDS)
        assert is_released_on_time(context, "B1")
        assert worker.stop() == 0
        assert worker.log == ""


# Files that hang


def test_a_heartbeat_and_a_notices_file_that_hang_delay_no_release(
    context: Context, store_server: str, tmp_path: Path
) -> None:
    """A named pipe that nobody reads holds up whoever opens it to write, as a dead network disk does."""
    script = "import os\nfrom worker import heartbeat\n"
    script += "heartbeat.beat = lambda data_dir: os.open(data_dir / 'pipe', os.O_WRONLY)\n"
    script += "from worker.cli import main\nmain()\n"
    (tmp_path / "data").mkdir(mode=0o700)
    for name in ("pipe", "notices.jsonl"):
        os.mkfifo(tmp_path / "data" / name)
    with running_worker(tmp_path, (sys.executable, "-c", script, "worker"), store_url=store_server) as worker:
        assert wait_until(lambda: is_at_work(context), START_WITHIN_SECONDS)
        for booking in ("B1", "B2", "B3"):
            assert is_released_on_time(context, booking)
        worker.process.terminate()
        assert wait_until(lambda: worker.process.poll() is not None, ENDS_WITHIN_SECONDS), worker.log


# A pacemaker that stops

PLANTED = """
from pathlib import Path
import threading
from worker.engine.chores.fire import Fire

do = Fire.do

def fail(self, context):
    if Path("now").exists():
        {failure}
    return do(self, context)

Fire.do = fail
from worker.cli import main
main()
"""


@pytest.mark.parametrize(
    "failure", ["raise SystemExit(0)", "threading.Event().wait()"], ids=["ended", "stands still"]
)
def test_a_worker_whose_pacemaker_stops_ends_with_a_failure_and_the_next_one_goes_on_with_its_store(
    tmp_path: Path, failure: str
) -> None:
    command = (sys.executable, "-c", PLANTED.format(failure=failure), "worker")
    with no_server_left(tmp_path):
        with running_worker(tmp_path, command) as worker:
            worker.wait_until_ready()
            context = open_context(Settings(profile=PROFILE), find(worker.data_dir))
            servers = servers_under(worker.data_dir)
            pool = [pid for pid in worker.children() if pid not in servers]
            take_in(context, booked("B1", due_at=now() + 15 * SECOND))
            (tmp_path / "now").touch()
            assert worker.process.wait(ENDS_WITHIN_SECONDS) == 1
            assert [pid for pid in pool if not is_gone(pid)] == []
            assert len(worker.logged("pacemaker_stopped")) == 1
            assert servers_under(worker.data_dir) == servers
        (tmp_path / "now").unlink()
        with running_worker(tmp_path) as worker:
            worker.wait_until_ready()
            assert servers_under(worker.data_dir) == servers, "the server is adopted"
            assert timedelta(0) <= lateness(becomes(context, "B1", "released"))
            assert worker.stop() == 0
        context.client.close()


def test_a_worker_that_was_stopped_and_continued_or_whose_store_was_goes_on(tmp_path: Path) -> None:
    with EmbeddedStore.own(tmp_path / "store") as store:
        context = open_context(Settings(profile=PROFILE), store.url)
        with running_worker(tmp_path, store_url=store.url) as worker:
            worker.wait_until_ready()
            [server] = servers_under(tmp_path / "store")
            for stop in (
                lambda sent: os.killpg(worker.process.pid, sent),
                lambda sent: os.kill(server, sent),
            ):
                stop(signal.SIGSTOP)
                threading.Event().wait(STOPPED_SECONDS)
                stop(signal.SIGCONT)
                assert is_released_on_time(context, f"B{now().timestamp()}", due_in=3 * SECOND)
            assert worker.logged("pacemaker_stopped") == []
            assert worker.stop() == 0
        context.client.close()


# The end

UNRECOVERABLE = """
import sys
from celery.worker.consumer import Consumer

def fail(self):
    raise RuntimeError("cannot be recovered from")

Consumer.start = fail
"""
RETURNS = UNRECOVERABLE.replace('raise RuntimeError("cannot be recovered from")', "return")
NO_SEMAPHORES = """
import sys
import billiard.synchronize

def fail(*_args):
    raise OSError(38, "no /dev/shm")

billiard.synchronize._billiard.SemLock = fail
"""
CUSTODY_WORKER = "from worker.cli import main\nsys.argv[1:] = ['worker']\nmain()\n"
CELERY_WORKER = "from celery.__main__ import main\nsys.argv[1:] = ['-A', 'worker', 'worker']\nmain()\n"


STARTS = pytest.mark.parametrize("start", [CUSTODY_WORKER, CELERY_WORKER], ids=["worker", "celery"])


@STARTS
@pytest.mark.parametrize("defect", [UNRECOVERABLE, RETURNS], ids=["error", "return"])
def test_an_end_that_nobody_asked_for_has_a_status_of_failure(
    store_server: str, tmp_path: Path, defect: str, start: str
) -> None:
    with running_worker(tmp_path, (sys.executable, "-c", defect + start), store_url=store_server) as worker:
        assert worker.process.wait(START_WITHIN_SECONDS + ENDS_WITHIN_SECONDS) == 1
        assert len(worker.logged("worker_ended_by_itself")) == 1


@STARTS
def test_a_start_on_a_host_without_semaphores_has_a_status_of_failure_and_says_why(
    store_server: str, tmp_path: Path, start: str
) -> None:
    command = (sys.executable, "-c", NO_SEMAPHORES + start)
    with running_worker(tmp_path, command, store_url=store_server) as worker:
        assert worker.process.wait(START_WITHIN_SECONDS) == 1
        assert "custody: cannot start worker processes (no /dev/shm)" in worker.log


@pytest.mark.parametrize("command", [WORKER, CELERY], ids=["custody", "celery"])
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_an_end_that_was_asked_for_has_status_0(
    store_server: str, tmp_path: Path, command: tuple[str, ...], sent: signal.Signals
) -> None:
    with running_worker(tmp_path, command, store_url=store_server) as worker:
        worker.wait_until_ready()
        worker.process.send_signal(sent)
        assert worker.process.wait(ENDS_WITHIN_SECONDS) == 0


@pytest.mark.parametrize("frozen", ["store", "broker", "both"])
def test_a_worker_whose_store_or_broker_hangs_ends_soon_when_it_is_told_to(
    tmp_path: Path, frozen: str
) -> None:
    with EmbeddedStore.own(tmp_path / "store") as store, EmbeddedStore.own(tmp_path / "broker") as broker:
        servers = {name: servers_under(tmp_path / name)[0] for name in ("store", "broker")}
        hanging = list(servers.values()) if frozen == "both" else [servers[frozen]]
        with running_worker(tmp_path, store_url=store.url, broker_url=broker.url) as worker:
            worker.wait_until_ready()
            pool = worker.children()
            for server in hanging:
                os.kill(server, signal.SIGSTOP)
            try:
                worker.process.terminate()
                assert wait_until(lambda: worker.process.poll() is not None, ENDS_WITHIN_SECONDS), worker.log
            finally:
                for server in hanging:
                    os.kill(server, signal.SIGCONT)
            assert [pid for pid in pool if not is_gone(pid)] == []
