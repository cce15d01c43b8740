"""Log lines on their way to standard error: whole and in order, and whoever logs neither waits nor fails."""

import json
import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import structlog

from tests.support.repository import ROOT
from tests.support.waiting import wait_until
from worker import telemetry
from worker.log_writer import LogWriter
from worker.telemetry import configure_logging, flush_log

PATIENCE_SECONDS = 10.0
PIPE_TAKES_WHOLE = 4096
"""What POSIX lets a pipe on Linux take without mixing it with another writer's bytes."""


@contextmanager
def written(
    monkeypatch: pytest.MonkeyPatch, log_format: str = "json", most_lines: int = 10_000
) -> Iterator[list[bytes]]:
    """What a writer of this process's log writes, one item per call; it begins with an empty queue."""
    root, calls, write = logging.getLogger(), list[bytes](), os.write
    handlers, level = root.handlers[:], root.level
    configured = structlog.get_config()

    def noting(descriptor: int, text: bytes) -> int:
        if descriptor == 2:
            calls.append(bytes(text))
        return write(descriptor, text)

    try:
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", noting)
            patched.setattr(telemetry, "_writer", LogWriter(2, most_lines))
            configure_logging(log_format)
            yield calls
    finally:
        structlog.configure(**configured)
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(level)


def numbers(text: bytes) -> list[int]:
    return [json.loads(line)["number"] for line in text.splitlines()]


def said(calls: list[bytes]) -> list[int]:
    assert flush_log(PATIENCE_SECONDS)
    return numbers(b"".join(calls))


def test_lines_are_whole_in_order_and_few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as calls:
        log = structlog.get_logger()
        for number in range(200):
            log.info("transition", number=number, booking=f"B{number}")
        assert said(calls) == list(range(200))
        assert len(calls) < 20
        assert all(call.endswith(b"\n") and len(call) <= PIPE_TAKES_WHOLE for call in calls)


def test_a_line_longer_than_a_pipe_takes_whole_is_written_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as calls:
        log = structlog.get_logger()
        log.info("transition", number=1)
        log.error("batch_failed", number=2, problem="x" * 2 * PIPE_TAKES_WHOLE)
        log.info("transition", number=3)
        assert said(calls) == [1, 2, 3]
        assert [len(call) > PIPE_TAKES_WHOLE for call in calls].count(True) == 1


def test_the_standard_librarys_loggers_and_warnings_go_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as calls:
        logging.getLogger("celery").warning("of celery")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("of python", stacklevel=1)
        logging.getLogger("celery").warning("%d", "no number")
        assert flush_log(PATIENCE_SECONDS)
        text = b"".join(calls)
    assert b'"event":"of celery"' in text
    assert b"of python" in text
    assert b"celery: a log line could not be formatted (TypeError)\n" in text


def test_what_json_cannot_hold_is_logged_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as calls:
        structlog.get_logger().info("transition", booking="\ud800")
        structlog.get_logger().info("transition", number=1)
        assert flush_log(PATIENCE_SECONDS)
        first, second = b"".join(calls).splitlines()
    assert "ud800" in json.loads(first)["booking"]
    assert numbers(second) == [1]


# A log that cannot be written


