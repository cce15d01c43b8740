"""`custody run` keeps its parts running: each is killed, refused, frozen; the others go on."""

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from tests.support.bookings import PROFILE
from tests.support.live_worker import is_released_on_time
from tests.support.notifier_site import RUN, file_sink, routing_file
from tests.support.processes import (
    START_WITHIN_SECONDS,
    WorkerProcess,
    is_gone,
    no_server_left,
    running_worker,
    servers_under,
)
from tests.support.waiting import wait_until
from worker.embedded.server import find
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context
from worker.supervisor.supervisor import PATIENCE_SECONDS as ENDS_WITHIN_SECONDS
from worker.supervisor.supervisor import STORE_PATIENCE_SECONDS

pytestmark = pytest.mark.live

PATIENCE_SECONDS = 40.0
AUDIENCES = ("jms", "watch", "ice", "subject", "counsel")
SLACK_SECONDS = 5.0
"""For a machine that is busy."""
PARTS = ("worker", "notifier", "board")


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    with no_server_left(tmp_path):
        yield tmp_path


def settings_of(directory: Path) -> dict[str, str]:
    """The settings of a service with all its parts, on the data directory of a name."""
    routes = routing_file(
        directory, file_sink("desk", directory / "desk.jsonl"), **dict.fromkeys(AUDIENCES, "desk")
    )
    data_dir = str(directory / "data")
    return {"routes": str(routes), "data_dir": data_dir, "board_port": str(free_port())}


def pids(service: WorkerProcess) -> dict[str, int]:
    """The process of each part, and of the store's server."""
    servers = servers_under(service.data_dir.parent)
    return service.parts() | ({"store": servers[0]} if servers else {})


def address(service: WorkerProcess) -> str | None:
    """Where the board is, with its token, as it was printed."""
    printed = re.findall(r"^http://\S+\?token=\S+$", service.log, re.MULTILINE)
    assert len(printed) <= 1, "it is said once"
    return printed[0] if printed else None


def board_shows(service: WorkerProcess) -> bool:
    """Whether the board answers whoever has its token."""
    url, _, token = (address(service) or "").partition("?token=")
    if not url:
        return False
    try:
        return httpx2.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


def is_up(service: WorkerProcess, *, parts: tuple[str, ...] = PARTS) -> bool:
    """Whether every part that was started last is at work."""
    assert service.process.poll() is None, service.log
    current = pids(service)
    if set(current) != {*parts, "store"} or any(is_gone(pid) for pid in current.values()):
        return False
    ready = all(
        re.search(rf"celery-{current[part]}@\S+ ready\.", service.log) for part in set(parts) - {"board"}
    )
    return ready and ("board" not in parts or board_shows(service))


def context_of(service: WorkerProcess) -> Context:
    return open_context(Settings(profile=PROFILE), find(service.data_dir))


def wait_until_up(service: WorkerProcess, *, parts: tuple[str, ...] = PARTS) -> None:
    assert wait_until(lambda: is_up(service, parts=parts), 2 * START_WITHIN_SECONDS), service.log


def releases(service: WorkerProcess, booking: str) -> bool:
    context = context_of(service)
    try:
        return is_released_on_time(context, booking)
    finally:
        context.client.close()


def kill_and_wait_until_it_is_back(service: WorkerProcess, part: str) -> None:
    before = pids(service)
    os.kill(before[part], signal.SIGKILL)
    assert wait_until(lambda: pids(service).get(part, before[part]) != before[part], PATIENCE_SECONDS)
    wait_until_up(service)
    after = pids(service)
    assert {name for name in before if after[name] != before[name]} == {part}


def test_each_part_that_is_killed_is_started_again_and_the_others_go_on(directory: Path) -> None:
    with running_worker(directory, RUN, **settings_of(directory)) as service:
        wait_until_up(service)
        for part in ("store", "worker", "notifier", "board"):
            kill_and_wait_until_it_is_back(service, part)
            assert releases(service, f"after-{part}"), part
        ended = [(one["part"], one["status"]) for one in service.logged("part_ended")]
        assert ended == [(part, -signal.SIGKILL) for part in PARTS]
        left = pids(service)
        assert service.stop() == 0
        assert [name for name, pid in left.items() if not is_gone(pid)] == []
        assert "token=" not in "".join(line for line in service.log.splitlines() if line.startswith("{"))


