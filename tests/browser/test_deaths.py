"""A board whose clock gives no sign of life says so within seconds, whatever has stopped, and recovers.

All causes begin at once, each on a separate service, since each takes more than ten seconds to show.
"""

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.board_process import go_on, pause, running_board
from tests.support.board_site import IS_LATE_FOR_LONG, BoardSite, board_site
from tests.support.bookings import booked, now
from tests.support.processes import running_worker, servers_under
from tests.support.tcp_proxy import tcp_proxy
from tests.support.waiting import wait_until
from tests.support.web_pages import Pages
from tests.support.worker_by_hand import put

HOUR: Final = timedelta(hours=1)
SECOND: Final = timedelta(seconds=1)
ZONE: Final = ZoneInfo("America/Los_Angeles")
WORKER_HANGS: Final = "the worker hangs"
NO_WORKER: Final = "no worker is left"
STORE_HANGS: Final = "the store hangs"
BOARD_HANGS: Final = "the board hangs"
SILENT_NETWORK: Final = "the network is silent"
CAUSES: Final = (WORKER_HANGS, NO_WORKER, STORE_HANGS, BOARD_HANGS, SILENT_NETWORK)

PATIENCE_MS: Final = 60_000
"""For a machine that does other things too. The page's own times are asserted."""
LATE_MS: Final = 5_000
DEAD_MS: Final = 10_000
SLACK_MS: Final = 2_500
"""A beat each second, the worker's round, a tick of the page; and a busy machine."""

NOTE_STATES: Final = """
    window.states = [];
    addEventListener("DOMContentLoaded", () => {
        const board = document.getElementById("board");
        if (!board) return;
        const note = () => {
            const state = board.dataset.state;
            if (window.states.at(-1)?.[0] !== state) window.states.push([state, performance.now()]);
        };
        new MutationObserver(note).observe(board, { attributeFilter: ["data-state"] });
    });
"""
MAY_SLEEP: Final = """
    const awake = Date.now;
    window.sleptMs = 0;
    Date.now = () => awake() + window.sleptMs;
"""
ALL_CLOCKS: Final = """
    const steady = performance.now.bind(performance);
    performance.now = () => steady() + window.sleptMs;
"""


@dataclass
class Patient:
    """A page, with what stops its clock and what ends that."""

    page: Page
    stop: Callable[[], object]
    revive: Callable[[], object]
    stopped_at_ms: float = 0.0

    def begin(self) -> None:
        """Stop its clock, with somebody overdue and somebody next on the page."""
        expect(self.page.locator("#board")).to_have_attribute("data-state", "live", timeout=PATIENCE_MS)
        expect(self.page.locator("#overdue li")).to_contain_text("D-1", timeout=PATIENCE_MS)
        expect(self.page.locator("#next li")).to_contain_text("D-2", timeout=PATIENCE_MS)
        self.stopped_at_ms = self.page.evaluate("performance.now()")
        self.stop()

    def becomes(self, state: str) -> None:
        """Wait until the page has this state."""
        expect(self.page.locator("#board")).to_have_attribute("data-state", state, timeout=PATIENCE_MS)

    def states(self) -> list[tuple[str, float]]:
        """Each change of state since its clock was stopped, and after how many milliseconds."""
        noted: list[tuple[str, float]] = self.page.evaluate("window.states")
        return [(state, at - self.stopped_at_ms) for state, at in noted if at >= self.stopped_at_ms]


