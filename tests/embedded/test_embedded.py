"""The embedded store keeps what it acknowledged, starts, stops, and is found by commands."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.embedding import (
    becomes_true,
    client,
    kill_server,
    listener_at,
    needs_proc,
    orphan_a_server,
    read,
    servers_under,
    write,
)
from worker.embedded import endpoint as endpoint_module
from worker.embedded import process as valkey_process
from worker.embedded import server as server_module
from worker.embedded.server import EmbeddedStore, EmbeddedStoreFault, StoreNotRunning, find

pytestmark = needs_proc


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
        "auto-aof-rewrite-min-size": str(512 * 1024 * 1024),
        "maxmemory-policy": "noeviction",
        "hash-max-listpack-value": "4096",
        "hash-max-listpack-entries": "128",
        "databases": "16",
        "dir": str(data_dir / "valkey"),
        "logfile": str(data_dir / "valkey" / "valkey.log"),
    }
    with EmbeddedStore.own(data_dir) as store, client(store.url) as connection:
        assert connection.config_get(*expected) == expected


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
    with listener_at(first), EmbeddedStore.own(data_dir) as store:
        assert urlsplit(store.url).port != urlsplit(first).port
        assert urlsplit(store.url).password != urlsplit(first).password
        assert find(data_dir) == store.url


@pytest.mark.usefixtures("impatient")
def test_a_port_taken_while_the_server_was_down_is_reported_and_used_again_when_free(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        kill_server(data_dir)
        with listener_at(store.url), pytest.raises(EmbeddedStoreFault, match="another program took port"):
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
    monkeypatch.setattr(server_module, "_STOP_TIMEOUT_SECONDS", 0.5)
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


def test_with_nothing_running_a_command_says_at_once_what_to_do(
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
    monkeypatch.setattr(endpoint_module, "_FIND_TIMEOUT_SECONDS", 0.0)
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
    [base] = data_dir.glob("valkey/appendonlydir/*.base.rdb")
    base.write_bytes(base.read_bytes() + b"garbage")
    with pytest.raises(
        EmbeddedStoreFault,
        match=r"exit code 1\): see .*valkey\.log, last line: .*Bad file format.*; if a file.*restore\.md",
    ):
        EmbeddedStore.own(data_dir)
    base.write_bytes(base.read_bytes().removesuffix(b"garbage"))
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
        with pytest.raises(EmbeddedStoreFault, match="check its disk"):
            store.ensure_running()
        config.rmdir()
        assert store.ensure_running() is True


def test_the_server_runs_on_jemalloc_where_the_system_has_it(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another_library = "libutil.so.1"
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    monkeypatch.setattr(valkey_process, "find_library", {"jemalloc": another_library}.get)
    with EmbeddedStore.own(data_dir):
        [server] = servers_under(data_dir)
        assert another_library in Path(f"/proc/{server}/maps").read_text()


def no_temporary_directory(_library: str) -> None:
    raise FileNotFoundError("No usable temporary directory found")


@pytest.mark.parametrize("search", [{}.get, no_temporary_directory])
def test_a_server_starts_where_there_is_no_jemalloc(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, search: Callable[[str], str | None]
) -> None:
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    monkeypatch.setattr(valkey_process, "find_library", search)
    with EmbeddedStore.own(data_dir):
        [server] = servers_under(data_dir)
        assert "jemalloc" not in Path(f"/proc/{server}/maps").read_text()
