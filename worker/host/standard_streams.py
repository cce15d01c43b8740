"""Where a worker's standard streams lead: what it says goes to its log, on standard error, nowhere else."""

import io
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

from worker.telemetry import put_line

_STREAMS: Final = (0, 1, 2)
_STDOUT: Final = 1
_STDERR: Final = 2


class _Terminal:
    was_there = False


_terminal: Final = _Terminal()


def fill_gaps(**_: Any) -> None:
    """Lead closed streams nowhere: else a socket would be given the descriptor, and then be written to."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in _STREAMS:
        if not _is_open(stream):
            os.dup2(null, stream)
    if null not in _STREAMS:
        os.close(null)


def detach(**_: Any) -> None:
    """Once the worker can start: lead standard output nowhere, and log what is printed on standard error.

    Celery prints its banner and its answer to a signal, and flushes both streams whenever it forks. A pipe
    that nobody reads would hold it up; a full disk or a closed stream would end it.
    """
    _terminal.was_there = os.isatty(_STDOUT)
    null = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for good
    if sys.__stdout__ is not None:
        os.dup2(null.fileno(), _STDOUT)
    for name, stream in (("stdout", null), ("stderr", _ToTheLog())):
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def stop_when_the_terminal_closes() -> None:
    """At a terminal, SIGHUP stops the worker as SIGTERM does. Elsewhere it ends with status 1."""
    if _terminal.was_there:
        signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))


class _ToTheLog(io.TextIOBase):
    """Standard error for whoever prints there, such as a thread that ends with an exception."""

    def __init__(self) -> None:
        self._begun = ""

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            put_line(line)
        return len(text)

    def fileno(self) -> int:
        return _STDERR

    def isatty(self) -> bool:
        return os.isatty(_STDERR)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