@pytest.fixture(scope="module")
def patients(
    browser: Browser, site: BoardSite, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Patient]]:
    """A page for each cause; all of the clocks have been stopped just now."""
    pages = Pages(browser)
    with ExitStack() as clean_up:
        sites = [
            clean_up.enter_context(board_site(tmp_path_factory.mktemp("site"), **IS_LATE_FOR_LONG))
            for _ in (WORKER_HANGS, NO_WORKER, STORE_HANGS)
        ]
        for one in (site, *sites):
            put(one.context, booked("D-1", due_at=now() - 3 * HOUR, facility="Deaths"))
            put(one.context, booked("D-2", due_at=now() + HOUR, facility="Deaths"))
        board = clean_up.enter_context(running_board(sites[0].directory / "other", site.store_url))
        proxy = clean_up.enter_context(tcp_proxy(site.url))

        def page_at(url: str) -> Page:
            return pages.open(f"{url}/?facility=Deaths", init=NOTE_STATES, is_cut_off=True)

        def new_worker() -> None:
            clean_up.enter_context(
                running_worker(sites[1].directory / "new", store_url=sites[1].store_url)
            ).wait_until_ready()

        (server,) = servers_under(sites[2].directory)
        clean_up.callback(os.kill, server, signal.SIGCONT)
        patients = {
            WORKER_HANGS: Patient(
                page_at(sites[0].url), partial(pause, sites[0].worker), partial(go_on, sites[0].worker)
            ),
            NO_WORKER: Patient(page_at(sites[1].url), sites[1].worker.kill, new_worker),
            STORE_HANGS: Patient(
                page_at(sites[2].url),
                partial(os.kill, server, signal.SIGSTOP),
                partial(os.kill, server, signal.SIGCONT),
            ),
            BOARD_HANGS: Patient(page_at(board.url), partial(pause, board), partial(go_on, board)),
            SILENT_NETWORK: Patient(page_at(proxy.url), proxy.go_silent, proxy.revive),
        }
        for patient in patients.values():
            patient.begin()
        yield patients
        for patient in patients.values():
            patient.page.goto("about:blank")
    pages.close()


@pytest.mark.parametrize("cause", CAUSES)
def test_a_clock_without_a_sign_of_life_makes_a_dead_page_which_recovers(
    patients: dict[str, Patient], cause: str
) -> None:
    patient = patients[cause]
    patient.becomes("dead")
    (late, late_ms), (dead, dead_ms) = patient.states()
    sys.stdout.write(f"{cause}: late after {late_ms / 1000:.1f} s, dead after {dead_ms / 1000:.1f} s\n")
    assert (late, dead) == ("late", "dead")
    assert LATE_MS - SLACK_MS < late_ms < LATE_MS + SLACK_MS
    assert DEAD_MS - SLACK_MS < dead_ms < DEAD_MS + SLACK_MS
    says_what_is_true_and_what_to_do(patient.page)
    patient.revive()
    patient.becomes("live")
    expect(patient.page.locator("#dead")).to_be_hidden()
    expect(patient.page.locator("#next .left b")).to_be_visible()


def says_what_is_true_and_what_to_do(page: Page) -> None:
    dead = page.locator("#dead")
    expect(dead).to_be_visible()
    expect(dead).to_contain_text(
        re.compile(r"This board is not live\. Last sign of the clock: \d\d:\d\d:\d\d")
    )
    expect(dead).to_contain_text("Work from the booking sheets. Ring the service desk")
    expect(dead).to_contain_text(re.compile(r"Release times below are as of \d\d:\d\d:\d\d"))
    assert page.title().startswith("NOT LIVE")
    expect(page.locator("#overdue li")).to_contain_text("D-1")
    expect(page.locator("#next .left")).to_be_hidden()
    due = page.locator("#next li time")
    expect(due).to_be_visible()
    expect(due).to_have_text(re.compile(r"^\d\d:\d\d$"))
    assert page.locator("#next").inner_text().count("min") == 0


@pytest.mark.parametrize("also", ["", ALL_CLOCKS], ids=["one clock stood still", "no clock stood still"])
def test_a_computer_that_slept_shows_nothing_as_live_before_the_next_sign(
    site: BoardSite, pages: Pages, also: str
) -> None:
    page = pages.open(site.url, init=NOTE_STATES + MAY_SLEEP + also)
    expect(page.locator("#board")).to_have_attribute("data-state", "live")
    page.evaluate("window.states = []; window.sleptMs = 3_600_000")
    assert wait_until(lambda: [was for was, _ in page.evaluate("window.states")] == ["dead", "live"], 30)
    shown = page.locator("#time b").inner_text()
    assert shown in {f"{(now() - ago * SECOND).astimezone(ZONE):%H:%M:%S}" for ago in range(4)}
