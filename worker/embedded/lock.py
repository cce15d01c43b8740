"""File locks that belong to one process: released when it ends, and not inherited by forked children.

These are POSIX record locks. Within one process such a lock does not exclude a second holder, and closing any
other descriptor of the file releases it, so a process never opens a file again while it holds its lock.
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
    """The lock is already held.

    Attributes:
        holder_pid: the process that holds it; None in the instant before it has recorded its ID.
    """

    def __init__(self, holder_pid: int | None) -> None:
        self.holder_pid = holder_pid
        super().__init__(f"the lock is held by process {holder_pid}")


class ProcessLock:
    """A lock that this process holds; the file contains the process ID."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, path: Path) -> "ProcessLock":
        """Lock a file, creating it if it does not exist.

        Raises:
            LockTakenError: another process holds the lock, or this one does.
            OSError: the file cannot be opened, or its file system does not support locks.
        """
        with _held_here_guard:
            if _held_here.get(path) == os.getpid():
                raise LockTakenError(os.getpid())
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
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
        """Release the lock; idempotent."""
        with _held_here_guard:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
                del _held_here[self._path]


def is_locked(path: Path) -> bool:
    """Whether another process holds the lock on a file; must not be called for a lock that this one holds."""
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
    """The process ID in a lock file, valid only while it is locked; not for a lock that this one holds."""
    with contextlib.suppress(OSError, ValueError):
        return int(path.read_text())
    return None
