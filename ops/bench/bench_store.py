"""The store of one run, in its own directory; both are removed afterwards."""

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ops.bench.processes import cpu_seconds, memory_bytes
from worker.embedded.server import EmbeddedStore
from worker.store.connection import Client, connect

_LOOK_SECONDS: Final = 0.1

_SETTLE_SECONDS: Final = 10.0
"""For seconds after a large file is deleted, the file system's journal delays a flush by 80 to 170 ms."""


class BenchStore:
    """A Valkey configured as in the product (append-only file, fsync always), in a fresh directory.

    Attributes:
        url: the store's address; the same after a restart.
        directory: for the logs and files of this run.
    """

    def __init__(self, under: Path) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="custody-bench-", dir=under))
        self._store = EmbeddedStore.own(self.directory)
        self.url = self._store.url
        self.client: Client = connect(self.url)

    def used_memory_bytes(self) -> int:
        """Memory that the store has allocated for data and for itself."""
        info: Any = self.client.info("memory")
        return int(info["used_memory"])

    def server_memory_bytes(self) -> int:
        """The proportional set size of the store's process."""
        return memory_bytes(self._server_pid())

    def server_cpu_seconds(self) -> float:
        """CPU time that the store has used since it started."""
        return cpu_seconds(self._server_pid())

    def settle(self) -> int:
        """Wait until no rewrite of the append-only file is running, and the disk has had time to settle.

        Returns:
            How long the last rewrite took, in whole seconds.
        """
        while True:
            info: Any = self.client.info("persistence")
            if not info["aof_rewrite_in_progress"] and not info["aof_rewrite_scheduled"]:
                break
            time.sleep(_LOOK_SECONDS)
        os.sync()
        time.sleep(_SETTLE_SECONDS)
        return int(info["aof_last_rewrite_time_sec"])

    def kill(self) -> None:
        """Send SIGKILL to the store."""
        os.kill(self._server_pid(), signal.SIGKILL)

    def restart(self) -> float:
        """Restart the store on its files; return the seconds until it answers with its data."""
        began = time.monotonic()
        while not self._store.ensure_running():
            # The kill may not have taken effect yet.
            if time.monotonic() - began > 1:
                break
        self.client.connection_pool.disconnect()
        self.client.ping()
        return time.monotonic() - began

    def log(self, name: str) -> Path:
        """The log file for a process of this run."""
        return self.directory / f"{name}.log"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self._store.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _server_pid(self) -> int:
        info: Any = self.client.info("server")
        return int(info["process_id"])
