"""Files: whole lines, all of a batch or none, and never where somebody else points."""

import fcntl
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.letter_samples import notice
from tests.support.repository import ROOT
from tests.support.waiting import wait_until
from worker.delivery.sink import Answer, Outcome
from worker.delivery.sinks.file import FileSink

DELIVERED = Answer(Outcome.DELIVERED)
PATIENCE_SECONDS = 20.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "served.jsonl"


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """As on a full disk, a write that would make a file longer writes what fits, and the next one fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_each_notice_is_a_line_and_the_directory_is_made(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "custody" / "served.jsonl"
    sink = FileSink(path)
    assert sink.send([notice(1), notice(2)]) == DELIVERED
    assert sink.send([notice(3)]) == DELIVERED
    assert lines(path) == [notice(number).raw for number in (1, 2, 3)]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "served.jsonl"
    FileSink(path).send([notice()])
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_what_is_in_it_stays(path: Path) -> None:
    path.write_bytes(b"earlier\n")
    FileSink(path).send([notice()])
    assert lines(path) == [b"earlier", notice().raw]


def test_an_unfinished_line_is_ended_first(path: Path) -> None:
    path.write_bytes(notice(1).raw + b"\n" + notice(2).raw[:40])
    FileSink(path).send([notice(2)])
    assert lines(path) == [notice(1).raw, notice(2).raw[:40], notice(2).raw]


@pytest.mark.parametrize("room", [0, 10, len(notice(2).raw) + 20])
@pytest.mark.parametrize("before", [b"", notice(1).raw + b"\n", notice(1).raw])
def test_a_full_disk_takes_nothing_of_a_batch(path: Path, before: bytes, room: int) -> None:
    path.write_bytes(before)
    with full_after(len(before) + room):
        answer = FileSink(path).send([notice(2), notice(3)])
    assert answer == Answer(Outcome.AGAIN, "File too large")
    assert path.read_bytes() == before
    assert FileSink(path).send([notice(2), notice(3)]) == DELIVERED
    assert lines(path)[-2:] == [notice(2).raw, notice(3).raw]
    assert len(lines(path)) == bool(before) + 2


def test_a_flush_that_fails_is_no_delivery(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_flush(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_flush)
        assert FileSink(path).send([notice()]) == Answer(Outcome.AGAIN, "Input/output error")
    assert path.read_bytes() == b""


def test_a_directory_in_its_place_is_no_delivery(path: Path) -> None:
    path.mkdir()
    assert FileSink(path).send([notice()]) == Answer(Outcome.AGAIN, "Is a directory")


def test_a_file_in_the_place_of_its_directory_is_no_delivery(path: Path) -> None:
    path.write_text("x")
    assert FileSink(path / "served.jsonl").send([notice()]).outcome is Outcome.AGAIN


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine\n")
    path.symlink_to(target)
    answer = FileSink(path).send([notice()])
    assert answer == Answer(Outcome.AGAIN, "Too many levels of symbolic links")
    assert target.read_text() == "mine\n"


def test_a_pipe_that_nobody_reads_holds_up_nothing(path: Path) -> None:
    os.mkfifo(path)
    assert FileSink(path).send([notice()]) == Answer(Outcome.AGAIN, "the path leads to no ordinary file")


def test_a_file_that_another_writes_at_the_moment_is_tried_again(path: Path) -> None:
    with path.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert FileSink(path).send([notice()]).outcome is Outcome.AGAIN
        assert path.read_bytes() == b""
    assert FileSink(path).send([notice()]) == DELIVERED


def test_a_file_that_was_moved_away_is_begun_again(path: Path) -> None:
    sink = FileSink(path)
    sink.send([notice(1)])
    path.rename(path.with_suffix(".1"))
    sink.send([notice(2)])
    assert lines(path) == [notice(2).raw]


WRITER = """
import sys
from pathlib import Path
from tests.support.letter_samples import notice
from worker.delivery.sinks.file import FileSink
sink = FileSink(Path(sys.argv[1]))
for number in range(1_000_000):
    sink.send([notice(number), notice(number + 1)])
"""


def test_after_a_kill_every_line_but_one_is_whole(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], cwd=ROOT) as writer:
        assert wait_until(lambda: path.exists() and path.stat().st_size > 100_000, PATIENCE_SECONDS)
        writer.kill()
    assert FileSink(path).send([notice(0)]) == DELIVERED
    length = {len(notice(number).raw) for number in (1, 10, 100, 1000, 10_000)}
    broken = [line for line in lines(path) if len(line) not in length]
    assert len(broken) <= 1
    assert lines(path)[-1] == notice(0).raw
