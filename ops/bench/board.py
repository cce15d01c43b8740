"""What the board and its viewers cost the clock, and how fast the page is, with a full house."""

import http.client
import json
import os
import selectors
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from ops.bench.accounting import Spread
from ops.bench.bench_store import BenchStore
from ops.bench.cases import PATIENCE_SECONDS, Document
from ops.bench.custody_clock import CustodyClock
from ops.bench.processes import WorkerGroup
from ops.bench.timers import Shape, Timer, Workload
from ops.bench.trial import now_ms, start_trial

_HOUR_MS: Final = 3_600_000
_FAR_MS: Final = 11 * _HOUR_MS // 2
_LEAD_MS: Final = 5_000
_STARTS_WITHIN_SECONDS: Final = 60.0
_PAGE_EVERY_SECONDS: Final = 0.25
_EVENTS_A_SECOND: Final = 20
_RELEASES_A_SECOND: Final = 10


def by_viewers(viewers: Sequence[int], held: int, seconds: int, under: Path) -> list[Document]:
    """So many people held, 20 bookings and 10 releases a second; 0 viewers is without a board."""
    return [_watched(number, held, seconds, under) for number in viewers]


def _watched(viewers: int, held: int, seconds: int, under: Path) -> Document:
    with start_trial(clock := CustodyClock(), under) as trial:
        far = Workload(held, Shape.STEADY, 2 * _HOUR_MS).timers(now_ms() + _FAR_MS)
        clock.schedule(far, PATIENCE_SECONDS)
        due = Workload(_RELEASES_A_SECOND * seconds, Shape.SCATTERED, seconds * 1000)
        later = Workload(_EVENTS_A_SECOND * seconds, Shape.STEADY, _HOUR_MS).timers(
            now_ms() + _FAR_MS, first_number=held + due.count
        )
        trial.store.settle()
        with _board(trial.store, clock, viewers) as board:
            timers = due.timers(now_ms() + _LEAD_MS, first_number=held)
            clock.schedule(timers, PATIENCE_SECONDS)
            server, began = trial.store.server_cpu_seconds(), time.monotonic()
            feeding = threading.Thread(target=_feed, args=(clock, later))
            feeding.start()
            measured = board.watch_until(timers[-1].due_ms) if board else {}
            trial.wait(timers, PATIENCE_SECONDS)
            feeding.join()
            kept = trial.account(timers).to_document()
            store_share = (trial.store.server_cpu_seconds() - server) / (time.monotonic() - began)
        counts = {name: kept[name] for name in ("lateness_ms", "seen_ms", "early", "unfired", "repeated")}
        measured["store_core_share"] = round(store_share, 4)
        row = f"a board with {viewers} viewers" if viewers else "no board"
        return {"row": row, "held": held, **measured, **counts}


def _feed(clock: CustodyClock, timers: list[Timer]) -> None:
    """Send bookings evenly, whatever the clock does."""
    began = time.monotonic()
    for place, timer in enumerate(timers):
        time.sleep(max(0.0, began + place / _EVENTS_A_SECOND - time.monotonic()))
        clock.publish([timer])


@contextmanager
def _board(store: BenchStore, clock: CustodyClock, viewers: int) -> "Iterator[_Board | None]":
    if not viewers:
        yield None
        return
    with _Board(store, clock) as board:
        board.let_in(viewers)
        yield board


class _Board:
    """A `custody board` on the store of the run, and its viewers."""

    def __init__(self, store: BenchStore, clock: CustodyClock) -> None:
        log = store.log("board")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CUSTODY_")}
        settings = {
            "CUSTODY_STORE_URL": store.url,
            "CUSTODY_DATA_DIR": str(store.directory),
            "CUSTODY_PROFILE": clock.profile,
            "CUSTODY_BOARD_PORT": "0",
            "CUSTODY_LOG_FORMAT": "json",
        }
        self._process = WorkerGroup.start(
            [[sys.executable, "-m", "worker", "board", "--open-desk"]],
            env=kept | settings,
            cwd=store.directory,
            log=log,
        )
        self._place = _address(log)
        self._viewers: list[socket.socket] = []
        self._ending = threading.Event()
        self._reading = threading.Thread(target=self._read)
        self._received = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        if self._viewers:
            self._reading.join()
        for viewer in self._viewers:
            viewer.close()
        self._process.stop()

    def let_in(self, viewers: int) -> None:
        """Open the streams once the page is there; from then on they are read."""
        give_up_at = time.monotonic() + _STARTS_WITHIN_SECONDS
        while self._page()[0] != http.client.OK:
            if time.monotonic() > give_up_at:
                raise RuntimeError("the board does not show a page")
            time.sleep(_PAGE_EVERY_SECONDS)
        for _ in range(viewers):
            viewer = socket.create_connection(self._place)
            viewer.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self._viewers.append(viewer)
        self._reading.start()

    def watch_until(self, ends_at_ms: int) -> Document:
        """Ask for the page four times a second; what that took, and what the board has used meanwhile."""
        cpu, received, began = self._process.cpu_seconds(), self._received, time.monotonic()
        took_ms = []
        while now_ms() < ends_at_ms:
            asked_at = time.monotonic()
            status, seconds = self._page()
            if status != http.client.OK:
                raise RuntimeError(f"the page answered {status}")
            took_ms.append(seconds * 1000)
            time.sleep(max(0.0, asked_at + _PAGE_EVERY_SECONDS - time.monotonic()))
        lasted = time.monotonic() - began
        page = Spread.of(took_ms)
        return {
            "page_ms": page.to_document() if page else None,
            "board_core_share": round((self._process.cpu_seconds() - cpu) / lasted, 4),
            "board_megabytes": round(self._process.memory_bytes() / 1e6, 1),
            "sent_kilobytes_a_second": round((self._received - received) / lasted / 1e3, 1),
        }

    def _page(self) -> tuple[int, float]:
        began = time.monotonic()
        connection = http.client.HTTPConnection(*self._place, timeout=_STARTS_WITHIN_SECONDS)
        connection.request("GET", "/", headers={"Host": "localhost"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, time.monotonic() - began

    def _read(self) -> None:
        with selectors.DefaultSelector() as selector:
            for viewer in self._viewers:
                selector.register(viewer, selectors.EVENT_READ, viewer)
            while not self._ending.is_set():
                for key, _ in selector.select(timeout=0.1):
                    self._received += len(key.data.recv(1 << 20))


def _address(log: Path) -> tuple[str, int]:
    """Where the board answers, as soon as it has logged that."""
    give_up_at = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < give_up_at:
        for line in log.read_text().splitlines():
            if '"event":"board_serving"' in line:
                parts = urlsplit(json.loads(line)["address"])
                return parts.hostname or "", parts.port or 0
        time.sleep(0.05)
    raise RuntimeError(f"the board does not start\n{log.read_text()[-1500:]}")
