"""Pages in a real browser, watched for what no page of ours may do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)

CHROMIUM: Final = Path("/usr/bin/chromium")
ARGUMENTS: Final = (
    "--no-sandbox",  # the build runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

DESK: Final[ViewportSize] = {"width": 1920, "height": 1080}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}

_UNREACHABLE: Final = "net::ERR_"
_REFUSED_BY_STATUS: Final = "the server responded with a status of"


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Debian's Chromium. The test is skipped where there is none, and fails there in the build."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is missing: apt install chromium fonts-liberation")
        pytest.skip(f"needs {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """Notes what a page asks of other hosts and what the browser complains about.

    Attributes:
        complaints: every error on the console; a violation of the content security policy is one.
        asked_elsewhere: addresses of requests to other origins.
    """

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self._origin = urlsplit(origin)[:2]
        self.complaints: list[str] = []
        self.asked_elsewhere: list[str] = []
        context.on("request", self._note_request)
        context.on("console", self._note_message)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _note_request(self, request: Request) -> None:
        if urlsplit(request.url)[:2] != self._origin:
            self.asked_elsewhere.append(request.url)

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def check(self, *, is_cut_off: bool, is_refused: bool) -> None:
        """Assert that there was nothing, but what the test itself brings about."""
        expected = [_UNREACHABLE] * is_cut_off + [_REFUSED_BY_STATUS] * is_refused
        unexpected = [text for text in self.complaints if not any(part in text for part in expected)]
        assert not unexpected, unexpected
        assert not self.asked_elsewhere, self.asked_elsewhere


class Pages:
    """Opens pages, each in a context of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._open: list[tuple[BrowserContext, Watched, bool, bool]] = []

    def open(self, address: str, *, init: str = "", **options: Any) -> Page:
        """Go to an address.

        Args:
            init: a script to run before the page's.
            options: as for `new`.
        """
        page = self.new(address, **options)
        if init:
            page.add_init_script(init)
        page.goto(address)
        return page

    def new(
        self, origin: str, *, is_cut_off: bool = False, is_refused: bool = False, **of_context: Any
    ) -> Page:
        """A page that is to ask nothing of any host but this.

        Args:
            is_cut_off: the test stops the server or the network, so the browser may complain about that.
            is_refused: the test asks for what the server refuses, so the browser may complain about that.
            of_context: as for Playwright's `new_context`; a desk's screen unless said otherwise.
        """
        context = self._browser.new_context(**{"viewport": DESK, "color_scheme": "dark"} | of_context)
        self._open.append((context, Watched(context, origin), is_cut_off, is_refused))
        return context.new_page()

    def close(self) -> None:
        """Close them and assert that none did what no page of ours may do."""
        for context, *_ in self._open:
            context.close()
        for _, watched, is_cut_off, is_refused in self._open:
            watched.check(is_cut_off=is_cut_off, is_refused=is_refused)
