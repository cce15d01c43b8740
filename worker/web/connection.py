"""One connection of the HTTP server, which nobody who does not send or read can keep or hold back."""

import asyncio
from typing import Final

from worker.web.slow_clients import HeadersInTime

_PATIENCE_SECONDS: Final = 30.0
"""So long may what was sent stay unread. What waits meanwhile is one answer, or one change of a board."""

_PATIENCE_AT_THE_END_SECONDS: Final = 0.5


class Connection(HeadersInTime):
    """Cut when the viewer has not read for a while, and soon when the server ends.

    The library would wait for such a viewer at the end, and then report it as a failure.
    """

    _patience = _PATIENCE_SECONDS
    _cut: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """More was written than the viewer has read."""
        super().pause_writing()
        self._wait_for_viewer()

    def resume_writing(self) -> None:
        """The viewer has read on."""
        self._wait_no_more()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Either side has ended it."""
        self._wait_no_more()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server ends."""
        self._patience = _PATIENCE_AT_THE_END_SECONDS
        if self.flow.write_paused:
            self._wait_for_viewer()
        super().shutdown()

    def _wait_for_viewer(self) -> None:
        self._wait_no_more()
        self._cut = self.loop.call_later(self._patience, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None
