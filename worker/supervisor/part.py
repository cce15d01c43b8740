"""A part of the service as a child process: started, started again when it ends, ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from worker.supervisor.back_off import BackOff
from worker.supervisor.said_once import SaidOnce

log = structlog.get_logger("custody")

UNTIL_STDIN_CLOSES: Final = "--until-stdin-closes"
"""Each part has this option: it ends in order when its parent has ended, however that happened."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be kept running.

    Attributes:
        name: one word, for the log.
        command: what follows `custody`; the part takes `UNTIL_STDIN_CLOSES` as well.
        variables: environment variables for this part alone.
        longest_wait_seconds: until it is started again, if it keeps ending.
        may_start: whether what it needs is there; it is not started before.
    """

    name: str
    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    longest_wait_seconds: float = 30.0
    may_start: Callable[[], bool] = lambda: True


class KeptPart:
    """One part, with the process that it runs in."""

    def __init__(self, part: Part, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.part = part
        self.ends = 0
        """How often it has ended."""
        self.status: int | None = None
        """As it last ended: an exit status, or the negative number of a signal."""
        self._monotonic = monotonic
        self._back_off = BackOff(part.longest_wait_seconds)
        self._said = SaidOnce()
        self._process: subprocess.Popen[bytes] | None = None
        self._began_at = 0.0
        self._start_at = monotonic()

    def keep(self) -> None:
        """Start it if the time has come. To be called a few times a second."""
        if self._process is None and self._monotonic() >= self._start_at and self.part.may_start():
            self._start()

    def has_just_ended(self) -> bool:
        """Whether it has ended since this was last asked."""
        return self._process is not None and not self.is_running()

    def start_again(self) -> None:
        """Start it again, though not at once. It has just ended."""
        wait = self._wait_again()
        log.error("part_ended", part=self.part.name, status=self.status, restart_in_seconds=wait)

    def is_running(self) -> bool:
        """Whether its process lives. The processes that one has left behind are killed."""
        if self._process is None:
            return False
        if self._process.poll() is None:
            return True
        self._note_end(self._process)
        return False

    def ask_to_end(self) -> None:
        """Ask it to finish what it has in hand, and to end."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """End it at once, with the processes that it has started."""
        if self._process is not None:
            self._kill_group(self._process)
            self._process.wait()
            self._note_end(self._process)

    def _start(self) -> None:
        self._began_at = self._monotonic()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "worker", *self.part.command, UNTIL_STDIN_CLOSES],
                env={**os.environ, **self.part.variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Ctrl-C in the terminal must let the supervisor end it in order.
                start_new_session=True,
            )
        except OSError as error:
            wait = self._wait_again()
            log.error(  # noqa: TRY400 - the reason is in its text
                "part_not_started", part=self.part.name, problem=str(error), restart_in_seconds=wait
            )
            return
        if self._process.stdout is not None:
            self._said.pass_on(self._process.stdout)
        if self.ends:
            log.info("part_restarted", part=self.part.name)

    def _wait_again(self) -> float:
        now = self._monotonic()
        wait = self._back_off.wait_after(now - self._began_at)
        self._start_at = now + wait
        return wait

    def _note_end(self, process: "subprocess.Popen[bytes]") -> None:
        self.status = process.returncode
        self.ends += 1
        self._kill_group(process)
        if process.stdin is not None:
            process.stdin.close()
        self._process = None

    def _kill_group(self, process: "subprocess.Popen[bytes]") -> None:
        # A worker that was killed leaves pool processes, which would wait for work for ever.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
