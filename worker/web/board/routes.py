"""`GET /` and `GET /stream`."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from worker.desk.board.answers import Pulse
from worker.web import pages
from worker.web.access.access import Access
from worker.web.access.tokens import Token
from worker.web.board.feed import MOST_STREAMS, BoardFeed
from worker.web.board.messages import AT_ONCE_BYTES, message
from worker.web.board.screen import Screen
from worker.web.board.screens import Shown
from worker.web.board.signs import Signs, pulse_document
from worker.web.board.view import board_view

RECONNECT_MS: Final = 1000

_NOTHING_NEW: Final = b":\n\n"
"""A comment, which no page takes for a sign of life. Sending it shows whether the viewer is still there."""

_Facility = Annotated[str | None, Query(max_length=200)]
_Wall = Annotated[int | None, Query(ge=1, le=1_000)]
_All = Annotated[bool, Query(alias="all")]


def board_routes(feed: BoardFeed, access: Access) -> APIRouter:
    """The board's page and its stream."""
    desk = access.requires("desk")
    router = APIRouter(dependencies=[Depends(desk)], include_in_schema=False)

    @router.get("/")
    async def board(facility: _Facility = None, wall: _Wall = None, whole: _All = False) -> HTMLResponse:
        screen = Screen.asked(facility, wall, whole)
        shown, pulse = await feed.shown(screen), feed.pulse
        if shown is None or pulse is None:
            return pages.page("unread.html", 503)
        return await to_thread.run_sync(_page, screen, shown, pulse, limiter=feed.threads)

    @router.get("/stream")
    async def stream(
        token: Annotated[Token | None, Depends(desk)],
        facility: _Facility = None,
        wall: _Wall = None,
        whole: _All = False,
    ) -> Response:
        events = _events(feed, Screen.asked(facility, wall, whole))
        return _Stream(feed, access.while_valid(token, events))

    return router


class _Stream(StreamingResponse):
    """One viewer's stream, if it is not one too many."""

    def __init__(self, feed: BoardFeed, events: AsyncIterator[bytes]) -> None:
        self._feed = feed
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(events, media_type="text/event-stream", headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._feed.streams >= MOST_STREAMS:
            refusal = PlainTextResponse("too many boards are open\n", 503, {"Retry-After": "10"})
            await refusal(scope, receive, send)
            return
        self._feed.streams += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._feed.streams -= 1


def _page(screen: Screen, shown: Shown, pulse: Pulse) -> HTMLResponse:
    return pages.page(
        "board.html",
        view=board_view(shown.board, screen, shown.zone),
        screen=screen,
        signs=Signs.of(pulse, shown.zone),
    )


async def _events(feed: BoardFeed, screen: Screen) -> AsyncIterator[bytes]:
    yield b"retry: %d\n\n" % RECONNECT_MS
    async for change in feed.changes(screen):
        if change is None:
            yield _NOTHING_NEW
        elif isinstance(change, Pulse):
            yield message("beat", pulse_document(change))
        else:
            for start in range(0, len(change), AT_ONCE_BYTES):
                yield change[start : start + AT_ONCE_BYTES]
