"""How the demo shows what happens: a live picture on a terminal, one line per happening elsewhere."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from rich.console import Console

from ops.demo.in_custody import InCustody
from ops.demo.narration import Line, local
from ops.demo.received import AUDIENCES, Received
from worker.cli.output import plain

STATUS_INTERVAL_SECONDS: Final = 5.0
LINES_PER_SECOND: Final = 25


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A simulated instant in UTC, who is in custody and what has arrived then, and the progress (0 to 1)."""

    now: datetime
    in_custody: InCustody
    received: Received
    progress: float


def arrived(received: Received) -> str:
    """How many notices have arrived at whom."""
    counts = received.counts()
    return ", ".join(f"{AUDIENCES[audience]} {counts[audience]}" for audience in ("jms", "ice", "watch"))


class View(AbstractContextManager["View"], Protocol):
    """Receives what happens, and decides what to show of it and when."""

    def narrate(self, lines: Sequence[Line]) -> None:
        """These things have just happened."""

    def show(self, snapshot: Snapshot) -> None:
        """The present state; called many times a second."""


class PlainView(View):
    """Lines, for a file or a pipe. Whatever comes too fast to read is only counted."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next_status_at = time.monotonic()
        self._second_ends_at = 0.0
        self._lines = 0
        self._omitted: Counter[str] = Counter()

    def __exit__(self, *_: object) -> None:
        self._print_omitted()

    def narrate(self, lines: Sequence[Line]) -> None:
        """Print each line, up to so many a second."""
        for line in lines:
            if time.monotonic() > self._second_ends_at:
                self._print_omitted()
                self._second_ends_at, self._lines = time.monotonic() + 1, 0
            self._lines += 1
            if self._lines > LINES_PER_SECOND:
                self._omitted[line.topic] += 1
            else:
                self._print(line.at, line.topic, f"{line.booking:<10} {line.text}")

    def show(self, snapshot: Snapshot) -> None:
        """Every few seconds, print how many are held and who is next."""
        if time.monotonic() < self._next_status_at:
            return
        self._next_status_at = time.monotonic() + STATUS_INTERVAL_SECONDS
        counts = snapshot.in_custody.counts
        status = f"{counts['held']} held, {counts['released']} released, {counts['closed']} closed"
        for person in snapshot.in_custody.next(1):
            status += f"; next {person.booking} at {person.facility}, {local(person.deadline)}"
        self._print(snapshot.now, "status", f"{status}; arrived: {arrived(snapshot.received)}")

    def _print_omitted(self) -> None:
        if self._omitted:
            more = ", ".join(f"{count} {topic}" for topic, count in self._omitted.items())
            self._console.print(f"{'':<18}and {more}", soft_wrap=True)
        self._omitted.clear()

    def _print(self, at: datetime, topic: str, text: str) -> None:
        self._console.print(plain(f"{local(at)}  {topic:<12} {text}"), soft_wrap=True)
