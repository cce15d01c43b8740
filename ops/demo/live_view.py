"""The demo on a terminal: who is held, who is next, who was just released and why, what ICE was sent."""

import time
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ops.demo.narration import Line, Topic, local, long_local, short
from ops.demo.view import Snapshot, View, arrived
from ops.demo.weekend_events import LOS_ANGELES
from worker.cli.output import plain
from worker.desk.letters import write

FRAMES_PER_SECOND: Final = 6
WIDE: Final = 110
"""Columns from which two panels are shown side by side."""
SOON: Final = timedelta(hours=1)

_HEAD_LINES: Final = 4
_LEAST_PANEL_LINES: Final = 3

_STYLES: Final = {
    Topic.RELEASED: "green",
    Topic.CLOSED: "blue",
    Topic.ICE_ASKS: "yellow",
    Topic.ICE_NOTIFIED: "cyan",
    Topic.ALARM: "bold red",
    Topic.OVERDUE: "red",
    Topic.REJECTED: "magenta",
}
_PANELS: Final = {
    "Just released or closed, and why": (Topic.RELEASED, Topic.CLOSED),
    "ICE: requests and notices": (Topic.ICE_ASKS, Topic.ICE_NOTIFIED),
    "For the watch: alarms, overdue, rejected events": (Topic.ALARM, Topic.OVERDUE, Topic.REJECTED),
}


class LiveView(View):
    """Fills the terminal, redraws a few times a second, and restores the screen at the end."""

    def __init__(self, console: Console, title: str, speed: float, board: str | None = None) -> None:
        """`board` is its address, for whoever wants to watch there."""
        self._console = console
        self._board = board
        self._title = f"{title}, at {speed:g} times real speed"
        self._live = Live(console=console, screen=True, auto_refresh=False)
        self._recent = {panel: deque[Line](maxlen=100) for panel in _PANELS}
        self._count_by_topic = dict.fromkeys(Topic, 0)
        self._next_frame_at = 0.0

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def narrate(self, lines: Sequence[Line]) -> None:
        """Keep the lines for the next frame."""
        for line in lines:
            self._count_by_topic[line.topic] += 1
            for panel, topics in _PANELS.items():
                if line.topic in topics:
                    self._recent[panel].appendleft(line)

    def show(self, snapshot: Snapshot) -> None:
        """Draw a frame, unless the last one is too recent."""
        if time.monotonic() < self._next_frame_at:
            return
        self._next_frame_at = time.monotonic() + 1 / FRAMES_PER_SECOND
        self._live.update(self._frame(snapshot), refresh=True)

    def _frame(self, snapshot: Snapshot) -> RenderableType:
        width, height = self._console.size
        head = self._head(snapshot)
        rows = height - _HEAD_LINES - (1 if self._board else 0)
        if width < WIDE:
            # As many panels as fit; the first one takes the rows that the others leave.
            fitting = min(1 + len(_PANELS), rows // _LEAST_PANEL_LINES)
            share = rows // max(1, fitting)
            others = list(_PANELS)[: max(0, fitting - 1)]
            first = self._next(snapshot, rows - share * len(others))
            return Group(head, first, *self._panels(others, share))
        upper = rows // 2
        released, ice, watch = _PANELS
        grid = Table.grid(expand=True)
        grid.add_column(ratio=4)
        grid.add_column(ratio=5)
        grid.add_row(self._next(snapshot, upper), *self._panels([ice], upper))
        grid.add_row(*self._panels([released, watch], rows - upper))
        return Group(head, grid)

    def _head(self, snapshot: Snapshot) -> RenderableType:
        counts = snapshot.in_custody.counts
        grid = Table.grid(expand=True)
        grid.add_column(no_wrap=True, min_width=len(long_local(snapshot.now)) + 2)
        grid.add_column(no_wrap=True, justify="right", style="dim")
        grid.add_row(Text(long_local(snapshot.now), style="bold"), plain(self._title))
        totals = (
            f"held {counts['held']:<4} released {counts['released']:<4} closed {counts['closed']:<4} "
            f"ICE asked about {len(snapshot.in_custody.ice_contacted):<3} "
            f"alarms {self._count_by_topic[Topic.ALARM]:<3} "
            f"rejected {self._count_by_topic[Topic.REJECTED]}"
        )
        bar = Table.grid(expand=True)
        bar.add_row(ProgressBar(total=1, completed=snapshot.progress, complete_style="green"))
        board = [f"the same in a browser: {self._board}"] if self._board else []
        shown = (totals, _arrived(snapshot), *board)
        lines = [Text(line, no_wrap=True, overflow="ellipsis") for line in shown]
        return Group(grid, *lines, bar)

    def _next(self, snapshot: Snapshot, height: int) -> Panel:
        table = Table.grid(padding=(0, 2, 0, 0), expand=True)
        table.add_column(no_wrap=True, max_width=16)
        table.add_column(no_wrap=True, ratio=1)
        for justify in ("left", "right", "left"):
            table.add_column(no_wrap=True, justify=justify)
        for person in snapshot.in_custody.next(height - 2):
            left = max(person.deadline - snapshot.now, timedelta())
            table.add_row(
                plain(person.booking),
                plain(person.facility or ""),
                local(person.deadline),
                Text(short(left), style="yellow" if left < SOON else ""),
                Text("ICE" if person.ice_contacted else "   ", style="cyan"),
            )
        return Panel(table, title="Held: who is next", height=height, title_align="left")

    def _panels(self, titles: Iterable[str], height: int) -> list[Panel]:
        panels = []
        for title in titles:
            table = Table.grid(padding=(0, 2, 0, 0), expand=True)
            for width in (None, 16, None):
                table.add_column(no_wrap=True, max_width=width)
            table.add_column(no_wrap=True, ratio=1)
            for line in list(self._recent[title])[: height - 2]:
                kind = Text(line.topic.removeprefix("ICE "), style=_STYLES[line.topic])
                table.add_row(local(line.at)[-5:], plain(line.booking), kind, plain(line.text))
            panels.append(Panel(table, title=title, height=height, title_align="left"))
        return panels


def _arrived(snapshot: Snapshot) -> str:
    """What has arrived at whom, and what came last by webhook."""
    last = snapshot.received.last
    subject = f"; last: {write(last.event, LOS_ANGELES).subject}" if last else ""
    return f"arrived: {arrived(snapshot.received)}{subject}"
