"""A page that says what is wrong and what to do, instead of the one that was asked for."""

from typing import Final

from fastapi.responses import HTMLResponse
from redis.exceptions import RedisError

from worker.embedded.faults import EmbeddedStoreFault
from worker.law.errors import LawError
from worker.store.identity import ForeignStoreError
from worker.web import pages

NO_STORE: Final = (RedisError, EmbeddedStoreFault, ForeignStoreError, LawError, OSError)
"""Why a store cannot be opened or does not answer."""


def trouble(status: int, title: str, *sentences: str, looked_for: str | None = "") -> HTMLResponse:
    """The page.

    Args:
        looked_for: the booking number that was asked for: the page offers to look for another. None if the
            question was not about one.
    """
    return pages.page("trouble.html", status, title=title, sentences=sentences, looked_for=looked_for)


def store_does_not_answer() -> HTMLResponse:
    """For a question that the store did not answer."""
    return trouble(
        503,
        "The store does not answer",
        "Nothing can be shown now. Work from the booking sheets.",
        "Have somebody run “custody doctor” on the host.",
    )
