"""Follows the store for all viewers, in one thread, and hands what has changed to each viewer's stream."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog
from anyio import CapacityLimiter, to_thread

from worker.desk.board.answers import Pulse
from worker.desk.board.follow import Follower, Look
from worker.desk.board.memory import BoardMemory
from worker.store.context import Context
from worker.web.board.screen import Screen
from worker.web.board.screens import Screens, Shown
from worker.web.store_door import StoreDoor

log = structlog.get_logger("custody")

MOST_STREAMS: Final = 200

_MOST_THREADS: Final = 4
_QUIET_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.25
_REST: Final = 3
"""How many times as long as its last look took the board rests: the clock may be on the same machine."""

_LONGEST_REST_SECONDS: Final = 0.75
_BEAT_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 1.0
_ANSWERS_WITHIN_SECONDS: Final = 2.5


@dataclass(frozen=True, slots=True)
class _Answered:
    """The newest look, and when it was, on the monotonic clock."""

    pulse: Pulse
    is_awake: bool
    at: float


class BoardFeed:
    """What the viewers see: the store as it was at the last look that it answered.

    Attributes:
        screens: what each kind of screen shows.
        streams: how many are open; whoever opens one counts it.
        threads: those that make what is shown. A store that hangs holds up all others.
    """

    def __init__(self, door: StoreDoor) -> None:
        self._door = door
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="board-feed", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._is_failing = False
        self._answered: _Answered | None = None
        self._beat: Pulse | None = None
        self._beat_due = 0.0
        self.screens = Screens()
        self.streams = 0
        self.threads = CapacityLimiter(_MOST_THREADS)

    def start(self) -> None:
        """Begin to read; from the event loop's thread."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """End all streams; safe to call from a signal handler."""
        self._stopping.set()
        self._wake()

    @property
    def pulse(self) -> Pulse | None:
        """The signs of life as they are now; older with every second that the store does not answer."""
        answered = self._answered
        if answered is None:
            return None
        since = timedelta(seconds=time.monotonic() - answered.at)
        pulse = answered.pulse
        age = None if pulse.beat_age is None else pulse.beat_age + since
        return replace(pulse, now=pulse.now + since * pulse.speed, beat_age=age)

    @property
    def store_answers(self) -> bool:
        """Whether the store has answered within 2.5 s."""
        answered = self._answered
        return answered is not None and time.monotonic() - answered.at < _ANSWERS_WITHIN_SECONDS

    @property
    def is_awake(self) -> bool:
        """Whether, at the last look, a pacemaker had completed a round within 5 s in every shard."""
        return self._answered is not None and self._answered.is_awake

    async def shown(self, screen: Screen) -> Shown | None:
        """What this kind of screen shows now; None before a store was read. Does not wait for the store."""
        kept = self.screens.kept(screen)
        return kept or await to_thread.run_sync(self.screens.shown, screen, limiter=self.threads)

    async def changes(self, screen: Screen) -> AsyncIterator[bytes | Pulse | None]:
        """The message with what this kind of screen shows, and each beat, now and whenever there is another.

        None where there was neither for 5 s. Ends with the server. Whoever is slow gets the newest only.
        """
        with self.screens.viewed(screen):
            sent: bytes | None = None
            beat: Pulse | None = None
            while not self._stopping.is_set():
                news = self._news
                shown = await self.shown(screen)
                if shown is not None and shown.message is not sent:
                    sent = shown.message
                    yield sent
                if self._beat is not None and self._beat is not beat and self.store_answers:
                    beat = self._beat
                    yield beat
                try:
                    async with asyncio.timeout(_QUIET_SECONDS):
                        await news.wait()
                except TimeoutError:
                    yield None

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow_store(self._door.context())
            except Exception as error:
                if not self._is_failing:
                    log.warning("board_not_read", problem=type(error).__name__)
                self._is_failing = True
                self._stopping.wait(_AGAIN_SECONDS)

    def _follow_store(self, context: Context) -> None:
        """Until the server stops, or the store does not answer; then everything is read again."""
        try:
            follower, memory = Follower(context), BoardMemory()
            for news in follower.read_everything():
                memory.take_in(news)
                if self._stopping.is_set():
                    return
            look = follower.look()
            memory.take_in(look.news)
            self.screens.begin(context, memory, look.pulse.now)
            took = 0.0
            while not self._stopping.is_set():
                self._note(look)
                self._stopping.wait(max(_LOOK_SECONDS, min(_REST * took, _LONGEST_REST_SECONDS)))
                began = time.monotonic()
                look = follower.look()
                self.screens.take_in(look.news, look.pulse.now)
                took = time.monotonic() - began
        finally:
            self._door.forget(context)

    def _note(self, look: Look) -> None:
        now = time.monotonic()
        self._is_failing = False
        self._answered = _Answered(look.pulse, look.is_awake, now)
        if now >= self._beat_due:
            self._beat, self._beat_due = look.pulse, now + _BEAT_SECONDS - _LOOK_SECONDS / 2
        self._wake()

    def _wake(self) -> None:
        def wake() -> None:
            news, self._news = self._news, asyncio.Event()
            news.set()

        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(wake)
