"""How the demo shows what happens: on a terminal a picture that moves, elsewhere a line for each thing."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from rich.console import Console

from ops.demo.news import News, local
from ops.demo.roll import Roll

STATUS_EVERY_SECONDS: Final = 5.0
LINES_A_SECOND: Final = 25


@dataclass(frozen=True, slots=True)
class Moment:
    """A made-up instant, who is held then, and how far it is through the whole (0 to 1)."""

    now: datetime
    roll: Roll
    progress: float


class View(AbstractContextManager["View"], Protocol):
    """Is told what happens, and shows it when it sees fit."""

    def tell(self, news: Sequence[News]) -> None:
        """These things have just happened."""

    def show(self, moment: Moment) -> None:
        """This is how things stand; called many times a second."""


class PlainView(View):
    """Lines, for a file or a pipe. Of what happens too fast to read, only how much more there was."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status_at = time.monotonic()
        self._second_ends_at = 0.0
        self._lines = 0
        self._untold: Counter[str] = Counter()

    def __exit__(self, *_: object) -> None:
        self._tell_untold()

    def tell(self, news: Sequence[News]) -> None:
        """A line each."""
        for item in news:
            if time.monotonic() > self._second_ends_at:
                self._tell_untold()
                self._second_ends_at, self._lines = time.monotonic() + 1, 0
            self._lines += 1
            if self._lines > LINES_A_SECOND:
                self._untold[item.topic] += 1
            else:
                self._line(item.at, item.topic, f"{item.booking:<10} {item.text}")

    def show(self, moment: Moment) -> None:
        """A line every few seconds: how many are held, and who is next."""
        if time.monotonic() < self._status_at:
            return
        self._status_at = time.monotonic() + STATUS_EVERY_SECONDS
        counts = moment.roll.counts
        told = f"{counts['held']} held, {counts['released']} released, {counts['closed']} closed"
        for held in moment.roll.next(1):
            told += f"; next {held.booking} at {held.station}, {local(held.deadline)}"
        self._line(moment.now, "status", told)

    def _tell_untold(self) -> None:
        if self._untold:
            more = ", ".join(f"{count} {topic}" for topic, count in self._untold.items())
            self._console.print(f"{'':<18}and {more}", soft_wrap=True)
        self._untold.clear()

    def _line(self, at: datetime, topic: str, text: str) -> None:
        self._console.print(f"{local(at)}  {topic:<9} {text}", markup=False, soft_wrap=True)
