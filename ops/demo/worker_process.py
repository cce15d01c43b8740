"""A real worker of the service, as a process that the demo starts and ends."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import orjson

import worker

POOL_PROCESSES: Final = 2

_ROOT: Final = Path(worker.__file__).parents[1]
_LOG: Final = "worker.log"
_PATIENCE_SECONDS: Final = 20.0


class WorkerProcess:
    """`custody worker` on a store that is given, with its log in a directory that is given."""

    def __init__(self, store_url: str, directory: Path) -> None:
        self._store_url = store_url
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it. None of the caller's own settings reach it: they may be those of a real installation."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("CUSTODY_")}
        paths = [str(_ROOT), *filter(None, [own.get("PYTHONPATH")])]
        with (self._directory / _LOG).open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "worker", "worker", f"--concurrency={POOL_PROCESSES}"],
                env=own
                | {
                    "CUSTODY_STORE_URL": self._store_url,
                    "CUSTODY_DATA_DIR": str(self._directory),
                    "CUSTODY_LOG_FORMAT": "json",
                    "PYTHONPATH": os.pathsep.join(paths),
                },
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C at the terminal is for the demo, which then ends the worker in order.
                start_new_session=True,
            )

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process else None

    def stop(self) -> None:
        """Let it finish what it holds; kill it and its children if that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE_SECONDS)
        if self._process.poll() != 0:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self._log_lines()[-lines:])

    def errors(self) -> list[str]:
        """What it logged as an error, but for the alarms, which the outbox has too."""
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
