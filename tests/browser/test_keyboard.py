"""A viewer without a mouse reaches everything, sees where the focus is, and can stop the page."""

from datetime import timedelta
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.support.board_site import BoardSite
from tests.support.bookings import booked, now
from tests.support.full_house import GONE
from tests.support.web_pages import Pages
from tests.support.web_server import token_of, web_server
from tests.support.worker_by_hand import put
from worker.store.context import Context

TARGETS: Final = "a, button, summary, input:not([type=hidden]), select"
MOST_STOPS: Final = 250

REACHABLE: Final = f"""() => {{
    const all = [...document.querySelectorAll({TARGETS!r})].filter((one) => one.checkVisibility());
    window.reachable = all;
    return all.length;
}}"""
FOCUSED: Final = """() => {
    const here = document.activeElement, style = getComputedStyle(here);
    const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return [here === document.body, window.reachable.indexOf(here), isSeen, here.outerHTML.slice(0, 120)];
}"""


@pytest.mark.parametrize("address", ["/", f"/booking/{GONE}", "/report/shift", "/logout", "/nothing-here"])
def test_the_tab_key_reaches_every_link_and_button_and_shows_where_it_is(
    full_site: BoardSite, pages: Pages, address: str
) -> None:
    page = pages.open(f"{full_site.url}{address}", is_refused=True)
    if address == "/":
        page.locator("#pause").click()  # nobody comes or goes while the links are counted
    wanted = set(range(page.evaluate(REACHABLE)))
    assert wanted
    reached = set()
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        is_page, index, is_seen, html = page.evaluate(FOCUSED)
        if index in reached:
            break
        assert is_seen or is_page, html
        reached |= {index} & wanted
    assert reached == wanted


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_key_pauses_the_page_which_says_so_and_goes_on(site: BoardSite, pages: Pages, key: str) -> None:
    page = pages.open(f"{site.url}/?facility=Pausing")
    expect(page.locator("#board")).to_have_attribute("data-state", "live")
    page.locator("#pause").focus()
    page.keyboard.press(key)
    expect(page.locator("#board")).to_have_attribute("data-state", "paused")
    expect(page.locator("#health")).to_contain_text("Paused")
    expect(page.locator("#as-of")).to_be_visible()
    assert page.title().startswith("Paused")
    number = f"K-{key}"
    put(site.context, booked(number, due_at=now() + timedelta(hours=1), facility="Pausing"))
    other = pages.open(f"{site.url}/?facility=Pausing")
    expect(other.locator("#next")).to_contain_text(number)
    assert number not in page.locator("#next").inner_text()
    page.keyboard.press(key)
    expect(page.locator("#next")).to_contain_text(number)
    expect(page.locator("#board")).to_have_attribute("data-state", "live")


def test_the_login_needs_no_mouse(context: Context, pages: Pages) -> None:
    with web_server(context, [token_of("cck_the-watch", "desk")]) as url:
        page = pages.open(f"{url}/login?next=/?wall=55", is_cut_off=True)
        assert focused_name(page) == "token"
        page.keyboard.type("cck_the-watch")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/?wall=55")
        page.goto(f"{url}/logout")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/login")
        page.goto("about:blank")


def focused_name(page: Page) -> Any:
    return page.evaluate("document.activeElement.id")
