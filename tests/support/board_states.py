"""A board's page in each of its states, without waiting for the seconds that they take."""

from typing import Any, Final

from playwright.sync_api import Page, expect

from tests.support.tcp_proxy import TcpProxy
from tests.support.web_pages import Pages

STATES: Final = ("live", "late", "dead", "paused", "still")

_LATE_AFTER: Final = 6_000
_DEAD_AFTER: Final = 11_000


def open_board(pages: Pages, proxy: TcpProxy, address: str, state: str, **of_context: Any) -> Page:
    """Open an address of a running board, through a proxy, and bring the page into this state."""
    page = pages.new(proxy.url, is_cut_off=state in {"late", "dead", "still"}, **of_context)
    if state == "still":
        page.route("**/board.js", lambda route: route.abort())
    if state in {"late", "dead"}:
        page.clock.install()
    page.goto(f"{proxy.url}{address}")
    if state != "still":
        expect(page.locator("#board")).to_have_attribute("data-state", "live")
    if state in {"late", "dead"}:
        proxy.go_silent()
        page.clock.run_for(_LATE_AFTER if state == "late" else _DEAD_AFTER)
    if state == "paused":
        page.locator("#pause").click()
    expect(page.locator("#board")).to_have_attribute("data-state", state)
    return page
