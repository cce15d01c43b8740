"""Runs worker processes, each command in its own session, so that all of them can be measured and killed."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

_STOP_PATIENCE_SECONDS: Final = 20.0
_PAUSE_SECONDS: Final = 0.02
_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


class WorkerGroup:
    """One or more commands running at the same time, with all their child processes."""

    def __init__(self, processes: list["subprocess.Popen[bytes]"]) -> None:
        self._processes = processes

    @classmethod
    def start(
        cls, commands: Sequence[Sequence[str]], *, env: Mapping[str, str], cwd: Path, log: Path
    ) -> Self:
        """Start each command in its own session; their output is appended to `log`."""
        with log.open("ab") as output:
            return cls(
                [
                    subprocess.Popen(  # noqa: S603 - the harness's own commands
                        command,
                        env=dict(env),
                        cwd=cwd,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=output,
                        start_new_session=True,
                    )
                    for command in commands
                ]
            )

    def alive(self) -> bool:
        """Whether every command still runs."""
        return all(process.poll() is None for process in self._processes)

    def kill(self) -> None:
        """Kill every process with SIGKILL, as if the machine had failed."""
        # A child may be forked while the list is read, so repeat until the list is empty.
        while pids := self.pids():
            for pid in pids:
                _send(pid, signal.SIGKILL)
        for process in self._processes:
            process.wait()

    def stop(self) -> None:
        """Send SIGTERM and wait; then SIGKILL whatever still runs."""
        for process in self._processes:
            _send(process.pid, signal.SIGTERM)
        give_up_at = time.monotonic() + _STOP_PATIENCE_SECONDS
        while not all(process.poll() is not None for process in self._processes):
            if time.monotonic() > give_up_at:
                break
            time.sleep(_PAUSE_SECONDS)
        self.kill()

    def freeze(self) -> None:
        """Suspend every process until `thaw`."""
        for pid in self.pids():
            _send(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume every process."""
        for pid in self.pids():
            _send(pid, signal.SIGCONT)

    def pids(self) -> list[int]:
        """Every process of these sessions except zombies."""
        sessions = {process.pid for process in self._processes}
        return [pid for pid, state, session in _all_processes() if session in sessions and state != "Z"]

    def memory_bytes(self) -> int:
        """Proportional set size: shared pages are counted once."""
        return sum(memory_bytes(pid) for pid in self.pids())

    def cpu_seconds(self) -> float:
        """CPU time used so far by the processes still running."""
        return sum(cpu_seconds(pid) for pid in self.pids())


def memory_bytes(pid: int) -> int:
    """The proportional set size of one process; 0 if it has ended."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0


def cpu_seconds(pid: int) -> float:
    """CPU time that one process has used; 0 if it has ended."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND if fields else 0.0


def _all_processes() -> Iterator[tuple[int, str, int]]:
    """PID, state and session of every visible process."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            yield int(entry.name), fields[0], int(fields[3])


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command name, which may contain spaces and brackets."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _send(pid: int, what: signal.Signals) -> None:
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return
