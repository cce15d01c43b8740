"""Ends a connection on which no request comes, or one that never gets to the end of its headers."""

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

ARRIVE_WITHIN_SECONDS: Final = 10

_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class HeadersInTime(H11Protocol):
    """The library's protocol, which waits without end for the headers of a request.

    The time runs from the connection, or from the answer before, to the end of the headers, however they
    trickle in. The body has a time limit where it is read (`worker.web.body`).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._end_timer: asyncio.TimerHandle | None = None
        self._has_begun = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The time begins."""
        super().connection_made(transport)
        self._wait_for_headers()

    def data_received(self, data: bytes) -> None:
        """The time ends with the last header."""
        self._has_begun = True
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """The time begins again, unless the next request is there already."""
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing waits any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_headers(self) -> None:
        self._stop_waiting()
        self._has_begun = False
        self._end_timer = self.loop.call_later(ARRIVE_WITHIN_SECONDS, self._end)

    def _stop_waiting(self) -> None:
        if self._end_timer is not None:
            self._end_timer.cancel()
            self._end_timer = None

    def _end(self) -> None:
        if self._has_begun and not self.transport.is_closing():
            self.transport.write(_TOO_SLOW)
        self.transport.close()
