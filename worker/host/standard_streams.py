"""Where a worker's standard streams lead: what it says goes to its log, on standard error, nowhere else."""

import os
import signal
import sys
from typing import Any, Final

_STREAMS: Final = (0, 1, 2)
_STDOUT: Final = 1


class _Streams:
    had_terminal = False


_of_this_process: Final = _Streams()


def leave_stdout(**_: Any) -> None:
    """Lead standard output nowhere, and so every stream that is closed.

    Celery prints its banner and its answer to a signal there: a pipe that nobody reads would hold it up, a
    full disk would end it. A descriptor that is closed would be given to a socket, and then printed to.
    """
    _of_this_process.had_terminal = _is_open(_STDOUT) and os.isatty(_STDOUT)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in _STREAMS:
        if not _is_open(stream) or (stream == _STDOUT and sys.__stdout__ is not None):
            os.dup2(null, stream)
    if null not in _STREAMS:
        os.close(null)


def stop_when_the_terminal_closes() -> None:
    """At a terminal, SIGHUP stops the worker as SIGTERM does. Elsewhere Celery starts the worker again."""
    if _of_this_process.had_terminal:
        signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
