"""A file of JSON lines."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from worker.delivery.sink import Answer, Outcome, OutgoingNotice


class FileSink:
    """Appends one line per notice, and flushes to disk before anything counts as delivered."""

    most_at_once = 200
    waits_out_failures = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        """Append these, in order; a line that a killed process left unfinished is ended first."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "a+b") as file:
            if _ends_in_mid_line(file):
                file.write(b"\n")
            file.writelines(notice.raw + b"\n" for notice in notices)
            file.flush()
            os.fsync(file.fileno())
        return Answer(Outcome.DELIVERED)


def _ends_in_mid_line(file: BinaryIO) -> bool:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    return file.read(1) not in {b"", b"\n"}
