"""The day files: what HTTP intake has accepted, on a disk, outside the store, one event a line.

`DATA_DIR/accepted/2026-12-01.jsonl` has the events that were accepted on that day in UTC, each with the
instant: `{"at": "2026-12-01T10:00:00.000Z", "event": {…}}`. If the store loses them, `custody replay` puts
them in again.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from events.instants import format_instant, parse_instant
from events.parse import Rejection, parse
from worker.embedded.private import check_directory
from worker.store.arrivals import Arrival

DIRECTORY: Final = "accepted"
"""Of the day files, in the data directory."""

_LINE: Final = re.compile(rb'\{"at": "([^"]{1,40})", "event": (.*)\}')
_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\d)\.jsonl")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_ONE_LINE: Final = bytes.maketrans(b"\r\n", b"  ")


class DayFiles:
    """Appends to the day files of one data directory. Several processes and threads may do so at once."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._directory = data_dir / DIRECTORY
        self._on_disk: set[tuple[int, int]] = set()

    def append(self, events: Sequence[tuple[datetime, bytes]]) -> None:
        """Append events to the file of the day of the first; they are on the disk when this returns.

        Args:
            events: as they went into the inbox, each with the instant of that: the store's time, in UTC.

        Raises:
            OSError: they may be in the file or not, and count as not accepted.
            worker.embedded.private.DataDirNotPrivate: another user may read or change the files.
        """
        if not events:
            return
        self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory.mkdir(mode=0o700, exist_ok=True)
        check_directory(self._data_dir)
        check_directory(self._directory)
        path = self._directory / f"{events[0][0].astimezone(UTC).date()}.jsonl"
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            _write_whole(descriptor, b"".join(_line(at, event) for at, event in events))
            os.fsync(descriptor)
            self._sync_name(descriptor)
        finally:
            os.close(descriptor)

    def _sync_name(self, descriptor: int) -> None:
        """A file that is new to this process may be so new that a power cut takes its name."""
        status = os.fstat(descriptor)
        known = (status.st_dev, status.st_ino)
        if known not in self._on_disk:
            for directory in (self._directory, self._data_dir):
                _sync_directory(directory)
            self._on_disk.add(known)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A line of a day file.

    Attributes:
        at: when the event was accepted: the store's time, in UTC.
        arrival: the event, to be put in again.
    """

    at: datetime
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no event.

    Attributes:
        number: of the line in its file, from 1.
        is_torn: it is the last one and has no end: it was being written when the power was cut, so nobody was
            answered that it is accepted.
    """

    path: Path
    number: int
    is_torn: bool


def read_since(directory: Path, since: datetime) -> Iterator[Accepted | Unreadable]:
    """What was accepted from an instant on, oldest file first, in the order of the lines.

    Args:
        since: in UTC. Of a line that cannot be read the instant is not known: it is always given.

    Raises:
        OSError: there is no such directory, or a file cannot be read.
    """
    # Events of one request are in one file, also where midnight came between them.
    for path in _files_from(directory, since.astimezone(UTC).date() - timedelta(days=1)):
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                text = line.strip()
                if not text:
                    continue
                read = _read(text)
                if read is None:
                    yield Unreadable(path, number, is_torn=not line.endswith(b"\n"))
                elif read.at >= since:
                    yield read


def _files_from(directory: Path, first: date) -> list[Path]:
    matches = ((_NAME.fullmatch(path.name), path) for path in directory.iterdir())
    return sorted(path for match, path in matches if match and match[1] >= first.isoformat())


def _read(text: bytes) -> Accepted | None:
    match = _LINE.fullmatch(text)
    if match is None:
        return None
    try:
        at = parse_instant(match[1].decode())
    except ValueError:
        return None
    parsed = parse(match[2])
    if isinstance(parsed, Rejection):
        return None
    return Accepted(at, Arrival(match[2], parsed.event.subject, accepted_at=at))


def _line(at: datetime, event: bytes) -> bytes:
    # In JSON, ends of lines are between tokens only.
    text = event.removeprefix(_BYTE_ORDER_MARK).translate(_ONE_LINE)
    return b'{"at": "%s", "event": %s}\n' % (format_instant(at).encode(), text)


def _write_whole(descriptor: int, lines: bytes) -> None:
    """Write all of it in one piece, or none. What a power cut has left of a line stays a line."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        size = os.fstat(descriptor).st_size
        is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        text = b"\n" + lines if is_torn else lines
        try:
            written = os.write(descriptor, text)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
        if written < len(text):
            os.ftruncate(descriptor, size)
            raise OSError(f"only {written} of {len(text)} bytes could be written")
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
