"""Reads board and pulse for all viewers, in one thread, and hands them to each viewer's stream."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Final

import structlog

from worker.desk.board.answers import Board, Pulse
from worker.desk.board.read import read_board, read_pulse
from worker.web.store_door import StoreDoor

log = structlog.get_logger("custody")

_ROUND_SECONDS: Final = 1.0


class BoardFeed:
    """What the viewers see: the last board and the last pulse that could be read."""

    def __init__(self, door: StoreDoor) -> None:
        self._door = door
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="board-feed", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._is_failing = False
        self.board: Board | None = None
        self.pulse: Pulse | None = None

    def start(self) -> None:
        """Begin to read; from the event loop's thread."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """End all streams; safe to call from a signal handler."""
        self._stopping.set()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._news.set)

    async def rounds(self) -> AsyncIterator[tuple[Board, Pulse]]:
        """Board and pulse, now and after each round that the store answered, until the server ends."""
        while not self._stopping.is_set():
            if self.board is not None and self.pulse is not None:
                yield self.board, self.pulse
            await self._news.wait()

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                context = self._door.context()
                self.pulse = read_pulse(context)
                self.board = read_board(context)
            except Exception as error:
                if not self._is_failing:
                    log.warning("board_not_read", problem=type(error).__name__)
                self._is_failing = True
            else:
                self._is_failing = False
                self._tell()
            self._stopping.wait(_ROUND_SECONDS)

    def _tell(self) -> None:
        def wake() -> None:
            news, self._news = self._news, asyncio.Event()
            news.set()

        if self._loop is not None:
            self._loop.call_soon_threadsafe(wake)
