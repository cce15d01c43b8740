"""Where notices go."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import structlog

from events.outbound import Outbound
from worker.telemetry import lines_together

log = structlog.get_logger("custody")


class Sink(Protocol):
    """Takes notices; returns only when they are safe with it."""

    def take(self, notices: Sequence[tuple[Outbound, bytes]]) -> None:
        """Take these, in order, each typed and as it stands in the outbox."""


class FileSink:
    """A file of JSON lines, appended to and flushed to disk before anything counts as delivered."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self, notices: Sequence[tuple[Outbound, bytes]]) -> None:
        """Append one line a notice."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            if _ends_in_the_middle_of_a_line(self._path):
                file.write(b"\n")
            file.writelines(raw + b"\n" for _, raw in notices)
            file.flush()
            os.fsync(file.fileno())


def _ends_in_the_middle_of_a_line(path: Path) -> bool:
    """Whether whoever wrote last was killed at it."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read(1) not in {b"", b"\n"}


class ConsoleSink:
    """A log line a notice: what kind, about which booking, for whom. Not what it says."""

    def take(self, notices: Sequence[tuple[Outbound, bytes]]) -> None:
        """Log one line a notice."""
        logger = log.bind()
        with lines_together():
            for notice, _ in notices:
                logger.info(
                    "notice",
                    booking=notice.subject,
                    notice_type=notice.type,
                    notice_id=notice.id,
                    audience=notice.audience,
                    route=notice.route,
                )