def test_the_store_of_a_killed_supervisor_is_adopted_and_none_of_its_parts_is_left(directory: Path) -> None:
    settings = settings_of(directory)
    with running_worker(directory / "first", RUN, **settings) as first:
        assert wait_until(lambda: len(first.logged("notifier_started")) == 1, START_WITHIN_SECONDS)
        assert wait_until(lambda: address(first), START_WITHIN_SECONDS), first.log
        parts = first.parts().values()
        [server] = servers_under(directory)
        os.kill(first.process.pid, signal.SIGKILL)
        assert wait_until(lambda: all(map(is_gone, parts)), PATIENCE_SECONDS)
        assert servers_under(directory) == [server]
    with running_worker(directory / "second", RUN, **settings) as second:
        second.wait_until_ready()
        assert servers_under(directory) == [server]
        assert second.stop() == 0
    assert servers_under(directory) == []


def test_a_port_that_is_taken_keeps_nobody_in_and_the_board_comes_once_it_is_free(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        settings = {"data_dir": str(directory / "data"), "board_port": port}
        with running_worker(directory, RUN, **settings) as service:
            assert wait_until(lambda: service.logged("part_ended"), START_WITHIN_SECONDS), service.log
            assert service.logged("part_ended")[0]["part"] == "board"
            assert "set CUSTODY_BOARD_HOST and CUSTODY_BOARD_PORT" in service.log
            service.wait_until_ready()
            assert releases(service, "B1")
            taken.close()
            wait_until_up(service, parts=("worker", "board"))
            assert service.stop() == 0


def test_without_a_board_there_is_none(directory: Path) -> None:
    with running_worker(directory, (*RUN, "--no-board", "--pool=solo")) as service:
        wait_until_up(service, parts=("worker",))
        assert service.stop() == 0


@pytest.mark.parametrize(
    ("words", "settings", "status", "said"),
    [
        ((), {"profile": "no-such-rules"}, 1, "no-such-rules"),
        ((), {"shards": "3"}, 1, "CUSTODY_SHARDS=1"),
        (("--no-such-option",), {}, 2, "--no-such-option"),
    ],
    ids=["profile", "shards", "option"],
)
def test_a_first_start_that_the_worker_refuses_ends_all_of_it(
    directory: Path, words: tuple[str, ...], settings: dict[str, str], status: int, said: str
) -> None:
    data_dir = str(directory / "data")
    with running_worker(directory / "first", data_dir=data_dir) as worker:
        worker.wait_until_ready()
        assert worker.stop() == 0
    port = str(free_port())
    with running_worker(
        directory / "second", (*RUN, *words), data_dir=data_dir, board_port=port, **settings
    ) as refused:
        assert refused.process.wait(2 * START_WITHIN_SECONDS) == status
        assert said in refused.log
        logged = [json.loads(line)["event"] for line in refused.log.splitlines() if line.startswith("{")]
        assert logged == ["embedded_store_stopped"]
        assert address(refused) is None
    assert servers_under(directory) == []


def test_the_second_ctrl_c_does_not_wait(directory: Path) -> None:
    with running_worker(directory, RUN, **settings_of(directory)) as service:
        wait_until_up(service)
        os.kill(pids(service)["worker"], signal.SIGSTOP)
        service.process.send_signal(signal.SIGINT)
        assert wait_until(lambda: service.logged("service_stopping"), PATIENCE_SECONDS)
        left = pids(service)
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(ENDS_WITHIN_SECONDS) == 1
        assert [name for name, pid in left.items() if not is_gone(pid)] == []
        assert servers_under(directory) == []


def test_a_store_that_hangs_keeps_it_from_ending_no_longer_than_20_s_and_is_left_for_the_next(
    directory: Path,
) -> None:
    with running_worker(directory, RUN, **settings_of(directory)) as service:
        wait_until_up(service)
        left = pids(service)
        server = left.pop("store")
        os.kill(server, signal.SIGSTOP)
        service.process.terminate()
        assert service.process.wait(ENDS_WITHIN_SECONDS + STORE_PATIENCE_SECONDS + SLACK_SECONDS) == 1
        assert [name for name, pid in left.items() if not is_gone(pid)] == []
        assert servers_under(directory) == [server]
