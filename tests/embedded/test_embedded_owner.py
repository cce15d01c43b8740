"""The embedded store has one owner and one server, and nobody else sees into it."""

import json
import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.support.embedding import (
    PATIENCE_SECONDS,
    another_owner,
    becomes_true,
    in_forked_child,
    is_refused_to_another,
    kill_server,
    listener_at,
    needs_proc,
    orphan_a_server,
    read,
    servers_under,
    write,
)
from tests.support.processes import is_gone
from worker.embedded import process as valkey_process
from worker.embedded import server as server_module
from worker.embedded.endpoint import Endpoint, ServerState, StoreFiles, probe
from worker.embedded.server import EmbeddedStore, EmbeddedStoreFault, StoreInUse, StoreNotRunning, find

pytestmark = needs_proc


# One owner, one server


def test_a_second_owner_is_refused_with_the_process_of_the_first(data_dir: Path) -> None:
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
    monkeypatch.setattr(server_module, "_RESPONSE_TIMEOUT_SECONDS", 0.2)
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
            assert not is_gone(child)
            assert store.url == find(data_dir)
    assert becomes_true(lambda: is_gone(child))


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
def test_a_server_of_another_directory_is_not_mistaken_for_ours(data_dir: Path, tmp_path: Path) -> None:
    other = StoreFiles.under(tmp_path / "other")
    with EmbeddedStore.own(data_dir) as store:
        address = urlsplit(store.url)
        endpoint = Endpoint(address.port or 0, address.password or "")
        assert probe(endpoint, StoreFiles.under(data_dir)) is ServerState.READY
        assert probe(endpoint, other) is ServerState.UNREACHABLE
        other.root.mkdir(mode=0o700)
        other.endpoint.write_bytes((data_dir / "endpoint.json").read_bytes())
        with EmbeddedStore.own(other.root) as second:
            assert urlsplit(second.url).port != address.port


@pytest.mark.usefixtures("impatient")
def test_a_program_that_took_the_port_of_a_dead_server_receives_no_password(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store:
        kill_server(data_dir)
        with listener_at(store.url) as listener:
            with pytest.raises(StoreNotRunning):
                find(data_dir)
            listener.setblocking(False)
            with pytest.raises(BlockingIOError):
                listener.accept()
