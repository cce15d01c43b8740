"""The desk's page while the clock runs: it counts, and what happens appears without a reload."""

import sys
from datetime import timedelta
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.support.board_process import go_on, pause
from tests.support.board_site import BoardSite
from tests.support.bookings import bail_posted, booked, ice_contacted, now
from tests.support.web_pages import DESK, PHONE, Pages
from tests.support.worker_by_hand import put

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
SECOND: Final = timedelta(seconds=1)
ZONE: Final = ZoneInfo("America/Los_Angeles")

AN_HOUR_AHEAD: Final = """
    const here = Date;
    Date = class extends here {
        constructor(...given) { given.length ? super(...given) : super(here.now() + 3_600_000); }
        static now() { return here.now() + 3_600_000; }
    };
"""
COLOUR: Final = "element => getComputedStyle(element).color.match(/\\d+/g).slice(0, 3).map(Number)"


def is_live(page: Page) -> Page:
    expect(page.locator("#board")).to_have_attribute("data-state", "live")
    return page


def seconds_left(page: Page, booking: str) -> int:
    minutes, seconds = page.locator(f'li[data-booking="{booking}"] .left b').inner_text().split(":")
    return int(minutes) * 60 + int(seconds)


def test_the_countdown_counts(site: BoardSite, pages: Pages) -> None:
    due_at = now() + 30 * MINUTE
    put(site.context, booked("C-1", due_at=due_at, facility="Counting"))
    page = is_live(pages.open(f"{site.url}/?facility=Counting"))
    figure = page.locator("#next .left b")
    readings = []
    for _ in range(4):
        readings.append(seconds_left(page, "C-1"))
        assert readings[-1] == pytest.approx((due_at - now()).total_seconds(), abs=3)
        expect(figure).not_to_have_text(figure.inner_text())
    assert readings == sorted(readings, reverse=True)
    assert readings[0] - readings[-1] >= 3


def test_the_countdown_goes_by_the_store_s_time_where_the_viewer_s_clock_is_an_hour_off(
    site: BoardSite, pages: Pages
) -> None:
    due_at = now() + 30 * MINUTE
    put(site.context, booked("V-1", due_at=due_at, facility="Viewer"))
    page = is_live(pages.open(f"{site.url}/?facility=Viewer", init=AN_HOUR_AHEAD))
    assert page.evaluate("Date.now()") / 1000 - now().timestamp() == pytest.approx(3600, abs=5)
    shown = page.locator("#time b")
    left = seconds_left(page, "V-1")
    assert left == pytest.approx((due_at - now()).total_seconds(), abs=3)
    assert shown.inner_text()[:5] in {f"{at.astimezone(ZONE):%H:%M}" for at in (now(), now() - 3 * SECOND)}


def test_a_release_appears_without_a_reload(site: BoardSite, pages: Pages) -> None:
    put(site.context, booked("E-1", due_at=now() + HOUR, facility="Release"))
    page = is_live(pages.open(f"{site.url}/?facility=Release"))
    expect(page.locator('#next li[data-booking="E-1"]')).to_be_visible()
    page.evaluate("window.isTheSamePage = true")
    posted_at = now()
    put(site.context, bail_posted("E-1", posted_at))
    expect(page.locator("#ended li", has_text="E-1")).to_contain_text("bail")
    sys.stdout.write(
        f"a release is on the page {(now() - posted_at).total_seconds():.2f} s after the event\n"
    )
    expect(page.locator('#next li[data-booking="E-1"]')).to_have_count(0)
    assert page.evaluate("window.isTheSamePage")


def test_whoever_is_booked_appears_and_nobody_of_another_station_does(site: BoardSite, pages: Pages) -> None:
    page = is_live(pages.open(f"{site.url}/?facility=Hollenbeck"))
    expect(page.locator("#next .calm")).to_contain_text("Nobody is held at Hollenbeck.")
    elsewhere = booked("S-1", due_at=now() + HOUR, facility="Elsewhere")
    put(site.context, elsewhere, booked("S-2", due_at=now() + HOUR, facility="Hollenbeck"))
    expect(page.locator("#next li")).to_have_count(1)
    expect(page.locator("#next li")).to_contain_text("S-2")
    page.locator("#stations summary").click()
    page.get_by_role("link", name="Elsewhere").click()
    expect(page.locator("#next li")).to_contain_text("S-1")
    assert page.url.endswith("/?facility=Elsewhere")


def test_what_ice_asks_appears_and_how_it_was_answered(site: BoardSite, pages: Pages) -> None:
    put(site.context, booked("I-1", due_at=now() + HOUR, facility="Asked"))
    page = is_live(pages.open(f"{site.url}/?facility=Asked"))
    put(site.context, ice_contacted("I-1", now(), form="I-247D", requests=("hold", "release_date")))
    expect(page.locator("#ice li.answer", has_text="I-1").first).to_be_visible()
    expect(page.locator("#ice")).to_contain_text("hold declined")
    expect(page.locator('#next li[data-booking="I-1"] .ice')).to_contain_text("ICE")


def test_whoever_is_past_the_deadline_turns_red_at_once(site: BoardSite, pages: Pages) -> None:
    put(site.context, booked("O-1", due_at=now() + 4 * SECOND, facility="Late"))
    page = is_live(pages.open(f"{site.url}/?facility=Late"))
    row = page.locator('#next li[data-booking="O-1"]')
    expect(row).to_have_attribute("data-stage", "hour")
    pause(site.worker)
    try:
        late = page.locator('#next li[data-stage="overdue"] .left, #overdue:not([hidden]) .span').first
        expect(late).to_be_visible(timeout=15_000)
        red, green, blue = page.evaluate(COLOUR, late.element_handle())
        assert red > 2 * max(green, blue)
    finally:
        go_on(site.worker)
    expect(page.locator("#ended li", has_text="O-1")).to_be_visible(timeout=15_000)


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_text_from_outside_is_text_and_breaks_no_line(
    site: BoardSite, pages: Pages, viewport: ViewportSize
) -> None:
    station = "<script>alert(1)</script>\u202egnol&amp;" + "W" * 150
    number = f"N-{'8' * 50}-{viewport['width']}"
    put(site.context, booked(number, due_at=now() + HOUR, facility=station))
    put(site.context, ice_contacted(number, now(), reference="<img src=x onerror=alert(1)>" + "V" * 60))
    page = pages.open(f"{site.url}/?facility={quote(station)}", viewport=viewport)
    is_live(page)
    row = page.locator(f'#next li[data-booking="{number}"]')
    expect(row).to_contain_text("<script>alert(1)</script>\\u202egnol&amp;")
    assert page.locator("main script, main img").count() == 0
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
