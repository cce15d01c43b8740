"""`python -m tests.browser.pictures` takes the pictures in README: the board on the demo's weekend."""

import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, ViewportSize, expect

from ops.demo.script import weekend_script
from tests.support.board_process import running_board
from tests.support.board_states import open_board
from tests.support.played_weekend import played
from tests.support.processes import running_worker
from tests.support.repository import ROOT
from tests.support.tcp_proxy import tcp_proxy
from tests.support.web_pages import Pages, running_browser
from worker.clock import ScaledClock
from worker.embedded.server import EmbeddedStore
from worker.store import simulation
from worker.store.connection import connect
from worker.store.keys import Keys
from worker.store.unix_ms import from_ms, to_ms

PICTURES: Final = ("board.png", "board-dead.png", "booking.png")
HOME: Final = ROOT / "ops" / "pictures"
TAKEN_AT: Final = datetime.fromisoformat("2016-11-13T11:52:10-08:00")

_PROFILE: Final = "lapd-2016-11"
_SIZE: Final[ViewportSize] = {"width": 1200, "height": 675}
_BOOKING: Final = "WKND-016"
"""Released at the limit an hour before, after ICE had asked."""


def take(browser: Browser, directory: Path) -> None:
    """Write the pictures into a directory."""
    with _weekend_board() as url, tcp_proxy(url) as proxy:
        pages = Pages(browser)
        page = open_board(pages, proxy, "/", "live", viewport=_SIZE)
        expect(page.locator("#figures")).to_contain_text("0 notices undelivered", timeout=30_000)
        page.screenshot(path=directory / "board.png")
        page.goto(f"{proxy.url}/booking/{_BOOKING}")
        page.screenshot(path=directory / "booking.png")
        page.goto("about:blank")
        page = open_board(pages, proxy, "/", "dead", viewport=_SIZE)
        page.screenshot(path=directory / "board-dead.png")
        page.goto("about:blank")
        pages.close()


@contextmanager
def _weekend_board() -> Iterator[str]:
    """The address of a board on the weekend at `TAKEN_AT`, from when on time runs at the real pace."""
    with ExitStack() as clean_up:
        directory = Path(clean_up.enter_context(tempfile.TemporaryDirectory()))
        store = clean_up.enter_context(EmbeddedStore.own(directory / "store"))
        played(replace(weekend_script(), ends_at=TAKEN_AT), store.url)
        client = connect(store.url)
        clean_up.callback(client.close)
        simulation.mark(client, Keys(), ScaledClock(TAKEN_AT, from_ms(to_ms(datetime.now(UTC))), 1))
        settings = {"store_url": store.url, "profile": _PROFILE}
        worker = clean_up.enter_context(running_worker(directory / "worker", **settings))
        board = clean_up.enter_context(
            running_board(directory / "board", profile=_PROFILE, store_url=store.url)
        )
        worker.wait_until_ready()
        yield board.url


if __name__ == "__main__":
    logging.disable()
    with running_browser() as browser:
        take(browser, HOME)
    sys.stdout.write("".join(f"{HOME / name}\n" for name in PICTURES))
