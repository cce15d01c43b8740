"""The store goes away, hangs or comes back: the board goes on, and shows at every moment what it knows."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from tests.support.board_process import BOARD, BoardProcess, running_board
from tests.support.bookings import PROFILE, booked, now
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.other_store import OtherStore, other_store
from tests.support.processes import START_WITHIN_SECONDS, no_server_left, running_worker, servers_under
from tests.support.viewers import Viewer, viewers
from tests.support.waiting import wait_until
from tests.support.web_server import token_of, web_server
from tests.support.worker_by_hand import Store, take_in
from worker.embedded.server import EmbeddedStore
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.awake import show_awake
from worker.store.context import Context
from worker.web.access.token_file import entry_of

HOUR = timedelta(hours=1)
PATIENCE_SECONDS = 30.0
STOPPED_WITHIN_SECONDS = 3.0
"""Less than what waits for the store may wait; it takes 1.5 seconds."""

AT_ONCE_SECONDS = 2.0
"""Less than the store is given to answer."""

ANSWERS_WITHIN_SECONDS = 20.0


class Site(NamedTuple):
    """A store of its own, which a test may stop, and a board on it; a person is held."""

    store: OtherStore
    context: Context
    board: BoardProcess

    def is_live(self) -> bool:
        """Whether the board says that the clock runs, once a pacemaker was seen."""
        show_awake(self.context.client, self.context.shards[0].keys)
        return self.status("/readyz") == 200

    def status(self, path: str, within_seconds: float = ANSWERS_WITHIN_SECONDS) -> int:
        """The status of the answer, which must come within this time."""
        return self.get(path, within_seconds).status_code

    def get(self, path: str, within_seconds: float = ANSWERS_WITHIN_SECONDS) -> httpx2.Response:
        """The answer, which must come within this time."""
        return httpx2.get(f"{self.board.url}{path}", timeout=within_seconds)

    def threads(self) -> int:
        """How many threads the board has."""
        return len([*Path(f"/proc/{self.board.process.pid}/task").iterdir()])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with other_store(tmp_path / "store") as store:
        context = open_context(Settings(profile=PROFILE), store.url)
        with running_board(tmp_path / "board", store.url) as board:
            site = Site(store, context, board)
            take_in(context, booked("B-1", due_at=now() + HOUR))
            assert wait_until(site.is_live, PATIENCE_SECONDS)
            yield site
        context.client.close()


def test_while_the_store_hangs_no_beat_pretends_and_the_page_is_dead(site: Site) -> None:
    with viewers(site.board.url, 2) as watching:
        watching[0].next_beat()
        hung_at_ms = site.context.store_now().timestamp() * 1000
        with site.store.frozen():
            assert wait_until(lambda: site.status("/readyz", AT_ONCE_SECONDS) == 503, PATIENCE_SECONDS)
            page = site.get("/", AT_ONCE_SECONDS)
            assert page.status_code == 200
            assert "B-1" in page.text
            dead = 'data-state="dead"'
            assert wait_until(lambda: dead in site.get("/", AT_ONCE_SECONDS).text, PATIENCE_SECONDS)
            for viewer in watching:
                assert viewer.of("beat")[-1]["now_ms"] <= hung_at_ms + 1_000
        assert wait_until(site.is_live, PATIENCE_SECONDS)
        for viewer in watching:
            assert viewer.next_beat()["now_ms"] > hung_at_ms
        assert dead not in site.get("/").text


def test_questions_to_a_store_that_hangs_end_and_hold_up_nothing_else(site: Site) -> None:
    before = site.threads()
    with site.store.frozen(), ThreadPoolExecutor(120) as askers:
        stories = [askers.submit(site.status, "/booking/B-1") for _ in range(60)]
        assert site.status("/", AT_ONCE_SECONDS) == 200
        ready = [askers.submit(site.status, "/readyz") for _ in range(100)]
        assert site.status("/?facility=Nowhere", AT_ONCE_SECONDS) == 200
        assert {asked.result() for asked in stories} == {503}
        assert {asked.result() for asked in ready} <= {200, 503}
        assert site.status("/readyz", AT_ONCE_SECONDS) == 503
        assert site.threads() < before + 60
    assert wait_until(site.is_live, PATIENCE_SECONDS)
    assert site.status("/booking/B-1") == 200


def test_it_stops_in_good_order_while_questions_wait_for_a_store_that_hangs(site: Site) -> None:
    with viewers(site.board.url, 5) as watching, site.store.frozen():
        assert wait_until(lambda: site.status("/readyz") == 503, PATIENCE_SECONDS)
        with ExitStack() as asking:
            for _ in range(5):  # they are answered in none of these seconds
                asked = Viewer(site.board.url, "/booking/B-1")
                asking.callback(asked.close)
            assert site.status("/healthz") == 200  # asked after them
            site.board.process.terminate()
            assert site.board.process.wait(STOPPED_WITHIN_SECONDS) == 0
        assert all(viewer.has_ended for viewer in watching)
    assert "Traceback" not in site.board.log
    assert '"level":"error"' not in site.board.log


def test_viewers_are_kept_and_revoked_while_the_store_hangs(site: Site, tmp_path: Path) -> None:
    stays, goes = token_of("cck_stays", "desk"), token_of("cck_goes", "desk")
    tokens = tmp_path / "tokens.toml"
    tokens.write_text("\n".join([*entry_of(stays), *entry_of(goes)]))
    with running_board(
        tmp_path / "guarded", site.store.url, "--forwarded-allow-ips", "127.0.0.1", tokens=str(tokens)
    ) as board:
        one = Viewer(board.url, Authorization="Bearer cck_stays")
        other = Viewer(board.url, Authorization="Bearer cck_goes")
        try:
            assert wait_until(lambda: one.of("board") and other.of("board"), PATIENCE_SECONDS)
            with site.store.frozen():
                tokens.write_text("\n".join(entry_of(stays)))
                assert wait_until(lambda: other.has_ended, PATIENCE_SECONDS)
                assert wait_until(lambda: one.comments, PATIENCE_SECONDS)
            one.next_beat()
        finally:
            one.close()
            other.close()


def test_metrics_say_that_the_store_hangs(site: Site, tmp_path: Path) -> None:
    scraper = token_of("cck_scraper", "metrics")
    tokens = tmp_path / "tokens.toml"
    tokens.write_text("\n".join(entry_of(scraper)))
    with running_board(
        tmp_path / "guarded", site.store.url, "--forwarded-allow-ips", "127.0.0.1", tokens=str(tokens)
    ) as board:

        def scrape() -> str:
            headers = {"Authorization": "Bearer cck_scraper"}
            return httpx2.get(f"{board.url}/metrics", headers=headers, timeout=ANSWERS_WITHIN_SECONDS).text

        assert wait_until(lambda: "custody_store_up 1.0" in scrape(), PATIENCE_SECONDS)
        with site.store.frozen(), ThreadPoolExecutor(5) as askers:
            answers = [*askers.map(lambda _: scrape(), range(5))]
            assert ["custody_store_up 0.0" in answer for answer in answers] == [True] * 5
            assert not [answer for answer in answers if "custody_people" in answer]
        assert wait_until(lambda: "custody_store_up 1.0" in scrape(), PATIENCE_SECONDS)


def test_a_store_that_is_killed_and_comes_back_elsewhere_is_found(tmp_path: Path) -> None:
    """As the store of `custody run`: it has another port each time."""
    data_dir = tmp_path / "data"
    with (
        no_server_left(tmp_path),
        running_worker(tmp_path, (*BOARD, "--open-desk"), board_port="0", data_dir=str(data_dir)) as board,
    ):
        assert wait_until(lambda: board.logged("board_serving"), START_WITHIN_SECONDS)
        url = str(board.logged("board_serving")[0]["address"])
        with EmbeddedStore.own(data_dir) as store:
            _hold(store.url, "B-1")
            with viewers(url, 1) as (viewer,):
                assert wait_until(lambda: viewer.shows("B-1"), PATIENCE_SECONDS)
            for pid in servers_under(tmp_path):
                os.kill(pid, signal.SIGKILL)
            assert wait_until(lambda: httpx2.get(f"{url}readyz").status_code == 503, PATIENCE_SECONDS)
            assert "B-1" in httpx2.get(url).text
        with EmbeddedStore.own(data_dir) as store, viewers(url, 1) as (viewer,):
            _hold(store.url, "B-2")
            assert wait_until(lambda: viewer.shows("B-2"), PATIENCE_SECONDS)
            assert viewer.shows("B-1")
            viewer.next_beat()
    assert "board_not_read" in board.log
    assert "Traceback" not in board.log


def _hold(store_url: str, booking: str) -> None:
    context = open_context(Settings(profile=PROFILE), store_url)
    take_in(context, booked(booking, due_at=now() + HOUR))
    context.client.close()


def test_a_board_that_was_started_before_its_store_shows_it(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with running_worker(tmp_path, (*BOARD, "--open-desk"), board_port="0", data_dir=str(data_dir)) as board:
        assert wait_until(lambda: board.logged("board_serving"), START_WITHIN_SECONDS)
        url = str(board.logged("board_serving")[0]["address"])
        page = httpx2.get(url)
        assert page.status_code == 503
        assert "not live" in page.text
        viewer = Viewer(url)
        try:
            with EmbeddedStore.own(data_dir) as store:
                _hold(store.url, "B-1")
                assert wait_until(lambda: viewer.shows("B-1"), PATIENCE_SECONDS)
                assert httpx2.get(url).status_code == 200
        finally:
            viewer.close()


@pytest.mark.parametrize("fault", [Fault.HALF_OPEN, Fault.REFUSED, Fault.FROZEN, "LOADING it loads"])
def test_the_board_goes_on_after_a_fault_of_the_network(store: Store, fault: Fault | str) -> None:
    proxy = FaultProxy(store.url)
    direct, through = (open_context(Settings(profile=PROFILE), url) for url in (store.url, proxy.url))
    try:
        with web_server(through, is_open_desk=True) as url, viewers(url, 1) as (viewer,):
            with proxy.fault(fault):
                take_in(direct, booked("B-0", due_at=now() + HOUR))
                if fault is Fault.HALF_OPEN:  # new connections work
                    assert wait_until(lambda: viewer.shows("B-0"), PATIENCE_SECONDS)
                else:
                    assert wait_until(
                        lambda: "the store" in httpx2.get(f"{url}/readyz").text, PATIENCE_SECONDS
                    )
                    assert not viewer.shows("B-0")
            assert wait_until(lambda: viewer.shows("B-0"), PATIENCE_SECONDS)
            take_in(direct, booked("B-1", due_at=now() + HOUR))
            assert wait_until(lambda: viewer.shows("B-1"), PATIENCE_SECONDS)
            viewer.next_beat()
    finally:
        proxy.close()
        for context in (direct, through):
            context.client.close()
