"""A sign of life of each worker, for health checks: a file that its pacemaker touches once a second."""

import socket
from pathlib import Path
from typing import Final

STALE_AFTER_SECONDS: Final = 10


def beat(data_dir: Path) -> None:
    """Say that the pacemaker of this machine's worker has just been round, with the store answering."""
    _file(data_dir).touch()


def is_alive(data_dir: Path, now_seconds: float) -> bool:
    """Whether it has been round in the last seconds; `now_seconds` is Unix time."""
    try:
        return now_seconds - _file(data_dir).stat().st_mtime < STALE_AFTER_SECONDS
    except FileNotFoundError:
        return False


def _file(data_dir: Path) -> Path:
    return data_dir / f"alive-{socket.gethostname()}"
