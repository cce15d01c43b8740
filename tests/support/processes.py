"""Real processes of the service: started, watched, stopped or killed; none is left behind."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from tests.support.bookings import PROFILE
from tests.support.waiting import wait_until
from worker.host import watchdog

WORKER: Final = (sys.executable, "-m", "worker", "worker")
CELERY: Final = (sys.executable, "-m", "celery", "-A", "worker", "--quiet", "worker")

START_WITHIN_SECONDS: Final = 30.0
STOP_WITHIN_SECONDS: Final = watchdog.PATIENCE_SECONDS + 30.0


class WorkerProcess:
    """A worker in its own directory, with its whole process group and its log."""

    def __init__(
        self, directory: Path, command: Sequence[str] = WORKER, *, output: int | None = None, **settings: str
    ) -> None:
        """Start it, with no settings but these; `store_url=...` is CUSTODY_STORE_URL.

        Its output goes to a file that can be read as `log`, or to the descriptor `output`.
        A booking that arrives late is released after a second, not a minute, unless told otherwise.
        """
        directory.mkdir(parents=True, exist_ok=True)
        self.data_dir = directory / "data"
        self._log = directory / "worker.log"
        defaults = {
            "profile": PROFILE,
            "data_dir": str(self.data_dir),
            "log_format": "json",
            "late_grace_seconds": "1",
        }
        variables = {f"CUSTODY_{name.upper()}": value for name, value in (defaults | settings).items()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CUSTODY_")}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=directory,
                env=kept | variables,
                stdin=subprocess.DEVNULL,
                stdout=log if output is None else output,
                stderr=log if output is None else output,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """Everything that it and its children have logged."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The log entries of this event; a line that is not JSON is skipped."""
        return [json.loads(line) for line in self.log.splitlines() if f'"event":"{event}"' in line]

    def is_ready(self) -> bool:
        """Whether it takes tasks from the broker."""
        assert self.process.poll() is None, self.log
        return re.search(r"celery\S*@\S+ ready\.", self.log) is not None

    def wait_until_ready(self) -> "WorkerProcess":
        """Return once it takes tasks."""
        assert wait_until(self.is_ready, START_WITHIN_SECONDS), self.log
        return self

    def children(self) -> list[int]:
        """The processes of its pool."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self) -> int:
        """Stop it as an operator does, and return its exit status."""
        self.process.terminate()
        try:
            return self.process.wait(STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            # Celery answers this signal with the stack of every thread.
            self.process.send_signal(signal.SIGUSR1)
            wait_until(lambda: "LOCAL VARIABLES" in self.log, 5.0)
            raise AssertionError(f"does not stop:\n{self.log[-10_000:]}") from None

    def kill(self) -> None:
        """Kill it and all its children without warning, but for its store; a repeat does nothing."""
        for group in (self.process.pid, *self.parts().values()):
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.process.wait()

    def parts(self) -> dict[str, int]:
        """The parts of `custody run` by name, each of which leads a process group."""
        found = {}
        with suppress(OSError):
            for pid in self.children():
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if b"--until-stdin-closes" in words:
                    found[words[words.index(b"-m") + 2].decode()] = pid
        return found


def is_gone(pid: int) -> bool:
    """Whether a process has ended, waited for or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@contextmanager
def running_worker(
    directory: Path, command: Sequence[str] = WORKER, *, output: int | None = None, **settings: str
) -> Iterator[WorkerProcess]:
    """A worker for the length of the block; whatever is left of it then is killed."""
    worker = WorkerProcess(directory, command, output=output, **settings)
    try:
        yield worker
    finally:
        worker.kill()


def servers_under(directory: Path) -> list[int]:
    """The store servers that run in a directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (
                str((process / "cwd").readlink()).startswith(f"{directory}/")
                and b"valkey-server" in (process / "cmdline").read_bytes()
            ):
                found.append(int(process.name))
        except OSError:
            continue
    return found


@contextmanager
def no_server_left(directory: Path) -> Iterator[None]:
    """Kill every store server that is left under a directory when the block ends."""
    try:
        yield
    finally:
        for pid in servers_under(directory):
            os.kill(pid, signal.SIGKILL)
