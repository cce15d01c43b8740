"""Writes log lines from a separate thread: whoever logs never waits for the log, and never fails with it.

A log may be a pipe that nobody reads, a paused terminal or a full disk, and no release may depend on it.
"""

import itertools
import os
import select
import threading
import time
from queue import Empty, SimpleQueue
from typing import Final

import structlog

log = structlog.get_logger("custody")

MOST_LINES: Final = 10_000
"""So many lines wait while the log cannot be written; more are dropped and counted."""

_TOGETHER_SECONDS: Final = 0.01
"""Lines of so short a time are written together: a call per line is 5 % of a release."""

_RETRY_SECONDS: Final = 0.2


class LogWriter:
    """The lines of one process on their way to one descriptor.

    It takes no lock, since a signal handler may log while its thread is logging. What several threads write
    here are single operations of the queue and the counter.
    """

    def __init__(self, descriptor: int, most_lines: int = MOST_LINES) -> None:
        self._descriptor = descriptor
        self._most_lines = most_lines
        self._lines: SimpleQueue[bytes | threading.Event] = SimpleQueue()
        self._drops = itertools.count(1)
        self._dropped = 0
        self._reported = 0
        self._may_start = threading.Lock()
        self._thread_id: int | None = None

    def put(self, line: bytes) -> None:
        """Write this line, with its newline, soon; drop it if too many wait. Never blocks, never fails."""
        if self._lines.qsize() >= self._most_lines and threading.get_ident() != self._thread_id:
            self._dropped = next(self._drops)
            return
        self._lines.put(line)
        if self._thread_id is None:
            self._start()

    def flush(self, seconds: float) -> bool:
        """Wait at most so long until what was put is written; whether it is."""
        if self._thread_id is None:
            return self._lines.empty()
        is_written = threading.Event()
        self._lines.put(is_written)
        return is_written.wait(seconds)

    def _start(self) -> None:
        if not self._may_start.acquire(blocking=False):
            return
        thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads: the next line tries again
            self._may_start.release()
        else:
            self._thread_id = thread.ident

    def _run(self) -> None:
        while True:
            waiting = [self._lines.get()]
            time.sleep(_TOGETHER_SECONDS)
            try:
                while len(waiting) < self._most_lines:
                    waiting.append(self._lines.get_nowait())
            except Empty:
                pass
            self._write_together(waiting)
            self._say_how_many_were_dropped()

    def _write_together(self, waiting: list[bytes | threading.Event]) -> None:
        """Write no more in a call than a pipe takes atomically: the lines of two processes do not mix."""
        together = bytearray()
        for item in waiting:
            if isinstance(item, threading.Event):
                self._write(together)
                item.set()
                continue
            if len(together) + len(item) > select.PIPE_BUF:
                self._write(together)
            together += item
        self._write(together)

    def _write(self, lines: bytearray) -> None:
        """Write all of it, however long that takes; a call that failed has written nothing."""
        while lines:
            try:
                written = os.write(self._descriptor, lines)
            except BlockingIOError:
                select.select([], [self._descriptor], [], _RETRY_SECONDS)
            except OSError:
                time.sleep(_RETRY_SECONDS)
            else:
                del lines[:written]

    def _say_how_many_were_dropped(self) -> None:
        dropped = self._dropped
        if dropped > self._reported:
            lines, self._reported = dropped - self._reported, dropped
            log.warning("log_lines_dropped", lines=lines)
