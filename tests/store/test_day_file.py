"""The day files: an event is in the file whole or not at all, and nobody else can read it."""

import os
import resource
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.bookings import booked, raw
from worker.embedded.private import DataDirNotPrivate
from worker.store.day_file import DIRECTORY, Accepted, DayFiles, Unreadable, read_since

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVENTS = [raw(booked(f"B-{number}", due_at=NOON)) for number in range(3)]


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """As on a full disk, a write that would make a file longer writes what fits, and the next one fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def at(instant: datetime, *events: bytes) -> list[tuple[datetime, bytes]]:
    return [(instant, event) for event in events]


def the_file(data_dir: Path) -> Path:
    return data_dir / DIRECTORY / "2026-12-01.jsonl"


def read(data_dir: Path, since: datetime = NOON) -> list[tuple[datetime, bytes] | Unreadable]:
    return [
        (line.at, line.arrival.raw) if isinstance(line, Accepted) else line
        for line in read_since(data_dir / DIRECTORY, since)
    ]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_events_are_read_as_they_were_written_from_an_instant_on_across_days(data_dir: Path) -> None:
    files = DayFiles(data_dir)
    files.append(at(NOON - MINUTE, *EVENTS[:1]))
    files.append(at(NOON, *EVENTS[1:2]))
    files.append(at(NOON + timedelta(days=1), *EVENTS[2:]))
    files.append([])
    assert read(data_dir) == [(NOON, EVENTS[1]), (NOON + timedelta(days=1), EVENTS[2])]
    assert len(list((data_dir / DIRECTORY).iterdir())) == 2
    assert read(data_dir, NOON + timedelta(days=2)) == []


def test_a_request_about_midnight_is_read_from_midnight_on(data_dir: Path) -> None:
    midnight = NOON + timedelta(hours=12)
    DayFiles(data_dir).append([*at(midnight - MINUTE, EVENTS[0]), *at(midnight, EVENTS[1])])
    assert read(data_dir, midnight) == [(midnight, EVENTS[1])]


def test_an_event_of_several_lines_and_with_a_byte_order_mark_is_one_line(data_dir: Path) -> None:
    pretty = b"\xef\xbb\xbf" + EVENTS[0].replace(b",", b",\r\n  ")
    DayFiles(data_dir).append(at(NOON, pretty))
    assert the_file(data_dir).read_bytes().count(b"\n") == 1
    [(_, text)] = read(data_dir)
    assert text == EVENTS[0].replace(b",", b",    ")


def test_only_its_owner_may_read_it(data_dir: Path) -> None:
    DayFiles(data_dir).append(at(NOON, *EVENTS))
    modes = [path.stat().st_mode & 0o777 for path in (data_dir, data_dir / DIRECTORY, the_file(data_dir))]
    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.parametrize("place", [".", DIRECTORY])
def test_a_directory_that_others_may_read_is_not_written_to(data_dir: Path, place: str) -> None:
    files = DayFiles(data_dir)
    files.append(at(NOON, *EVENTS[:1]))
    (data_dir / place).chmod(0o750)
    with pytest.raises(DataDirNotPrivate):
        files.append(at(NOON, *EVENTS[1:]))
    assert len(read(data_dir)) == 1


def test_a_symbolic_link_in_the_place_of_the_file_is_not_followed(data_dir: Path, tmp_path: Path) -> None:
    files = DayFiles(data_dir)
    files.append(at(NOON + timedelta(days=1), *EVENTS[:1]))
    the_file(data_dir).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        files.append(at(NOON, *EVENTS))
    assert not (tmp_path / "elsewhere").exists()


def test_what_a_power_cut_tore_is_named_and_does_not_spoil_the_next_line(data_dir: Path) -> None:
    files = DayFiles(data_dir)
    files.append(at(NOON, *EVENTS[:2]))
    path = the_file(data_dir)
    os.truncate(path, path.stat().st_size - 7)
    assert read(data_dir) == [(NOON, EVENTS[0]), Unreadable(path, 2, is_torn=True)]
    files.append(at(NOON, *EVENTS[2:]))
    assert read(data_dir) == [(NOON, EVENTS[0]), Unreadable(path, 2, is_torn=False), (NOON, EVENTS[2])]


@pytest.mark.parametrize("missing", range(1, 8))
def test_a_line_is_read_whole_or_not_at_all_wherever_it_was_cut(data_dir: Path, missing: int) -> None:
    DayFiles(data_dir).append(at(NOON, *EVENTS[:1]))
    path = the_file(data_dir)
    os.truncate(path, path.stat().st_size - missing)
    expected = (NOON, EVENTS[0]) if missing == 1 else Unreadable(path, 1, is_torn=True)
    assert read(data_dir) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        b"garbage",
        b"\0" * 100,
        b'{"at": "yesterday", "event": {}}',
        b'{"at": "2026-12-01T12:00:00.000Z", "event": {}}',
        b"\xff",
    ],
)
def test_a_line_that_is_no_event_costs_no_other(data_dir: Path, line: bytes) -> None:
    DayFiles(data_dir).append(at(NOON, *EVENTS[:2]))
    path = the_file(data_dir)
    first, second = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([first, b"", line, second, b""]))
    assert read(data_dir) == [(NOON, EVENTS[0]), Unreadable(path, 3, is_torn=False), (NOON, EVENTS[1])]


@pytest.mark.parametrize("room", [0, 1, 100])
def test_on_a_full_disk_nothing_of_the_request_stays(data_dir: Path, room: int) -> None:
    files = DayFiles(data_dir)
    files.append(at(NOON, *EVENTS[:1]))
    path = the_file(data_dir)
    before = path.read_bytes()
    with full_after(len(before) + room), pytest.raises(OSError):
        files.append(at(NOON, *EVENTS[1:]))
    assert path.read_bytes() == before
    files.append(at(NOON, *EVENTS[1:]))
    assert [text for _, text in read(data_dir)] == EVENTS


def append_many(data_dir: Path, writer: int) -> None:
    files = DayFiles(data_dir)
    for number in range(50):
        files.append(at(NOON, *(raw(booked(f"B-{writer}-{number}-{part}", due_at=NOON)) for part in "ab")))


def test_several_processes_append_to_one_file_and_no_line_is_mixed(data_dir: Path) -> None:
    with ProcessPoolExecutor(3) as writers:
        list(writers.map(append_many, [data_dir] * 3, range(3)))
    lines = list(read_since(data_dir / DIRECTORY, NOON))
    assert all(isinstance(line, Accepted) for line in lines)
    numbers = [line.arrival.booking for line in lines if isinstance(line, Accepted)]
    assert len(numbers) == len(set(numbers)) == 300
    for writer in range(3):
        own = [number for number in numbers if str(number).startswith(f"B-{writer}-")]
        assert own == [f"B-{writer}-{number}-{part}" for number in range(50) for part in "ab"]
