"""Notes every look at what names people, before anything is shown."""

import structlog
from fastapi import Request
from fastapi.responses import HTMLResponse
from redis.exceptions import RedisError

from worker.store import access_journal
from worker.store.context import Context
from worker.web.access.tokens import Token
from worker.web.trouble import trouble

log = structlog.get_logger("custody")


def is_ahead_of_the_viewer(request: Request) -> bool:
    """Whether a browser fetches it although nobody has asked to see it."""
    purposes = (request.headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz"))
    return any("prefetch" in purpose for purpose in purposes)


def is_noted(
    context: Context, token: Token | None, form: access_journal.Form, booking: str | None = None
) -> bool:
    """Note a look in the access journal; False if the store does not take the entry.

    Args:
        token: of whoever looks; None on an open desk.
        form: what is opened.
        booking: the number that was asked for; None of a report.
    """
    shard = context.shards[0]
    look = access_journal.Access(booking, token.name if token else None, form)
    try:
        access_journal.note(shard.client, shard.keys, look)
    except RedisError as error:
        log.warning("access_not_noted", problem=type(error).__name__)
        return False
    return True


def fetched_in_advance() -> HTMLResponse:
    """For a browser that nobody has asked to show it."""
    return trouble(503, "Not fetched in advance", "This is opened by a person, and every look is noted.")


def look_not_noted() -> HTMLResponse:
    """For a look of which there is no entry."""
    return trouble(
        503,
        "This look cannot be noted, so nothing is shown",
        "Every look at a record is written to the access journal, and the store does not take the entry.",
        "Work from the booking sheet, and have somebody run “custody doctor” on the host.",
    )
