"""The worker's heartbeat, for health checks: a file that its pacemaker touches once a second."""

import os
import socket
from pathlib import Path
from typing import Final

STALE_AFTER_SECONDS: Final = 10


def beat(data_dir: Path) -> None:
    """Record that the pacemaker of this host has just completed a round, with the store answering."""
    descriptor = os.open(_file(data_dir), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.utime(descriptor)
    finally:
        os.close(descriptor)


def is_alive(data_dir: Path, now_seconds: float) -> bool:
    """Whether the last heartbeat is less than `STALE_AFTER_SECONDS` old; `now_seconds` is Unix time."""
    try:
        return now_seconds - _file(data_dir).stat().st_mtime < STALE_AFTER_SECONDS
    except FileNotFoundError:
        return False


def _file(data_dir: Path) -> Path:
    return data_dir / f"alive-{socket.gethostname()}"
