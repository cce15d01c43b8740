"""A browser, and a service to look at: a store, a worker and a board, each a real process."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.board_site import IS_LATE_FOR_LONG, BoardSite, board_site
from tests.support.full_house import fill
from tests.support.web_pages import Pages, running_browser


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser. It ends with these tests: others may want an event loop in this thread."""
    with running_browser() as browser:
        yield browser


@pytest.fixture
def pages(browser: Browser) -> Iterator[Pages]:
    """Opens pages; asserts at the end that none did what no page of ours may do."""
    pages = Pages(browser)
    yield pages
    pages.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[BoardSite]:
    """A running service, nobody in it; shared, so a test looks only at its own station.

    Whoever is booked past the deadline is held for some minutes.
    """
    with board_site(tmp_path_factory.mktemp("site"), **IS_LATE_FOR_LONG) as site:
        yield site


@pytest.fixture(scope="package")
def full_site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[BoardSite]:
    """A service with more people than a screen has room for, something in every list; to look at only."""
    with board_site(tmp_path_factory.mktemp("full-site"), **IS_LATE_FOR_LONG) as site:
        fill(site.context)
        yield site
