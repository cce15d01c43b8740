"""Why the embedded store is not available: each message is one line and says what to do."""

import contextlib
from collections.abc import Iterator
from pathlib import Path


class EmbeddedStoreFault(Exception):  # noqa: N818 - its subclasses are named after the state that they report
    """The embedded store is not available; the message is one line and says what to do."""


class StoreInUse(EmbeddedStoreFault):
    """Another process owns the store.

    Attributes:
        owner_pid: the ID of that process; None in the instant before it has recorded it.
    """

    def __init__(self, data_dir: Path, owner_pid: int | None) -> None:
        self.owner_pid = owner_pid
        owner = "another process" if owner_pid is None else f"process {owner_pid}"
        super().__init__(
            f"{owner} already owns the store under {display_path(data_dir)}: "
            "stop it first, or give this process its own CUSTODY_DATA_DIR"
        )


class StoreNotRunning(EmbeddedStoreFault):
    """No server of the data directory answers."""


def display_path(data_dir: Path) -> str:
    """A path as a message shows it: a relative one starts with `./`."""
    return str(data_dir) if data_dir.is_absolute() else f"./{data_dir}"


@contextlib.contextmanager
def disk_faults_explained(data_dir: Path) -> Iterator[None]:
    """Turn what a disk refuses inside the block into an `EmbeddedStoreFault`."""
    try:
        yield
    except OSError as error:
        raise EmbeddedStoreFault(
            f"data cannot be kept under {display_path(data_dir)} ({error.strerror}): "
            "check its disk and permissions, or set CUSTODY_DATA_DIR"
        ) from error
