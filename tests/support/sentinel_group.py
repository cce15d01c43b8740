"""A real Sentinel group on the loopback interface: three servers and three sentinels, each a process."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import redis

from tests.support.waiting import wait_until
from worker.embedded.process import server_binary

NAME: Final = "custody"
PATIENCE_SECONDS: Final = 40.0
DOWN_AFTER_MS: Final = 1500

_SERVER: Final = """
bind 127.0.0.1
port {port}
dir {directory}
logfile {directory}/server.log
appendonly yes
appendfsync always
save ""
repl-diskless-sync-delay 0
repl-ping-replica-period 1
min-replicas-to-write 1
min-replicas-max-lag 2
"""

_SENTINEL: Final = """
bind 127.0.0.1
port {port}
dir {directory}
logfile {directory}/sentinel.log
sentinel monitor {name} 127.0.0.1 {primary} 2
sentinel down-after-milliseconds {name} {down_after_ms}
sentinel failover-timeout {name} 6000
"""


class Node:
    """One server or sentinel."""

    def __init__(self, directory: Path, port: int, configuration: str, *, is_sentinel: bool = False) -> None:
        directory.mkdir()
        self.port = port
        self._directory = directory
        (directory / "node.conf").write_text(configuration, encoding="utf-8")
        self._mode = ["--sentinel"] if is_sentinel else []
        self.start()

    def start(self) -> None:
        """Start it, as it was when it ended."""
        command = [str(server_binary()), str(self._directory / "node.conf"), *self._mode]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @property
    def client(self) -> "redis.Redis":
        """A client of this node."""
        return redis.Redis(port=self.port, decode_responses=True, socket_timeout=2)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it; a repeat does nothing."""
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGCONT)
        self._process.kill()
        self._process.wait()


class Group:
    """Three servers, one of them the primary, and three sentinels that agree."""

    def __init__(self, directory: Path) -> None:
        server_ports, sentinel_ports = _free_ports(3), _free_ports(3)
        self.servers = [
            Node(directory / f"server-{port}", port, self._server(directory, port, server_ports[0]))
            for port in server_ports
        ]
        self.sentinels = [
            Node(
                directory / f"sentinel-{port}",
                port,
                _SENTINEL.format(
                    port=port,
                    directory=directory / f"sentinel-{port}",
                    name=NAME,
                    primary=server_ports[0],
                    down_after_ms=DOWN_AFTER_MS,
                ),
                is_sentinel=True,
            )
            for port in sentinel_ports
        ]
        self.url = f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in sentinel_ports)}/{NAME}/0"

    @staticmethod
    def _server(directory: Path, port: int, primary: int) -> str:
        configuration = _SERVER.format(port=port, directory=directory / f"server-{port}")
        return configuration if port == primary else f"{configuration}replicaof 127.0.0.1 {primary}\n"

    @property
    def primary(self) -> Node:
        """The server that most of the sentinels which answer call the primary."""
        ports = []
        for sentinel in self.sentinels:
            with suppress(redis.RedisError):
                ports.append(int(sentinel.client.sentinel_masters()[NAME]["port"]))
        elected = max(set(ports), key=ports.count)
        return next(server for server in self.servers if server.port == elected)

    def is_whole(self) -> bool:
        """Whether two replicas follow the primary and each sentinel knows all the others."""
        with suppress(redis.RedisError, ValueError):
            replication = self.primary.client.info("replication")
            replicas = [replication.get(f"slave{number}", {}) for number in range(2)]
            known = [sentinel.client.sentinel_masters()[NAME] for sentinel in self.sentinels]
            return (
                replication["role"] == "master"
                and all(replica.get("state") == "online" for replica in replicas)
                and all(state["num-slaves"] >= 2 for state in known)
                and all(state["num-other-sentinels"] == 2 for state in known)
            )
        return False

    def wait_until_whole(self) -> "Group":
        """Return once it is whole."""
        assert wait_until(self.is_whole, PATIENCE_SECONDS)
        return self

    def wait_for_another_primary(self, than: Node) -> Node:
        """Return the server that has been elected."""

        def has_changed() -> bool:
            with suppress(redis.RedisError, ValueError):
                return (
                    self.primary is not than and self.primary.client.info("replication")["role"] == "master"
                )
            return False

        assert wait_until(has_changed, PATIENCE_SECONDS)
        return self.primary

    def kill(self) -> None:
        """Kill all of it."""
        for node in (*self.sentinels, *self.servers):
            node.kill()


@contextmanager
def running_group(directory: Path) -> Iterator[Group]:
    """A whole group for the length of the block."""
    group = Group(directory)
    try:
        yield group.wait_until_whole()
    finally:
        group.kill()


def _free_ports(number: int) -> list[int]:
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [int(one.getsockname()[1]) for one in listening]
    for one in listening:
        one.close()
    return ports
