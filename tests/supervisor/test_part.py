"""A part that ends is started again after longer and longer waits, and nothing of it is left behind."""

import os
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.processes import is_gone
from tests.support.waiting import wait_until
from worker.supervisor.back_off import FIRST_SECONDS, HEALTHY_SECONDS, BackOff
from worker.supervisor.part import KeptPart, Part

PATIENCE_SECONDS = 30.0
LEAVES_A_PROCESS = """
import os, sys, time
if os.fork() == 0:
    time.sleep(600)
print("begun", flush=True)
print("begun", flush=True)
sys.exit(3)
"""


class Clock:
    """A clock that is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def refused(clock: Clock) -> Iterator[KeptPart]:
    """A part that ends at once with status 2: there is no such command."""
    kept = KeptPart(Part("board", ("no-such-command",), longest_wait_seconds=5.0), clock)
    yield kept
    kept.kill()


def ended_once_more(kept: KeptPart) -> dict[str, object]:
    """Look until it has ended; return what was logged of it."""
    with capture_logs() as logs:
        ends = kept.ends
        kept.keep()
        assert wait_until(kept.has_just_ended, PATIENCE_SECONDS)
        assert kept.ends == ends + 1
        kept.start_again()
    [entry] = [entry for entry in logs if entry["event"] == "part_ended"]
    return dict(entry)


def test_each_wait_is_twice_the_one_before_up_to_the_longest_and_a_minute_of_health_ends_that() -> None:
    back_off = BackOff(30.0)
    assert [back_off.wait_after(0.5) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert back_off.wait_after(HEALTHY_SECONDS - 1) == 30
    assert [back_off.wait_after(HEALTHY_SECONDS), back_off.wait_after(0)] == [FIRST_SECONDS, 2]


def test_one_that_refuses_its_settings_again_and_again_is_logged_with_status_and_wait(
    refused: KeptPart, clock: Clock
) -> None:
    for wait in (1, 2, 4, 5, 5):
        entry = ended_once_more(refused)
        assert entry == {
            "event": "part_ended",
            "log_level": "error",
            "part": "board",
            "status": 2,
            "restart_in_seconds": wait,
        }
        clock.now += wait - 0.01
        refused.keep()
        assert not refused.is_running(), "too early"
        clock.now += 0.02
        refused.keep()
        assert refused.is_running()


def test_one_that_cannot_be_started_is_tried_again(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptPart(Part("board", ("no-such-command",)), clock)
    with monkeypatch.context() as gone, capture_logs() as logs:
        gone.setattr(sys, "executable", "/nowhere/python")
        kept.keep()
    assert [(one["event"], one["restart_in_seconds"]) for one in logs] == [("part_not_started", 1)]
    clock.now += 1
    assert ended_once_more(kept)["restart_in_seconds"] == 2


def test_it_is_not_started_before_what_it_needs_is_there(clock: Clock) -> None:
    there: list[bool] = []
    kept = KeptPart(Part("worker", ("no-such-command",), may_start=lambda: bool(there)), clock)
    kept.keep()
    assert not kept.is_running()
    there.append(True)
    kept.keep()
    assert kept.is_running()
    kept.kill()


def test_what_one_that_ended_leaves_behind_is_killed_and_what_it_prints_twice_is_passed_on_once(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    interpreter = tmp_path / "python"
    interpreter.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{LEAVES_A_PROCESS}'\n")
    interpreter.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(interpreter))
    kept = KeptPart(Part("worker", ("worker",)), clock)
    for _ in range(2):
        kept.keep()
        started = pid_of(kept)
        assert ended_once_more(kept)["status"] == 3
        assert wait_until(partial(is_group_gone, started), PATIENCE_SECONDS)
        clock.now += 10
    assert capfd.readouterr().out.count("begun\n") == 1


def pid_of(kept: KeptPart) -> int:
    assert kept._process is not None
    return kept._process.pid


def is_group_gone(group: int) -> bool:
    """Whether every process of a group has ended; one that waits to be collected counts as ended."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    members = [int(pid.name) for pid in Path("/proc").glob("[0-9]*") if _group_of(int(pid.name)) == group]
    return all(is_gone(pid) for pid in members)


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def test_one_that_was_killed_has_the_number_of_the_signal_as_its_status(clock: Clock) -> None:
    kept = KeptPart(Part("worker", ("no-such-command",)), clock)
    kept.keep()
    os.kill(pid_of(kept), signal.SIGKILL)
    assert ended_once_more(kept)["status"] == -signal.SIGKILL
