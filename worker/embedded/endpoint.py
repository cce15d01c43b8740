"""Where the embedded store is: its files, its address, and proof that the right server answers there."""

import contextlib
import json
import os
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.embedded.faults import StoreNotRunning, display_path
from worker.embedded.lock import is_locked, lock_holder
from worker.embedded.private import check_directory

_FIND_TIMEOUT_SECONDS: Final = 3.0
_FIND_PAUSE_SECONDS: Final = 0.05
_PROBE_TIMEOUT_SECONDS: Final = 2.0


class ServerState(Enum):
    """The state of the server of a data directory, as a probe finds it."""

    READY = auto()
    LOADING = auto()  # the right server, still reading its append-only file
    UNREACHABLE = auto()  # no response, or from the server of another directory


@dataclass(frozen=True, slots=True)
class StoreFiles:
    """The files of one embedded store; `root` is the data directory, resolved."""

    root: Path

    @classmethod
    def under(cls, data_dir: Path) -> "StoreFiles":
        return cls(data_dir.resolve())

    @property
    def owner_lock(self) -> Path:
        """Locked by the process that owns the store; contains its process ID."""
        return self.root / "owner.lock"

    @property
    def endpoint(self) -> Path:
        """The file from which other commands read the address; present while the store is owned."""
        return self.root / "endpoint.json"

    @property
    def valkey_dir(self) -> Path:
        return self.root / "valkey"

    @property
    def append_only_dir(self) -> Path:
        """The directory in which the server keeps its append-only file and its manifest."""
        return self.valkey_dir / "appendonlydir"

    @property
    def config(self) -> Path:
        """The server's configuration, kept after a stop so that the next start reuses port and password."""
        return self.valkey_dir / "valkey.conf"

    @property
    def log(self) -> Path:
        return self.valkey_dir / "valkey.log"

    @property
    def server_lock(self) -> Path:
        """Locked by the server itself while its process lives; contains its process ID."""
        return self.valkey_dir / "server.lock"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The port of the server on the loopback interface, and its password."""

    port: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def endpoint_document(endpoint: Endpoint, files: StoreFiles) -> str:
    """The content of the endpoint file, as JSON."""
    return json.dumps(
        {
            "url": endpoint.url,
            "dir": os.fsdecode(files.valkey_dir),
            "server_pid": lock_holder(files.server_lock),
            "owner_pid": os.getpid(),
        }
    )


def known_endpoints(files: StoreFiles) -> list[Endpoint]:
    """Where the server may be: as announced, and as configured in case the endpoint file is lost or wrong."""
    announced, configured = _announced(files)[0], _configured(files)
    return [endpoint for endpoint in dict.fromkeys((announced, configured)) if endpoint]


def is_announced(endpoint: Endpoint, files: StoreFiles) -> bool:
    """Whether the endpoint file exists and names this address, and this process as the owner."""
    return _announced(files) == (endpoint, os.getpid())


def probe(endpoint: Endpoint, files: StoreFiles) -> ServerState:
    """Ask the server at an address whether it serves this data directory and is ready."""
    client = redis.Redis(
        host="127.0.0.1",
        port=endpoint.port,
        password=endpoint.password,
        socket_timeout=_PROBE_TIMEOUT_SECONDS,
        socket_connect_timeout=_PROBE_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    try:
        # Another program can take over the port or the process ID, but not the directory.
        if client.config_get("dir").get("dir") != os.fsdecode(files.valkey_dir):
            return ServerState.UNREACHABLE
        client.ping()
    except redis.BusyLoadingError:
        return ServerState.LOADING
    except redis.RedisError:
        return ServerState.UNREACHABLE
    finally:
        client.close()
    return ServerState.READY


def locate(files: StoreFiles) -> tuple[ServerState, Endpoint | None]:
    """The state of the server of a data directory, and its address if it responds.

    No address is probed unless the server's lock is held: a program that has taken the port since must
    neither receive the password nor be trusted.
    """
    if is_locked(files.server_lock):
        for endpoint in known_endpoints(files):
            if (state := probe(endpoint, files)) is not ServerState.UNREACHABLE:
                return state, endpoint
    return ServerState.UNREACHABLE, None


def find(data_dir: Path) -> str:
    """The URL of the embedded store under a data directory, once its server responds.

    Waits up to three seconds for a server that is starting.

    Raises:
        StoreNotRunning: there is no server, or it is not ready in time.
        DataDirNotPrivate: the directory is another user's, or open to others.
    """
    check_directory(data_dir)
    files = StoreFiles.under(data_dir)
    give_up_at = time.monotonic() + _FIND_TIMEOUT_SECONDS
    while True:
        state, endpoint = locate(files)
        owner_pid = _announced(files)[1]
        if endpoint and state is ServerState.READY:
            return endpoint.url
        alive = is_locked(files.server_lock)
        expected = alive or (owner_pid is not None and _exists(owner_pid))
        if not expected or time.monotonic() >= give_up_at:
            raise StoreNotRunning(_why_not(data_dir, files, state, alive=alive))
        time.sleep(_FIND_PAUSE_SECONDS)


def _why_not(data_dir: Path, files: StoreFiles, state: ServerState, *, alive: bool) -> str:
    here = f"under {display_path(data_dir)}"
    if state is ServerState.LOADING:
        return f"the store {here} is still reading its append-only file: try again in a moment"
    if alive:
        server = f"valkey-server, process {lock_holder(files.server_lock)}"
        return f"the store {here} does not answer ({server}): see {files.log}"
    return f"no custody clock is running {here}: start one with `custody run`, or set CUSTODY_STORE_URL"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _announced(files: StoreFiles) -> tuple[Endpoint | None, int | None]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        content = json.loads(files.endpoint.read_text(encoding="utf-8"))
        address = urlsplit(content["url"])
        if address.port and address.password:
            return Endpoint(address.port, address.password), int(content["owner_pid"])
    return None, None


def _configured(files: StoreFiles) -> Endpoint | None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, ValueError, KeyError):
        text = files.config.read_text(encoding="utf-8", errors="surrogateescape")
        settings = dict(line.split(maxsplit=1) for line in text.splitlines() if line)
        return Endpoint(int(settings["port"]), settings["requirepass"].strip('"'))
    return None
