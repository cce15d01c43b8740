"""The board as each kind of screen shows it: rendered once a change, whatever the number of viewers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from worker.desk.board.answers import Board
from worker.desk.board.memory import BoardMemory, News
from worker.store.context import Context
from worker.web.board.live import render
from worker.web.board.messages import message
from worker.web.board.screen import Screen

_MOST_KEPT: Final = 64
"""Kinds of screens kept though nobody views them: a query string can name any facility."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a screen shows.

    Attributes:
        message: the part of the page that changes with the board, as the viewers are sent it.
        zone: of the instants in it.
    """

    board: Board
    message: bytes
    zone: ZoneInfo


@dataclass(slots=True)
class _Source:
    """What the boards are made of, as of the store's time `now`, in UTC."""

    context: Context
    memory: BoardMemory
    now: datetime


class Screens:
    """The board in memory, and what is shown of it. Asks no store; safe to use from any thread."""

    def __init__(self) -> None:
        self._source: _Source | None = None
        self._shown: dict[Screen, Shown] = {}
        self._everybody: Board | None = None
        self._viewers: dict[Screen, int] = {}
        self._lock = threading.Lock()

    def begin(self, context: Context, memory: BoardMemory, now: datetime) -> None:
        """Show what was read of a store from the beginning, in place of all that was shown.

        Args:
            now: the store's time, in UTC.
        """
        with self._lock:
            self._source = _Source(context, memory, now)
            self._show_again(self._source, is_changed=True)

    def take_in(self, news: News, now: datetime) -> None:
        """Show what has changed, or what the time has changed, as of the store's time in UTC."""
        with self._lock:
            if self._source is not None:
                self._source.now = now
                self._show_again(self._source, is_changed=self._source.memory.take_in(news))

    def kept(self, screen: Screen) -> Shown | None:
        """The same if it is rendered already; waits for nothing."""
        return self._shown.get(screen)

    def shown(self, screen: Screen) -> Shown | None:
        """What this kind of screen shows now; None before a store was read."""
        with self._lock:
            if screen not in self._shown and self._source is not None:
                if len(self._shown) >= _MOST_KEPT:
                    self._drop_unviewed()
                self._shown[screen] = self._make(self._source, screen, {})
            return self._shown.get(screen)

    def everybody(self) -> Board | None:
        """The board of all facilities, as of the last look; None before a store was read."""
        with self._lock:
            source = self._source
            if source is None:
                return None
            if self._everybody is None or self._everybody.as_of != source.now:
                self._everybody = source.memory.board(source.context, source.now)
            return self._everybody

    @contextmanager
    def viewed(self, screen: Screen) -> Iterator[None]:
        """While somebody views this kind of screen, it is rendered with every change."""
        with self._lock:
            self._viewers[screen] = self._viewers.get(screen, 0) + 1
        try:
            yield
        finally:
            with self._lock:
                self._viewers[screen] -= 1
                if not self._viewers[screen]:
                    del self._viewers[screen]

    def _show_again(self, source: _Source, *, is_changed: bool) -> None:
        if is_changed:  # the others are rendered when somebody asks
            self._drop_unviewed()
        boards: dict[str | None, Board] = {}
        for screen, shown in self._shown.items():
            if is_changed or shown.board.changes_at <= source.now:
                made = self._make(source, screen, boards)
                if made.message == shown.message:  # its identity says whether it must be sent
                    made = replace(made, message=shown.message)
                self._shown[screen] = made

    def _drop_unviewed(self) -> None:
        self._shown = {screen: shown for screen, shown in self._shown.items() if screen in self._viewers}

    def _make(self, source: _Source, screen: Screen, boards: dict[str | None, Board]) -> Shown:
        if screen.facility not in boards:
            boards[screen.facility] = source.memory.board(source.context, source.now, screen.facility)
        board = boards[screen.facility]
        zone = source.context.rules_by_record.current.profile.calendar.zone
        return Shown(board, message("board", {"html": render(board, screen, zone)}), zone)
