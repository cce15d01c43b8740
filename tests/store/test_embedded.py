"""The embedded store keeps what it acknowledged, has one owner and one server, and is found by commands."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.store import embedded, valkey_process
from worker.store import endpoint as endpoint_module
from worker.store.embedded import EmbeddedStore, EmbeddedStoreFault, StoreInUse, StoreNotRunning, find
from worker.store.endpoint import Answer, Endpoint, StoreFiles, ask
from worker.store.process_lock import is_locked

pytestmark = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for processes in /proc")

PATIENCE_SECONDS = 20.0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up early on whoever does not answer."""
    monkeypatch.setattr(endpoint_module, "_FIND_PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(endpoint_module, "_ASK_TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(valkey_process, "_PORT_PATIENCE_SECONDS", 0.3)


def becomes_true(condition: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.01)
    return True


def servers_under(directory: Path) -> list[int]:
    """The processes that work in a directory, or did before it was deleted."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "cwd").readlink()).startswith(f"{directory}/"):
                found.append(int(process.name))
        except OSError:
            continue
    return found


@contextmanager
def client(url: str) -> Iterator["redis.Redis"]:
    connection = redis.Redis.from_url(url, decode_responses=True)
    try:
        yield connection
    finally:
        connection.close()


def write(url: str, key: str, value: str) -> None:
    with client(url) as connection:
        connection.set(key, value)


def read(url: str, key: str) -> object:
    with client(url) as connection:
        return connection.get(key)


def kill_server(data_dir: Path) -> int:
    """Kill the one server of a data directory, without warning, and return its number once it is gone."""
    [pid] = servers_under(data_dir)
    os.kill(pid, signal.SIGKILL)
    # A process is listed as a zombie before its threads have let go of its lock and its port.
    assert becomes_true(lambda: _is_gone(pid) and not is_locked(StoreFiles.under(data_dir).server_lock))
    return pid


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


OWNER = """
import os, sys
from pathlib import Path
from worker.store.embedded import EmbeddedStore
store = EmbeddedStore.own(Path(sys.argv[1]))
if "fork" in sys.argv:
    child = os.fork()
    if child == 0:
        sys.stdin.read()
        os._exit(0)
print(store.url, flush=True)
sys.stdin.read()
"""


def _owner(data_dir: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@contextmanager
def another_owner(data_dir: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that owns the store; killed without warning at the end."""
    with _owner(data_dir, *arguments) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().startswith("redis://")
            yield process
        finally:
            process.kill()


def is_refused_to_another(data_dir: Path) -> bool:
    """Whether another process that wants to own the store is told that this one does."""
    with _owner(data_dir) as process:
        complaint = process.communicate()[1]
    return f"StoreInUse: process {os.getpid()} already owns the store" in complaint


def in_forked_child(action: Callable[[], object]) -> str:
    """What an action returns in a child that was forked as a pool forks its workers: with no exec."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(action()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


def orphan_a_server(data_dir: Path) -> int:
    """Leave a server behind whose owner was killed."""
    with another_owner(data_dir):
        pass
    [server] = servers_under(data_dir)
    return server


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data directory that does not exist yet; when the test is over no server may be left under it."""
    yield tmp_path / "custody data" / "var"
    left_behind = servers_under(tmp_path)
    for pid in left_behind:
        os.kill(pid, signal.SIGKILL)
    assert left_behind == []


# What is kept


def test_what_was_written_is_there_at_the_next_start(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        write(store.url, "booking", "1")
    with EmbeddedStore.own(data_dir) as store:
        assert read(store.url, "booking") == "1"


def test_acknowledged_writes_survive_the_kill_of_the_server_at_the_same_address(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        url = store.url
        with client(url) as connection:
            for number in range(200):
                connection.set(f"booking:{number}", number)
        killed = kill_server(data_dir)
        assert store.ensure_running() is True
        assert store.url == url
        with client(url) as connection:
            assert connection.dbsize() == 200
        assert servers_under(data_dir) != [killed]
        assert store.ensure_running() is False


def test_a_server_starts_on_an_append_only_file_whose_last_command_is_cut_short(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        write(store.url, "whole", "1")
        write(store.url, "cut", "1")
        kill_server(data_dir)
        [log] = data_dir.glob("valkey/appendonlydir/*.incr.aof")
        os.truncate(log, log.stat().st_size - 3)
        assert store.ensure_running() is True
        assert read(store.url, "whole") == "1"
        assert read(store.url, "cut") is None


def test_a_server_killed_while_it_rewrites_its_file_comes_back_whole(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        with client(store.url) as connection:
            connection.mset({f"booking:{number}": "x" * 100 for number in range(1000)})
            connection.config_set("rdb-key-save-delay", "1000")
            connection.bgrewriteaof()
            assert becomes_true(lambda: len(servers_under(data_dir)) == 2)
            os.kill(connection.info("server")["process_id"], signal.SIGKILL)
        assert becomes_true(store.ensure_running)
        with client(store.url) as connection:
            assert connection.dbsize() == 1000
        assert becomes_true(lambda: len(servers_under(data_dir)) == 1)


def test_the_server_is_configured_to_lose_and_evict_nothing_and_to_listen_on_loopback_only(
    data_dir: Path,
) -> None:
    expected = {
        "bind": "127.0.0.1",
        "protected-mode": "yes",
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
        "hash-max-listpack-value": "4096",
        "hash-max-listpack-entries": "128",
        "databases": "16",
        "dir": str(data_dir / "valkey"),
        "logfile": str(data_dir / "valkey" / "valkey.log"),
    }
    with EmbeddedStore.own(data_dir) as store, client(store.url) as connection:
        assert connection.config_get(*expected) == expected


# Who may see it


def test_the_password_is_seen_by_nobody_else(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        address = urlsplit(store.url)
        password = address.password or ""
        assert len(password) == 64
        [server] = servers_under(data_dir)
        for where in ("cmdline", "environ"):
            assert password.encode() not in Path(f"/proc/{server}/{where}").read_bytes()
        assert password not in (data_dir / "valkey" / "valkey.log").read_text()
        assert password not in repr(Endpoint(address.port or 0, password))
        assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
        for path in (path for path in data_dir.rglob("*") if path.is_file()):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        stranger = redis.Redis(port=address.port or 0, retry=Retry(NoBackoff(), 0))
        with pytest.raises(redis.AuthenticationError):
            stranger.ping()
        stranger.close()


@pytest.mark.usefixtures("impatient")
def test_a_server_of_another_directory_is_not_taken_for_ours(data_dir: Path, tmp_path: Path) -> None:
    other = StoreFiles.under(tmp_path / "other")
    with EmbeddedStore.own(data_dir) as store:
        address = urlsplit(store.url)
        endpoint = Endpoint(address.port or 0, address.password or "")
        assert ask(endpoint, StoreFiles.under(data_dir)) is Answer.READY
        assert ask(endpoint, other) is Answer.SILENT
        other.root.mkdir()
        other.endpoint.write_bytes((data_dir / "endpoint.json").read_bytes())
        with EmbeddedStore.own(other.root) as second:
            assert urlsplit(second.url).port != address.port


@pytest.mark.usefixtures("impatient")
def test_a_program_that_took_the_port_of_a_dead_server_is_told_no_password(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        kill_server(data_dir)
        with _listener(store.url) as listener:
            with pytest.raises(StoreNotRunning):
                find(data_dir)
            listener.setblocking(False)
            with pytest.raises(BlockingIOError):
                listener.accept()


# One owner, one server


def test_a_second_owner_is_refused_and_told_who_the_first_is(data_dir: Path) -> None:
    with another_owner(data_dir) as first:
        with pytest.raises(StoreInUse, match=f"process {first.pid} already owns the store") as refusal:
            EmbeddedStore.own(data_dir)
        assert refusal.value.owner_pid == first.pid
        assert len(servers_under(data_dir)) == 1
        find(data_dir)
    EmbeddedStore.own(data_dir).stop()


def test_a_process_is_refused_what_it_owns_already_and_keeps_it(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        with pytest.raises(StoreInUse, match="CUSTODY_DATA_DIR"):
            EmbeddedStore.own(data_dir / "." / ".." / "var")
        find(data_dir)
        assert is_refused_to_another(data_dir)
        assert store.ensure_running() is False


def test_the_server_of_a_killed_owner_is_adopted(data_dir: Path) -> None:
    server = orphan_a_server(data_dir)
    write(find(data_dir), "booking", "1")
    with EmbeddedStore.own(data_dir) as store:
        assert servers_under(data_dir) == [server]
        assert store.url == find(data_dir)
        assert read(store.url, "booking") == "1"
        assert json.loads((data_dir / "endpoint.json").read_text())["owner_pid"] == os.getpid()


def test_an_adopted_server_that_dies_is_started_again(data_dir: Path) -> None:
    orphan_a_server(data_dir)
    with EmbeddedStore.own(data_dir) as store:
        url = store.url
        kill_server(data_dir)
        assert becomes_true(store.ensure_running)
        assert find(data_dir) == store.url == url


@pytest.mark.parametrize(
    "content", [None, "", '{"url": "redis://:se', "[]", '{"url": "redis://:x@127.0.0.1:1/0"}']
)
def test_a_lost_or_damaged_endpoint_file_hides_no_server(data_dir: Path, content: str | None) -> None:
    server = orphan_a_server(data_dir)
    endpoint_file = data_dir / "endpoint.json"
    endpoint_file.unlink() if content is None else endpoint_file.write_text(content)
    url = find(data_dir)
    with EmbeddedStore.own(data_dir) as store:
        assert store.url == url
        assert servers_under(data_dir) == [server]
        endpoint_file.unlink()
        assert store.ensure_running() is False
        assert json.loads(endpoint_file.read_text())["url"] == url


def test_an_endpoint_file_that_points_elsewhere_hides_no_server(data_dir: Path) -> None:
    server = orphan_a_server(data_dir)
    endpoint_file = data_dir / "endpoint.json"
    content = json.loads(endpoint_file.read_text())
    right = content["url"]
    endpoint_file.write_text(json.dumps(content | {"url": "redis://:stale@127.0.0.1:9/0"}))
    assert find(data_dir) == right
    with EmbeddedStore.own(data_dir) as store:
        assert (store.url, servers_under(data_dir)) == (right, [server])


def test_no_second_server_is_started_beside_one_whose_address_is_lost(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_SILENCE_PATIENCE_SECONDS", 0.2)
    server = orphan_a_server(data_dir)
    (data_dir / "endpoint.json").unlink()
    (data_dir / "valkey" / "valkey.conf").unlink()
    with pytest.raises(EmbeddedStoreFault, match=rf"\(process {server}\).*end that process"):
        EmbeddedStore.own(data_dir)
    assert servers_under(data_dir) == [server]
    kill_server(data_dir)
    EmbeddedStore.own(data_dir).stop()


@pytest.mark.usefixtures("impatient")
def test_no_second_server_is_started_beside_one_whose_lock_file_is_lost(data_dir: Path) -> None:
    server = orphan_a_server(data_dir)
    (data_dir / "valkey" / "server.lock").unlink()
    with pytest.raises(EmbeddedStoreFault, match="end that process"):
        EmbeddedStore.own(data_dir)
    assert servers_under(data_dir) == [server]
    kill_server(data_dir)


def test_a_server_is_refused_by_itself_where_another_lives(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        rival = valkey_process.launch(valkey_process.new_endpoint(), StoreFiles.under(data_dir))
        assert rival.wait(PATIENCE_SECONDS) == valkey_process.LOCK_WAS_TAKEN
        assert len(servers_under(data_dir)) == 1
        assert find(data_dir) == store.url


def test_forked_children_of_a_killed_owner_do_not_keep_the_store_from_the_next(data_dir: Path) -> None:
    with another_owner(data_dir, "fork") as owner:
        [child] = map(int, Path(f"/proc/{owner.pid}/task/{owner.pid}/children").read_text().split()[1:])
        owner.kill()
        owner.wait()
        with EmbeddedStore.own(data_dir) as store:
            assert not _is_gone(child)
            assert store.url == find(data_dir)
    assert becomes_true(lambda: _is_gone(child))


def test_a_forked_child_can_neither_stop_nor_restart_nor_own_the_store(data_dir: Path) -> None:
    def try_to_own() -> str:
        try:
            EmbeddedStore.own(data_dir)
        except StoreInUse as refusal:
            return f"owner is {refusal.owner_pid}"
        return "owns it"

    with EmbeddedStore.own(data_dir) as store:
        assert in_forked_child(store.stop) == "None"
        assert in_forked_child(try_to_own) == f"owner is {os.getpid()}"
        assert is_refused_to_another(data_dir)
        assert find(data_dir) == store.url
        kill_server(data_dir)
        assert in_forked_child(store.ensure_running) == "False"
        assert store.ensure_running() is True


# Start, stop, and being found


def test_the_port_and_the_password_are_kept_from_run_to_run(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        first = store.url
    with EmbeddedStore.own(data_dir) as store:
        assert store.url == first


@pytest.mark.usefixtures("impatient")
def test_a_port_taken_between_runs_is_left_alone_and_the_password_changes_with_it(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        first = store.url
    with _listener(first), EmbeddedStore.own(data_dir) as store:
        assert urlsplit(store.url).port != urlsplit(first).port
        assert urlsplit(store.url).password != urlsplit(first).password
        assert find(data_dir) == store.url


@pytest.mark.usefixtures("impatient")
def test_a_port_taken_while_the_server_was_down_is_reported_and_used_again_when_free(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        kill_server(data_dir)
        with _listener(store.url), pytest.raises(EmbeddedStoreFault, match="another program took port"):
            store.ensure_running()
        assert store.ensure_running() is True
        assert find(data_dir) == store.url


def test_a_stop_ends_the_server_and_leaves_no_endpoint_file(data_dir: Path) -> None:
    store = EmbeddedStore.own(data_dir)
    store.stop()
    store.stop()
    assert servers_under(data_dir) == []
    assert not (data_dir / "endpoint.json").exists()
    assert store.ensure_running() is False


def test_an_adopted_server_is_stopped_as_well(data_dir: Path) -> None:
    orphan_a_server(data_dir)
    EmbeddedStore.own(data_dir).stop()
    assert servers_under(data_dir) == []
    assert "ready to exit" in (data_dir / "valkey" / "valkey.log").read_text()


def test_a_server_that_does_not_heed_the_stop_is_killed(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_STOP_PATIENCE_SECONDS", 0.5)
    store = EmbeddedStore.own(data_dir)
    [server] = servers_under(data_dir)
    os.kill(server, signal.SIGSTOP)
    assert store.ensure_running() is False
    store.stop()
    assert servers_under(data_dir) == []


def test_the_server_does_not_share_the_terminal_signals_of_its_owner(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir):
        [server] = servers_under(data_dir)
        assert os.getsid(server) == os.getpgid(server) == server


def test_with_nothing_running_a_command_is_told_at_once_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    message = (
        "no custody clock is running under ./var: start one with `custody run`, or set CUSTODY_STORE_URL"
    )
    with pytest.raises(StoreNotRunning) as nothing:
        find(Path("var"))
    assert str(nothing.value) == message
    assert not Path("var").exists()


def test_a_stale_endpoint_file_is_seen_through(data_dir: Path) -> None:
    orphan_a_server(data_dir)
    kill_server(data_dir)
    assert (data_dir / "endpoint.json").exists()
    with pytest.raises(StoreNotRunning, match="no custody clock is running"):
        find(data_dir)
    with EmbeddedStore.own(data_dir) as store:
        assert find(data_dir) == store.url


def test_a_command_waits_for_a_server_that_its_owner_is_restarting(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        kill_server(data_dir)
        found: list[str] = []
        command = threading.Thread(target=lambda: found.append(find(data_dir)))
        command.start()
        assert store.ensure_running() is True
        command.join()
        assert found == [store.url]


def test_a_server_that_reads_a_long_file_is_waited_for_and_reported_as_such(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        EmbeddedStore.own(data_dir) as store,
        client(store.url) as connection,
        connection.pipeline(transaction=False) as pipeline,
    ):
        for number in range(20_000):
            pipeline.set(f"booking:{number}", number)
        pipeline.execute()
    monkeypatch.setattr(valkey_process, "_SETTINGS", valkey_process._SETTINGS | {"key-load-delay": "20"})
    monkeypatch.setattr(endpoint_module, "_FIND_PATIENCE_SECONDS", 0.0)
    answers: set[str] = set()

    def is_found() -> bool:
        try:
            find(data_dir)
        except StoreNotRunning as reason:
            answers.add("loading" if "still reading its append-only file" in str(reason) else "none")
            return False
        answers.add("found")
        return True

    command = threading.Thread(target=lambda: becomes_true(is_found))
    command.start()
    with EmbeddedStore.own(data_dir) as store, client(store.url) as connection:
        assert connection.dbsize() == 20_000
        command.join()
    assert {"loading", "found"} <= answers


def test_a_server_that_cannot_start_is_explained_by_its_own_last_words(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        write(store.url, "booking", "1")
    [log] = data_dir.glob("valkey/appendonlydir/*.incr.aof")
    log.write_bytes(b"garbage\r\n" + log.read_bytes())
    with pytest.raises(
        EmbeddedStoreFault, match=r"exit code 1\): see .*valkey\.log, last line: .*Bad file format"
    ):
        EmbeddedStore.own(data_dir)
    log.write_bytes(log.read_bytes().removeprefix(b"garbage\r\n"))
    with EmbeddedStore.own(data_dir) as store:
        assert read(store.url, "booking") == "1"


def test_a_data_directory_that_cannot_be_written_is_named(data_dir: Path) -> None:
    data_dir.parent.mkdir()
    data_dir.write_text("not a directory")
    with pytest.raises(EmbeddedStoreFault, match=f"cannot be kept under {data_dir}.*CUSTODY_DATA_DIR"):
        EmbeddedStore.own(data_dir)
    with pytest.raises(StoreNotRunning, match="no custody clock is running"):
        find(data_dir)
    data_dir.unlink()
    EmbeddedStore.own(data_dir).stop()


def test_a_disk_that_fails_a_restart_is_reported_and_the_restart_tried_again(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        kill_server(data_dir)
        config = data_dir / "valkey" / "valkey.conf"
        config.unlink()
        config.mkdir()
        with pytest.raises(EmbeddedStoreFault, match="see to its disk"):
            store.ensure_running()
        config.rmdir()
        assert store.ensure_running() is True


@contextmanager
def _listener(url: str) -> Iterator[socket.socket]:
    """Another program at the port of a store."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = urlsplit(url).port
        assert port
        assert valkey_process.becomes_free(port)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        yield listener
