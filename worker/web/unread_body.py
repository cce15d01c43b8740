"""Answers a request without reading its body, and lets the sender see the answer."""

import asyncio
import contextlib
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LINGER_SECONDS: Final = 2


class ClosesUnreadBody:
    """Middleware: after an answer to a body that was not read to its end, the connection is closed.

    Else what is left of the body would be read as long as the sender likes. A connection that is closed while
    bytes arrive is reset, and many a sender then never sees why: so its bytes are thrown away for a moment.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and watch how far the body is read."""
        if scope["type"] == "http" and _has_body(scope):
            watched = _Watched(receive, send)
            receive, send = watched.receive, watched.send
        await self._app(scope, receive, send)


def _has_body(scope: Scope) -> bool:
    names = {name for name, value in scope["headers"] if value != b"0"}
    return bool(names & {b"content-length", b"transfer-encoding"})


class _Watched:
    """One request and its answer."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._is_read = False
        self._is_closing = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._is_read = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and not self._is_read:
            self._is_closing = True
            message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
        is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if self._is_closing and is_last:
            await self._send({**message, "more_body": True})
            await self._throw_away_the_rest()
            message = {"type": "http.response.body"}
        await self._send(message)

    async def _throw_away_the_rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while not self._is_read:
                    await self.receive()
