"""A file of JSON lines."""

import fcntl
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from worker.delivery.sink import Answer, Outcome, OutgoingNotice


class FileSink:
    """Appends one line per notice, and flushes to disk before anything counts as delivered."""

    most_at_once = 200
    waits_out_failures = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        """Append these, in order, all or none. What a killed process left of a line is ended first."""
        try:
            self._append(b"".join(notice.raw + b"\n" for notice in notices))
        except OSError as error:
            return Answer(Outcome.AGAIN, os.strerror(error.errno) if error.errno else str(error))
        return Answer(Outcome.DELIVERED)

    def _append(self, lines: bytes) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Neither opening nor writing a pipe or a device may block.
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("the path leads to no ordinary file")
            # So that what is cut off after an error is our own.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_new = os.fstat(descriptor).st_size == 0
            _append_whole(descriptor, lines)
            if is_new:
                _flush_name(self._path.parent)
        finally:
            os.close(descriptor)


def _append_whole(descriptor: int, lines: bytes) -> None:
    size = os.fstat(descriptor).st_size
    is_in_mid_line = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
    left = memoryview(b"\n" + lines if is_in_mid_line else lines)
    try:
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, size)
        raise


def _flush_name(directory: Path) -> None:
    """A new file's name is on disk only when its directory is."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
