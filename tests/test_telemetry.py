"""Log lines on their way to standard error: each whole, none lost, and some of them in one call."""

import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from worker.telemetry import configure_logging, lines_together

PIPE_TAKES_WHOLE = 4096
"""What POSIX lets a pipe on Linux take without mixing it with another writer's bytes."""


@contextmanager
def written(monkeypatch: pytest.MonkeyPatch, log_format: str = "json") -> Iterator[list[bytes]]:
    """What goes to standard error, one item a call."""
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
            configure_logging(log_format)
            yield calls
    finally:
        structlog.configure(**configured)
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(level)


def said(calls: list[bytes]) -> list[int]:
    return [json.loads(line)["number"] for line in b"".join(calls).splitlines()]


def test_a_line_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as calls:
        structlog.get_logger().info("transition", number=1)
        assert said(calls) == [1]


def test_lines_together_are_whole_in_order_and_few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as calls:
        log = structlog.get_logger()
        with lines_together():
            for number in range(200):
                log.info("transition", number=number, booking=f"B{number}")
        log.info("transition", number=200)
        assert said(calls) == list(range(201))
        assert len(calls) < 20
        assert all(call.endswith(b"\n") and len(call) <= PIPE_TAKES_WHOLE for call in calls)


def test_a_line_longer_than_a_pipe_takes_whole_is_written_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as calls:
        log = structlog.get_logger()
        with lines_together():
            log.info("transition", number=1)
            log.error("batch_failed", number=2, problem="x" * 2 * PIPE_TAKES_WHOLE)
            log.info("transition", number=3)
        assert said(calls) == [1, 2, 3]
        assert [len(call) > PIPE_TAKES_WHOLE for call in calls] == [False, True, False]


def test_what_was_logged_before_a_failure_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as calls:
        with pytest.raises(ZeroDivisionError), lines_together():
            structlog.get_logger().info("transition", number=1)
            _ = 1 // 0
        assert said(calls) == [1]


def test_another_threads_lines_wait_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as calls:
        log = structlog.get_logger()
        with lines_together():
            log.info("transition", number=1)
            other = threading.Thread(target=lambda: log.info("delivered", number=2))
            other.start()
            other.join()
            assert said(calls) == [2]
        assert said(calls) == [2, 1]


def test_lines_together_within_lines_together_lose_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as calls:
        log = structlog.get_logger()
        with lines_together():
            log.info("transition", number=1)
            with lines_together():
                log.info("transition", number=2)
            log.info("transition", number=3)
            assert said(calls) == [2]
        assert sorted(said(calls)) == [1, 2, 3]


def test_lines_for_a_person_go_together_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch, "console") as calls:
        log = structlog.get_logger()
        with lines_together():
            for number in range(20):
                log.info("transition", booking=f"B{number}")
        lines = b"".join(calls).decode().splitlines()
    assert [f"B{number}" in line for number, line in enumerate(lines)] == [True] * 20
    assert len(calls) < 5


def test_a_call_that_fails_reaches_nobody_and_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that could not be written is lost; another that was written must not come twice."""
    with written(monkeypatch) as calls:
        log = structlog.get_logger()
        noting, failures = os.write, iter([OSError("no space left")])

        def failing_once(descriptor: int, text: bytes) -> int:
            if (failure := next(failures, None)) is not None:
                raise failure
            return noting(descriptor, text)

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", failing_once)
            with lines_together():
                log.info("transition", number=1, filling="x" * 3000)
                log.info("transition", number=2, filling="x" * 3000)
        log.info("transition", number=3)
        assert said(calls) == [2, 3]
