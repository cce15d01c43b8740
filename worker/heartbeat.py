"""The heartbeats of worker and notifier, for health checks: files that each touches every second or two."""

import os
import socket
from pathlib import Path
from typing import Final, Literal, TypeAlias

STALE_AFTER_SECONDS: Final = 10

Beating: TypeAlias = Literal["worker", "notifier"]

_NAMES: Final[dict[Beating, str]] = {"worker": "alive", "notifier": "notifier-alive"}


def beat(data_dir: Path, what: Beating = "worker") -> None:
    """Record that this host's worker or notifier has just completed a round, with the store answering."""
    descriptor = os.open(_file(data_dir, what), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.utime(descriptor)
    finally:
        os.close(descriptor)


def is_alive(data_dir: Path, now_seconds: float, what: Beating = "worker") -> bool:
    """Whether the last heartbeat is less than `STALE_AFTER_SECONDS` old; `now_seconds` is Unix time."""
    last = last_beat(data_dir, what)
    return last is not None and now_seconds - last < STALE_AFTER_SECONDS


def last_beat(data_dir: Path, what: Beating = "worker") -> float | None:
    """When the last heartbeat was, in Unix time; None if there was none."""
    try:
        return _file(data_dir, what).stat().st_mtime
    except FileNotFoundError:
        return None


def _file(data_dir: Path, what: Beating) -> Path:
    return data_dir / f"{_NAMES[what]}-{socket.gethostname()}"
