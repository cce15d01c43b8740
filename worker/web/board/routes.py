"""`GET /` and `GET /stream`."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from worker.desk.board.answers import Pulse
from worker.web import pages
from worker.web.access.access import Access
from worker.web.access.tokens import Token
from worker.web.board.feed import MOST_STREAMS, BoardFeed
from worker.web.board.screen import Screen
from worker.web.board.signs import Signs, pulse_document
from worker.web.board.view import board_view

RECONNECT_MS: Final = 1000

_Facility = Annotated[str | None, Query(max_length=200)]
_Wall = Annotated[int | None, Query(ge=1, le=1_000)]
_All = Annotated[bool, Query(alias="all")]


def board_routes(feed: BoardFeed, access: Access) -> APIRouter:
    """The board's page and its stream."""
    desk = access.requires("desk")
    router = APIRouter(dependencies=[Depends(desk)], include_in_schema=False)

    @router.get("/")
    def board(facility: _Facility = None, wall: _Wall = None, whole: _All = False) -> HTMLResponse:
        screen = Screen.asked(facility, wall, whole)
        shown, pulse = feed.screens.shown(screen), feed.pulse
        if shown is None or pulse is None:
            return pages.page("unread.html", 503)
        return pages.page(
            "board.html",
            view=board_view(shown.board, screen, shown.zone),
            screen=screen,
            signs=Signs.of(pulse, shown.zone),
        )

    @router.get("/stream")
    async def stream(
        token: Annotated[Token | None, Depends(desk)],
        facility: _Facility = None,
        wall: _Wall = None,
        whole: _All = False,
    ) -> Response:
        if feed.streams >= MOST_STREAMS:
            return Response("too many boards are open", 503, {"Retry-After": "10"})
        events = _events(feed, Screen.asked(facility, wall, whole))
        return StreamingResponse(
            access.while_valid(token, events),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return router


def event(name: str, document: Any) -> bytes:
    """One server-sent event; JSON has no line break, so its data is one line."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(document))


async def _events(feed: BoardFeed, screen: Screen) -> AsyncIterator[bytes]:
    yield b"retry: %d\n\n" % RECONNECT_MS
    async for change in feed.changes(screen):
        if isinstance(change, Pulse):
            yield event("beat", pulse_document(change))
        else:
            yield event("board", {"html": change})
