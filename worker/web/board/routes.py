"""`GET /` and `GET /stream`."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, StreamingResponse

from worker.desk.board.answers import Board, Pulse
from worker.web import pages
from worker.web.access.access import Access
from worker.web.access.tokens import Token
from worker.web.board.feed import BoardFeed


def board_routes(feed: BoardFeed, access: Access, zone: Callable[[], ZoneInfo]) -> APIRouter:
    """The board's page and its stream."""
    desk = access.requires("desk")
    router = APIRouter(dependencies=[Depends(desk)], include_in_schema=False)

    @router.get("/")
    async def board() -> HTMLResponse:
        if feed.board is None or feed.pulse is None:
            return pages.page("unread.html", 503)
        return pages.page("board.html", board=feed.board, zone=zone(), pulse=pulse_document(feed.pulse))

    @router.get("/stream")
    async def stream(token: Annotated[Token | None, Depends(desk)]) -> StreamingResponse:
        events = access.while_valid(token, _events(feed, zone))
        return StreamingResponse(events, media_type="text/event-stream")

    return router


async def _events(feed: BoardFeed, zone: Callable[[], ZoneInfo]) -> AsyncIterator[bytes]:
    shown: Board | None = None
    async for board, pulse in feed.rounds():
        if board != shown:
            shown = board
            html = pages.fragment("live.html", board=board, zone=zone())
            yield event("board", {"html": html})
        yield event("beat", pulse_document(pulse))


def event(name: str, document: Any) -> bytes:
    """One server-sent event; JSON has no line break, so its data is one line."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(document))


def pulse_document(pulse: Pulse) -> dict[str, float | None]:
    """For the script: how far its countdowns are, and whether the clock lives."""
    age = pulse.beat_age
    return {
        "now_ms": pulse.now.timestamp() * 1000,
        "speed": pulse.speed,
        "beat_age_ms": None if age is None else age.total_seconds() * 1000,
    }
