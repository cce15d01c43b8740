"""Axe finds nothing to complain about, on any page, in either colour scheme."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.support.board_process import running_board
from tests.support.board_site import BoardSite
from tests.support.board_states import STATES, open_board
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.full_house import ASKED_ABOUT, GONE
from tests.support.tcp_proxy import TcpProxy, tcp_proxy
from tests.support.web_pages import DESK, PHONE, Pages
from tests.support.web_server import token_of, web_server
from worker.store.context import Context

SCHEMES: Final[tuple[Literal["dark", "light"], ...]] = ("dark", "light")
OPTIONS: Final[dict[str, Any]] = {
    "resultTypes": ["violations"],
    "rules": {"target-size": {"enabled": True}},
}
PAGES: Final = (
    f"/booking/{ASKED_ABOUT}",
    f"/booking/{GONE}",
    "/report/shift",
    "/report/over-detention",
    "/report/ice",
    "/logout",
)
REFUSED: Final = ("/booking/nobody-has-it", "/nothing-here", "/?wall=much", "/report/shift?format=clay")


def is_accessible(page: Page) -> None:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options=OPTIONS)
        assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"


@pytest.fixture
def proxy(full_site: BoardSite) -> Iterator[TcpProxy]:
    with tcp_proxy(full_site.url) as proxy:
        yield proxy


@pytest.mark.parametrize("state", STATES)
def test_the_desk(proxy: TcpProxy, pages: Pages, state: str) -> None:
    is_accessible(open_board(pages, proxy, "/", state))


@pytest.mark.parametrize("state", ["live", "dead"])
@pytest.mark.parametrize(
    ("address", "viewport"), [("/?wall=55", DESK), ("/?facility=Central", PHONE)], ids=["wall", "phone"]
)
def test_the_wall_and_the_phone(
    proxy: TcpProxy, pages: Pages, address: str, viewport: ViewportSize, state: str
) -> None:
    is_accessible(open_board(pages, proxy, address, state, viewport=viewport))


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("address", [*PAGES, *REFUSED])
def test_every_other_page(full_site: BoardSite, pages: Pages, address: str, viewport: ViewportSize) -> None:
    page = pages.open(f"{full_site.url}{address}", is_refused=address in REFUSED, viewport=viewport)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    is_accessible(page)


def test_the_login(context: Context, pages: Pages) -> None:
    with web_server(context, [token_of("cck_the-watch", "desk")]) as url:
        page = pages.open(f"{url}/login", is_refused=True)
        is_accessible(page)
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button").click()
        page.get_by_role("alert").wait_for()
        is_accessible(page)
        page.goto("about:blank")


def test_a_board_that_has_not_reached_its_store_yet_shows_it_once_it_does(
    full_site: BoardSite, tmp_path: Path, pages: Pages
) -> None:
    proxy = FaultProxy(full_site.store_url)
    with ExitStack() as until_the_end:
        with proxy.fault(Fault.REFUSED):
            board = until_the_end.enter_context(running_board(tmp_path, proxy.url))
            page = pages.open(board.url, is_refused=True, is_cut_off=True)
            assert page.title().startswith("NOT LIVE")
            is_accessible(page)
        expect(page.locator("#board")).to_have_attribute("data-state", "live", timeout=30_000)
        page.goto("about:blank")
    proxy.close()
