"""A separate PostgreSQL with its durable defaults, for the peer that needs one."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final, Self

from ops.bench.environments import CannotPrepareError

_PLACES: Final = Path("/usr/lib/postgresql")
_UNPRIVILEGED: Final = ("postgres", "nobody")
_PATIENCE_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.05


class Postgres:
    """One server on a free port of the loopback interface, in its own directory."""

    def __init__(self, directory: Path, port: int, user: str | None) -> None:
        self._directory = directory
        self._port = port
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls) -> Self:
        """Create a cluster and start its server; started by root, it runs as an unprivileged user.

        Raises:
            CannotPrepareError: it is not installed, or does not start.
        """
        user = _unprivileged() if os.geteuid() == 0 else None
        directory = Path(tempfile.mkdtemp(prefix="custody-bench-postgres-"))
        if user:
            shutil.chown(directory, user)
        server = cls(directory, _free_port(), user)
        try:
            server._command(
                "initdb", "-D", str(directory / "data"), "-U", "bench", "-A", "trust", "-E", "UTF8"
            )
            server._serve()
        except BaseException:
            server.stop()
            raise
        return server

    @property
    def url(self) -> str:
        """The connection URL for a client."""
        return f"postgresql://bench@127.0.0.1:{self._port}/postgres"

    def kill(self) -> None:
        """Kill the server and its children with SIGKILL, and wait for it."""
        pids = self._pids()
        for pid in pids:
            _kill(pid)
        if self._process:
            self._process.wait()

    def restart(self) -> None:
        """Start the server on the cluster again."""
        self._serve()

    def stored_bytes(self) -> int:
        """The size of the database's files, without logs."""
        files = (self._directory / "data" / "base").rglob("*")
        return sum(path.stat().st_size for path in files if path.is_file())

    def stop(self) -> None:
        """Stop the server and remove its files."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self._directory, ignore_errors=True)

    def version(self) -> str:
        """The version that the server reports."""
        return self._command("postgres", "--version").split()[2]

    def _serve(self) -> None:
        listening = (
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-p",
            str(self._port),
        )
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the installed server
                [_binary("postgres"), "-D", str(self._directory / "data"), *listening],
                user=self._user,
                extra_groups=[] if self._user else None,
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise CannotPrepareError(
                    f"PostgreSQL does not start: {(self._directory / 'log').read_text()[-500:]}"
                )
            time.sleep(_PAUSE_SECONDS)

    def _is_ready(self) -> bool:
        asked = subprocess.run(  # noqa: S603 - the installed client
            [_binary("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)], check=False
        )
        return asked.returncode == 0

    def _command(self, name: str, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - the installed server's own programs
            [_binary(name), *arguments],
            user=self._user,
            extra_groups=[] if self._user else None,
            cwd=self._directory,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CannotPrepareError(f"{name} failed: {done.stderr.strip()[-500:]}")
        return done.stdout

    def _pids(self) -> list[int]:
        if self._process is None:
            return []
        server = self._process.pid
        children = Path(f"/proc/{server}/task/{server}/children")
        return [server, *(int(pid) for pid in children.read_text().split())] if children.exists() else []


def _unprivileged() -> str:
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in _UNPRIVILEGED:
        if name in names:
            return name
    raise CannotPrepareError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`")


def _binary(name: str) -> str:
    newest = sorted(_PLACES.glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, newest), os.environ.get("PATH", "")]))
    if found is None:
        raise CannotPrepareError(
            "PostgreSQL is not installed: apt install postgresql, or leave it out with --peer"
        )
    return found


def _free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        port: int = candidate.getsockname()[1]
        return port


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
