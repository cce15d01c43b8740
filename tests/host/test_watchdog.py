"""The watchdog ends a worker whose pacemaker has ended or stands still, or that does not stop in time."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from worker import progress
from worker.host import ending, lifecycle, watchdog
from worker.host.ending import Ending
from worker.host.watchdog import Watchdog

LOOKS_OF_A_STANDSTILL = int(watchdog.STANDSTILL_SECONDS / watchdog._LOOK_SECONDS) + 1
LOOKS_UNTIL_FORCED = int(watchdog.PATIENCE_SECONDS / watchdog._LOOK_SECONDS) + 1


class PacemakerInHand(threading.Thread):
    """In the place of a pacemaker: does one step when asked, and ends when stopped unless it hangs."""

    def __init__(self, *, hangs: bool = False) -> None:
        super().__init__(daemon=True)
        self._hangs = hangs
        self._do = threading.Event()
        self._done = threading.Event()
        self._ended = threading.Event()
        self._is_last = False

    def run(self) -> None:
        while not self._is_last:
            self._do.wait()
            self._do.clear()
            progress.note()
            self._done.set()

    def step(self) -> None:
        self._done.clear()
        self._do.set()
        self._done.wait()

    def stop(self) -> None:
        if not self._hangs:
            self.end()

    def end(self) -> None:
        self._is_last = True
        self.step()
        self.join()


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ending:
    """Whether the process is to end; ending it raises SystemExit instead."""

    def end(status: int) -> None:
        raise SystemExit(status)

    state = Ending()
    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(ending, "get_temp_dir", lambda: tmp_path)
    monkeypatch.setattr(watchdog, "ending", state)
    monkeypatch.setattr(ending, "ending", state)
    return state


@pytest.fixture
def pacemaker() -> Iterator[PacemakerInHand]:
    """One that runs."""
    pacemaker = PacemakerInHand()
    pacemaker.start()
    yield pacemaker
    if pacemaker.is_alive():
        pacemaker.end()


def watching(pacemaker: Any) -> Watchdog:
    dog = Watchdog()
    dog.pacemaker = pacemaker
    return dog


def status_of(act: Callable[[], object]) -> object:
    with pytest.raises(SystemExit) as ended:
        act()
    return ended.value.code


def look(dog: Watchdog, times: int) -> None:
    for _ in range(times):
        dog.look()


@pytest.mark.usefixtures("state")
def test_a_pacemaker_that_goes_on_is_left_alone(pacemaker: PacemakerInHand) -> None:
    dog = watching(pacemaker)
    for _ in range(3):
        look(dog, LOOKS_OF_A_STANDSTILL - 1)
        pacemaker.step()


@pytest.mark.usefixtures("state")
def test_a_worker_whose_pacemaker_stands_still_ends_with_a_status_of_failure(
    pacemaker: PacemakerInHand,
) -> None:
    dog = watching(pacemaker)
    look(dog, LOOKS_OF_A_STANDSTILL - 1)
    assert status_of(lambda: look(dog, 2)) == 1


@pytest.mark.usefixtures("state")
def test_a_worker_whose_pacemaker_has_ended_ends_with_a_status_of_failure(pacemaker: PacemakerInHand) -> None:
    dog = watching(pacemaker)
    dog.look()
    pacemaker.end()
    assert status_of(dog.look) == 1


@pytest.mark.parametrize("is_watching", [True, False])
@pytest.mark.parametrize(("was_asked", "hangs", "store_stops"), [
    (True, False, True), (True, True, True), (True, False, False), (False, False, True)
])  # fmt: skip
def test_a_worker_that_does_not_stop_is_ended_and_the_status_says_whether_it_was_asked_and_all_was_finished(
    state: Ending,
    monkeypatch: pytest.MonkeyPatch,
    was_asked: bool,
    hangs: bool,
    store_stops: bool,
    is_watching: bool,
) -> None:
    hung = threading.Event()
    monkeypatch.setattr(lifecycle, "finish", (lambda: None) if store_stops else hung.wait)
    monkeypatch.setattr(ending, "_STORE_PATIENCE_SECONDS", 0.1)
    pacemaker = PacemakerInHand(hangs=hangs)
    pacemaker.start()
    dog = watching(pacemaker if is_watching else None)
    state.has_begun, state.was_asked = True, was_asked
    look(dog, LOOKS_UNTIL_FORCED - 1)
    is_clean = was_asked and store_stops and not (hangs and is_watching)
    assert status_of(lambda: look(dog, 2)) == (0 if is_clean else 1)
    hung.set()
    if pacemaker.is_alive():
        pacemaker.end()
