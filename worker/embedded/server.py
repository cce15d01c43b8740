"""The embedded store: our own Valkey server under the data directory, owned by one process at a time.

Two locks ensure that there is only one. The owner holds one; the server holds the other while its process
lives, so that no lost, stale or truncated file can lead to a second server on the same append-only file. Both
are POSIX record locks: a forked pool worker does not inherit them and so cannot keep them alive.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from worker.embedded import private, process
from worker.embedded.append_only_file import cut_bad_tail
from worker.embedded.endpoint import (
    Endpoint,
    ServerState,
    StoreFiles,
    endpoint_document,
    find,
    is_announced,
    known_endpoints,
    locate,
    probe,
)
from worker.embedded.faults import (
    EmbeddedStoreFault,
    StoreInUse,
    StoreNotRunning,
    disk_faults_explained,
    display_path,
)
from worker.embedded.lock import LockTakenError, ProcessLock, is_locked, lock_holder

__all__ = ["EmbeddedStore", "EmbeddedStoreFault", "StoreInUse", "StoreNotRunning", "find"]

_LOADING_TIMEOUT_SECONDS: Final = 300.0
_RESPONSE_TIMEOUT_SECONDS: Final = 30.0
_STOP_TIMEOUT_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.02


class _NotReadyInTime(EmbeddedStoreFault):
    """A server lives but was not ready in time; it is left running."""


class EmbeddedStore:
    """The store, held by its owner. In a forked child of the owner its methods do nothing."""

    def __init__(self, data_dir: Path, files: StoreFiles, lock: ProcessLock) -> None:
        self._data_dir = data_dir
        self._files = files
        self._lock = lock
        self._owner_pid = os.getpid()
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._endpoint: Endpoint | None = None

    @classmethod
    def own(cls, data_dir: Path) -> Self:
        """Become the owner, and return once a server responds: one that a killed owner left, or a new one.

        Waits up to 300 s for a server that is loading a long append-only file. One that takes longer is left
        running, for the next call to adopt.

        Raises:
            StoreInUse: another process is the owner, or this one already is.
                EmbeddedStoreFault: the server cannot be started, or does not respond.
        """
        private.prepare(data_dir)
        files = StoreFiles.under(data_dir)
        with disk_faults_explained(data_dir):
            files.valkey_dir.mkdir(mode=0o700, exist_ok=True)
            try:
                lock = ProcessLock.acquire(files.owner_lock)
            except LockTakenError as taken:
                raise StoreInUse(data_dir, taken.holder_pid) from None
        store = cls(data_dir, files, lock)
        try:
            with disk_faults_explained(data_dir):
                store._bring_up()
        except _NotReadyInTime:
            store._lock.release()
            raise
        except BaseException:
            store.stop()
            raise
        return store

    @property
    def url(self) -> str:
        """The server's URL, with its password: must not be logged."""
        if self._endpoint is None:
            raise StoreNotRunning(f"the store under {display_path(self._data_dir)} has not been started")
        return self._endpoint.url

    def ensure_running(self) -> bool:
        """Restart the server at the same address if it has died; True if it was restarted and responds.

        Raises:
            EmbeddedStoreFault: it could not be started; the next call tries again.
        """
        if os.getpid() != self._owner_pid:
            return False
        with self._guard, disk_faults_explained(self._data_dir):
            if self._stopping.is_set():
                return False
            if not self._server_lives():
                self._bring_up()
                return True
            if self._endpoint and not is_announced(self._endpoint, self._files):
                self._announce(self._endpoint)
            return False

    def stop(self) -> None:
        """Shut the server down, remove the endpoint file and give up ownership; idempotent."""
        if os.getpid() != self._owner_pid:
            return
        self._stopping.set()
        with self._guard:
            if not self._lock.held:
                return
            try:
                self._end_server()
                self._files.endpoint.unlink(missing_ok=True)
            finally:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _bring_up(self) -> None:
        while True:
            launched = None if self._server_lives() else self._launch()
            if self._becomes_ready():
                return
            if launched and launched.returncode != process.LOCK_WAS_TAKEN:
                raise EmbeddedStoreFault(
                    f"valkey-server ended while it was starting (exit code {launched.returncode}): "
                    f"see {self._files.log}, last line: {_last_line(self._files.log)}; "
                    "if a file is damaged, the runbook restore.md says what to do"
                )

    def _launch(self) -> "subprocess.Popen[bytes]":
        cut_bad_tail(self._files.append_only_dir, process.server_binary())
        endpoint = self._endpoint_to_serve()
        self._process = process.launch(endpoint, self._files)
        self._announce(endpoint)
        return self._process

    def _endpoint_to_serve(self) -> Endpoint:
        """The last address if its port is free, else a new port and a new password: the old may be known."""
        known = [self._endpoint] if self._endpoint else known_endpoints(self._files)
        for endpoint in known:
            if process.becomes_free(endpoint.port):
                return endpoint
            if probe(endpoint, self._files) is not ServerState.UNREACHABLE:
                raise EmbeddedStoreFault(
                    f"a valkey-server whose lock file is gone still serves {self._files.valkey_dir} "
                    f"at port {endpoint.port}: end that process, then start again"
                )
        if self._endpoint:
            raise EmbeddedStoreFault(
                f"another program took port {self._endpoint.port} while the store's server was down: "
                "end that program, or restart the custody clock to move to another port"
            )
        return process.new_endpoint()

    def _becomes_ready(self) -> bool:
        """Wait until the server is ready; False if it ends instead."""
        began = last_response = time.monotonic()
        while not self._stopping.wait(_PAUSE_SECONDS):
            if not self._server_lives():
                return False
            state, endpoint = locate(self._files)
            if endpoint and state is ServerState.READY:
                self._endpoint = endpoint
                self._announce(endpoint)
                return True
            now = time.monotonic()
            if state is ServerState.LOADING:
                last_response = now
            if now - last_response > _RESPONSE_TIMEOUT_SECONDS or now - began > _LOADING_TIMEOUT_SECONDS:
                raise _NotReadyInTime(self._why_not_ready(state))
        raise EmbeddedStoreFault("the store was stopped while its server was starting: start it again")

    def _why_not_ready(self, state: ServerState) -> str:
        server = f"valkey-server (process {lock_holder(self._files.server_lock)})"
        if state is ServerState.LOADING:
            return f"{server} is still reading its append-only file and continues: start again to wait for it"
        return (
            f"{server} runs on {self._files.valkey_dir} but does not answer at any known address: "
            "end that process, then start again"
        )

    def _announce(self, endpoint: Endpoint) -> None:
        private.write_private(self._files.endpoint, endpoint_document(endpoint, self._files))

    def _server_lives(self) -> bool:
        return (self._process is not None and self._process.poll() is None) or is_locked(
            self._files.server_lock
        )

    def _end_server(self) -> None:
        for ending in (signal.SIGTERM, signal.SIGKILL):
            give_up_at = time.monotonic() + _STOP_TIMEOUT_SECONDS
            self._signal_server(ending)
            while self._server_lives() and time.monotonic() < give_up_at:
                time.sleep(_PAUSE_SECONDS)

    def _signal_server(self, ending: signal.Signals) -> None:
        child = self._process if self._process is not None and self._process.poll() is None else None
        if child:
            child.send_signal(ending)
        # While the lock is held, the process ID in it is its holder's and cannot have been reused.
        holder = lock_holder(self._files.server_lock)
        if holder and is_locked(self._files.server_lock) and not (child and child.pid == holder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(holder, ending)


def _last_line(path: Path) -> str:
    with contextlib.suppress(OSError, IndexError):
        return path.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()[-1]
    return "none (is the disk full?)"