def test_lines_wait_while_a_disk_is_full_and_none_is_lost_or_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with written(monkeypatch) as calls:
        noting, is_full = os.write, threading.Event()

        def failing(descriptor: int, text: bytes) -> int:
            if is_full.is_set():
                raise OSError("no space left")
            return noting(descriptor, text[: len(text) // 2 + 1])

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", failing)
            is_full.set()
            for number in range(100):
                structlog.get_logger().info("transition", number=number)
            assert not flush_log(0.1)
            is_full.clear()
            assert flush_log(PATIENCE_SECONDS)
        written_bytes = b""
        for call in calls:
            written_bytes += call
        assert numbers(written_bytes) == list(range(100))


def test_what_does_not_fit_the_queue_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch, most_lines=10) as calls:
        noting, may_write = os.write, threading.Event()

        def paused(descriptor: int, text: bytes) -> int:
            may_write.wait(PATIENCE_SECONDS)
            return noting(descriptor, text)

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", paused)
            for number in range(1_000):
                structlog.get_logger().info("transition", number=number)
            may_write.set()
            assert wait_until(lambda: b"log_lines_dropped" in b"".join(calls), PATIENCE_SECONDS)
        lines = [json.loads(line) for line in b"".join(calls).splitlines()]
    kept = [line for line in lines if line["event"] == "transition"]
    [dropped] = [line for line in lines if line["event"] == "log_lines_dropped"]
    assert 10 <= len(kept) <= 20
    assert dropped["lines"] == 1_000 - len(kept)


def test_a_pipe_that_nobody_reads_holds_up_nobody() -> None:
    reading, writing = os.pipe()
    writer = LogWriter(writing, most_lines=100)
    for _ in range(10_000):
        writer.put(b"x" * 1_000 + b"\n")
    assert not writer.flush(0.1)
    os.set_blocking(reading, False)
    received = 0

    def is_all_read() -> bool:
        nonlocal received
        with suppress(BlockingIOError):
            received += len(os.read(reading, 65_536))
        return writer.flush(0.05)

    assert wait_until(is_all_read, PATIENCE_SECONDS)
    assert received % 1_001 == 0, "every line is whole"


# The process

FORKED = """
import os, threading
import structlog
from worker.telemetry import configure_logging, flush_log

configure_logging("json")
log = structlog.get_logger()
stop = threading.Event()

def chatter():
    while not stop.is_set():
        log.info("parent")

threads = [threading.Thread(target=chatter) for _ in range(4)]
for thread in threads:
    thread.start()
children = []
for number in range(20):
    if (child := os.fork()) == 0:
        log.info("child", number=number)
        os._exit(0 if flush_log(30) else 1)
    children.append(child)
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 20
stop.set()
for thread in threads:
    thread.join()
assert flush_log(30)
log.info("last", number=20)
"""


def test_a_forked_process_logs_although_threads_were_logging_and_the_last_line_is_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log"
    with path.open("ab") as log:
        subprocess.run([sys.executable, "-c", FORKED], cwd=ROOT, stderr=log, check=True, timeout=120)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert sorted(line["number"] for line in lines if "number" in line) == list(range(21))


def test_a_process_ends_soon_although_its_log_cannot_be_written() -> None:
    script = "from worker.telemetry import configure_logging\nimport structlog\nconfigure_logging('json')\n"
    script += "structlog.get_logger().info('transition')\n"
    with Path("/dev/full").open("wb") as full:
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, stderr=full, check=True, timeout=60)


@pytest.mark.parametrize(
    ("log_format", "is_terminal", "is_json"),
    [(None, True, False), (None, False, True), ("json", True, True), ("console", False, False)],
)
def test_on_a_terminal_the_log_is_for_a_person_unless_it_is_set(
    monkeypatch: pytest.MonkeyPatch, log_format: str | None, is_terminal: bool, is_json: bool
) -> None:
    monkeypatch.setattr(os, "isatty", lambda _descriptor: is_terminal)
    with written(monkeypatch) as calls:
        configure_logging(log_format)
        structlog.get_logger().info("transition", number=1)
        assert flush_log(PATIENCE_SECONDS)
        assert b"".join(calls).startswith(b"{") == is_json


def raise_with(text: str) -> None:
    raise ValueError(text)


def test_for_a_person_what_came_from_outside_is_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch, "console") as calls:
        try:
            raise_with("sent a\x1b[2Jb")
        except ValueError:
            structlog.get_logger().exception("transition_failed", booking="a\x1b[2J\u202eb")
        logging.getLogger("celery").warning("sent a\x9b2Jb")
        assert flush_log(PATIENCE_SECONDS)
    text = b"".join(calls).decode()
    assert r"a\x1b[2J\u202eb" in text and r"sent a\x1b[2Jb" in text
    assert not {"\x1b", "\x9b", "\u202e"} & set(text)
