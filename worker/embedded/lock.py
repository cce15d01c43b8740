"""Locks on files that belong to one process, end with it, and are not shared with the children it forks.

They are POSIX record locks. Within one process such a lock neither refuses a second holder nor survives the
close of any other descriptor of its file, so a process never opens a file again whose lock it holds.
"""

import contextlib
import fcntl
import os
import threading
from pathlib import Path
from typing import Final

_held_here: Final[dict[Path, int]] = {}
_held_here_guard: Final = threading.Lock()


class LockTakenError(Exception):
    """The lock is held already.

    Attributes:
        holder_pid: by which process, or None in the instant before that has written its number down.
    """

    def __init__(self, holder_pid: int | None) -> None:
        self.holder_pid = holder_pid
        super().__init__(f"the lock is held by process {holder_pid}")


class ProcessLock:
    """A lock that this process holds, with the number of the process written in the file."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, path: Path) -> "ProcessLock":
        """Lock a file, which is made if it is missing.

        Raises:
            LockTakenError: by another process, or by this one.
            OSError: the file cannot be opened, or its file system has no locks.
        """
        with _held_here_guard:
            if _held_here.get(path) == os.getpid():
                raise LockTakenError(os.getpid())
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(descriptor)
                if isinstance(error, BlockingIOError | PermissionError):
                    raise LockTakenError(lock_holder(path)) from None
                raise
            os.pwrite(descriptor, b"%-20d\n" % os.getpid(), 0)
            _held_here[path] = os.getpid()
            return cls(path, descriptor)

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def release(self) -> None:
        """Let go; a repeat does nothing."""
        with _held_here_guard:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
                del _held_here[self._path]


def is_locked(path: Path) -> bool:
    """Whether another process holds the lock on a file; not to be asked of a lock that this process holds."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def lock_holder(path: Path) -> int | None:
    """The process number in a lock file, true only while it is locked; the same caution holds."""
    with contextlib.suppress(OSError, ValueError):
        return int(path.read_text())
    return None
