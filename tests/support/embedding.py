"""Embedded stores, and their owners in other processes: killed, observed, impersonated."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from tests.support.processes import is_gone
from tests.support.repository import ROOT
from tests.support.waiting import wait_until
from worker.embedded import process as valkey_process
from worker.embedded.endpoint import StoreFiles
from worker.embedded.lock import is_locked

PATIENCE_SECONDS = 20.0

needs_proc = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for processes in /proc")


def becomes_true(condition: Callable[[], object]) -> bool:
    """Whether it becomes true in time."""
    return wait_until(condition, PATIENCE_SECONDS)


def servers_under(directory: Path) -> list[int]:
    """The processes whose working directory is in a directory, deleted or not."""
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
    """Kill the one server of a data directory with SIGKILL, and return its process ID once it is gone."""
    [pid] = servers_under(data_dir)
    os.kill(pid, signal.SIGKILL)
    # A process is listed as a zombie before its threads have released its lock and its port.
    assert becomes_true(lambda: is_gone(pid) and not is_locked(StoreFiles.under(data_dir).server_lock))
    return pid


OWNER = """
import os, sys
from pathlib import Path
from worker.embedded.server import EmbeddedStore
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
        cwd=ROOT,
    )


@contextmanager
def another_owner(data_dir: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that owns the store; killed at the end with SIGKILL."""
    with _owner(data_dir, *arguments) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().startswith("redis://")
            yield process
        finally:
            process.kill()


def is_refused_to_another(data_dir: Path) -> bool:
    """Whether another process that tries to own the store is refused because this one does."""
    with _owner(data_dir) as process:
        complaint = process.communicate()[1]
    return f"StoreInUse: process {os.getpid()} already owns the store" in complaint


def in_forked_child(action: Callable[[], object]) -> str:
    """What an action returns in a child that is forked without exec, as a pool forks its workers."""
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
    """Leave a server behind whose owner was killed, and return its process ID."""
    with another_owner(data_dir):
        pass
    [server] = servers_under(data_dir)
    return server


@contextmanager
def listener_at(url: str) -> Iterator[socket.socket]:
    """Another program that listens on the port of a store."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = urlsplit(url).port
        assert port
        assert valkey_process.becomes_free(port)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        yield listener
