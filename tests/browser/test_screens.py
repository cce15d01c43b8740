"""What fits on which screen: a desk's, a wall that is read from three metres, a phone, paper."""

import io
import math
import re
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Page, ViewportSize
from pypdf import PdfReader

from tests.support.board_site import BoardSite
from tests.support.board_states import open_board
from tests.support.full_house import CROWDED, GONE, HELD, OVERDUE, STATION
from tests.support.tcp_proxy import TcpProxy, tcp_proxy
from tests.support.web_pages import DESK, PHONE, Pages

SMALL: Final[ViewportSize] = {"width": 1280, "height": 720}
SMALLEST: Final[ViewportSize] = {"width": 1100, "height": 680}
READER_MM: Final = 3_000
LEAST_MINUTES_OF_ARC: Final = 16
SMALLEST_TARGET: Final = 24

CAPITALS: Final = """() => {
    const canvas = document.createElement("canvas").getContext("2d");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const node = walker.currentNode, range = document.createRange();
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        const isShown = node.parentElement.checkVisibility() && !node.parentElement.closest(".spoken, .skip");
        if (!node.data.trim() || !isShown || box.width < 2 || node.parentElement.closest("h1")) continue;
        const style = getComputedStyle(node.parentElement);
        canvas.font = `${style.fontWeight} 1000px ${style.fontFamily}`;
        const share = canvas.measureText("H").actualBoundingBoxAscent / 1000;
        found.push([node.data.trim(), share * parseFloat(style.fontSize)]);
    }
    return found;
}"""
BOXES: Final = """() => Object.fromEntries(
    ["main li", "main h2", "main .more", "footer li", "footer a", "footer"].map((selector) => [
        selector,
        [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility()).map((one) => {
            const box = one.getBoundingClientRect();
            return [box.left, box.top, box.right, box.bottom];
        }),
    ])
)"""
OVERLAPS: Final = """() => [...document.querySelectorAll("#next li")].filter((row) => {
    const parts = [...row.querySelectorAll(".left b, .left small, .at time, .who a, .place, .why > *")];
    const boxes = parts.filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect());
    return boxes.some((one, index) => boxes.slice(index + 1).some((other) =>
        Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 &&
        Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 4));
}).map((row) => row.innerText)"""


@pytest.fixture
def proxy(full_site: BoardSite) -> Iterator[TcpProxy]:
    with tcp_proxy(full_site.url) as proxy:
        yield proxy


@pytest.mark.parametrize("inches", [43, 55, 75])
@pytest.mark.parametrize("state", ["live", "dead"])
def test_every_word_of_a_wall_can_be_read_from_three_metres(
    proxy: TcpProxy, pages: Pages, inches: int, state: str
) -> None:
    page = open_board(pages, proxy, f"/?wall={inches}", state)
    mm_of_a_pixel = inches * 25.4 * 16 / math.hypot(16, 9) / DESK["width"]
    least = READER_MM * math.tan(math.radians(LEAST_MINUTES_OF_ARC / 60)) / mm_of_a_pixel
    capitals: list[tuple[str, float]] = page.evaluate(CAPITALS)
    assert len(capitals) > 10
    assert [f"{text}: {height:.1f} px" for text, height in capitals if height < least - 0.01] == []


@pytest.mark.parametrize(
    ("query", "viewport"),
    [
        ("/", SMALLEST),
        ("/", SMALL),
        ("/", DESK),
        ("/?wall=55", DESK),
        (f"/?facility={STATION}", SMALL),
        (f"/?facility={CROWDED}", SMALL),
    ],
    ids=["smallest desk", "small desk", "desk", "wall", "one station", "many overdue"],
)
@pytest.mark.parametrize("state", ["live", "dead", "paused"])
def test_what_does_not_fit_is_counted_and_nothing_lies_over_the_footer(
    proxy: TcpProxy, pages: Pages, query: str, viewport: ViewportSize, state: str
) -> None:
    if state == "paused" and "wall" in query:
        state = "late"
    page = open_board(pages, proxy, query, state, viewport=viewport)
    assert page.evaluate(OVERLAPS) == []
    boxes = page.evaluate(BOXES)
    ((_, footer_top, _, footer_bottom),) = boxes.pop("footer")
    assert footer_bottom <= viewport["height"] + 1
    for selector in ("main li", "main h2", "main .more"):
        assert [box for box in boxes[selector] if box[3] > footer_top + 1] == [], selector
    for boxes_of_one_kind in boxes.values():
        assert [box for box in boxes_of_one_kind if box[0] < 0 or box[2] > viewport["width"]] == []
    assert page.evaluate("document.scrollingElement.scrollHeight") <= viewport["height"]
    if STATION in query or CROWDED in query:
        return
    assert shown_or_counted(page, "next") == HELD
    assert shown_or_counted(page, "overdue") == OVERDUE


def shown_or_counted(page: Page, part: str) -> int:
    rows = sum(row.is_visible() for row in page.locator(f"#{part} li").all())
    more = page.locator(f"#{part} .more")
    beyond = int(more.locator("b").inner_text().replace(",", "")) if more.is_visible() else 0
    assert rows > 0
    return rows + beyond


@pytest.mark.parametrize("state", ["live", "dead", "paused"])
def test_a_phone_shows_the_next_person_at_once_and_scrolls_one_way_only(
    proxy: TcpProxy, pages: Pages, state: str
) -> None:
    page = open_board(pages, proxy, f"/?facility={STATION}", state, viewport=PHONE)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    box = page.locator("#next li").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= PHONE["height"]
    targets = [
        (one.inner_text(), size["width"], size["height"])
        for one in page.locator("a, button, summary").all()
        if one.is_visible() and (size := one.bounding_box()) is not None
    ]
    assert len(targets) > 10
    assert [target for target in targets if min(target[1:]) < SMALLEST_TARGET] == []


def test_without_script_the_page_is_of_a_moment_and_says_so(full_site: BoardSite, pages: Pages) -> None:
    page = pages.open(full_site.url, java_script_enabled=False)
    assert page.locator("#board").get_attribute("data-state") == "still"
    assert re.fullmatch(r"As of \d\d:\d\d:\d\d .*", page.locator("#as-of").inner_text())
    assert page.locator("#health").inner_text() == "Not live a picture of that moment, renewed every 10 s"
    for live in ("#time", "#pause", "#dead", "#next li:first-child .left"):
        assert not page.locator(live).is_visible(), live
    assert page.locator("#next li time").first.is_visible()
    assert page.locator("#overdue li").count() == OVERDUE


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("/", "Next out"),
        (f"/?facility={STATION}", "L-2"),
        (f"/booking/{GONE}", "R-1"),
        ("/report/shift", "Shift report"),
    ],
)
def test_a_page_prints_on_two_sheets(full_site: BoardSite, pages: Pages, address: str, part: str) -> None:
    page = pages.open(f"{full_site.url}{address}")
    printed = PdfReader(io.BytesIO(page.pdf(format="Letter")))
    text = " ".join(sheet.extract_text() for sheet in printed.pages)
    assert len(printed.pages) <= 2
    assert part in text
    assert "Pause" not in text
