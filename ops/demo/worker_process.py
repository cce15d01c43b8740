"""The service itself, worker and notifier, as a process that the demo starts and stops."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import orjson

from ops.demo.processes import start_process
from ops.demo.routes import ROUTES_FILE
from worker.store.losses import STORE_ID_FILE

POOL_PROCESSES: Final = 2

_LOG: Final = "worker.log"
_PATIENCE_SECONDS: Final = 20.0


class WorkerProcess:
    """`custody run` on the given store, with its routing file and its log in the given directory."""

    def __init__(self, store_url: str, directory: Path) -> None:
        self._store_url = store_url
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, with as many pool processes as the demo counts on."""
        self._process = start_process(
            ("run", "--no-board", "--until-stdin-closes", f"--concurrency={POOL_PROCESSES}"),
            self._directory,
            _LOG,
            CUSTODY_STORE_URL=self._store_url,
            CUSTODY_ROUTES=str(self._directory / ROUTES_FILE),
        )

    @property
    def exit_code(self) -> int | None:
        """None while the worker runs."""
        return self._process.poll() if self._process else None

    def stop(self) -> None:
        """Let the worker finish what is in flight; kill it and its children if that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE_SECONDS)
        if self._process.poll() != 0:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None

    def forget_store(self) -> None:
        """Let the next start find a store that was emptied on purpose, and not miss the one before."""
        (self._directory / STORE_ID_FILE).unlink(missing_ok=True)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the worker's log."""
        return "\n".join(self._log_lines()[-lines:])

    def errors(self) -> list[str]:
        """What the worker logged as an error, except alarms, which are in the outbox too."""
        return [
            line
            for line in self._log_lines()
            if (entry := _entry(line)).get("level") in {"error", "critical"} and entry.get("event") != "alarm"
        ]

    def _log_lines(self) -> list[str]:
        with suppress(FileNotFoundError):
            return (self._directory / _LOG).read_text(encoding="utf-8", errors="replace").splitlines()
        return []


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return entry if isinstance(entry, dict) else {}
