"""The demo on a terminal: who is held, who is next, who was just released and why, what ICE was told."""

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

from ops.demo.news import News, Topic, local, long_local, short
from ops.demo.view import Moment, View

FRAMES_A_SECOND: Final = 6
WIDE: Final = 110
"""Columns from which two panels stand side by side."""
SOON: Final = timedelta(hours=1)

_LEAST_PANEL_LINES: Final = 3

_STYLES: Final = {
    Topic.RELEASED: "green",
    Topic.CLOSED: "blue",
    Topic.ICE_ASKS: "yellow",
    Topic.ICE_TOLD: "cyan",
    Topic.ALARM: "bold red",
    Topic.OVERDUE: "red",
    Topic.REFUSED: "magenta",
}
_PANELS: Final = {
    "Just released or closed, and why": (Topic.RELEASED, Topic.CLOSED),
    "ICE asks, and is told": (Topic.ICE_ASKS, Topic.ICE_TOLD),
    "For the watch: alarms, overdue, refused events": (Topic.ALARM, Topic.OVERDUE, Topic.REFUSED),
}


class LiveView(View):
    """A picture of the present, drawn a few times a second on the whole terminal, gone at the end."""

    def __init__(self, console: Console, title: str, speed: float) -> None:
        self._console = console
        self._title = f"{title}, {speed:g} times as fast as real"
        self._live = Live(console=console, screen=True, auto_refresh=False)
        self._recent = {panel: deque[News](maxlen=100) for panel in _PANELS}
        self._told = dict.fromkeys(Topic, 0)
        self._next_frame_at = 0.0

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def tell(self, news: Sequence[News]) -> None:
        """Keep it for the next frame."""
        for item in news:
            self._told[item.topic] += 1
            for panel, topics in _PANELS.items():
                if item.topic in topics:
                    self._recent[panel].appendleft(item)

    def show(self, moment: Moment) -> None:
        """Draw, unless the last frame is too young."""
        if time.monotonic() < self._next_frame_at:
            return
        self._next_frame_at = time.monotonic() + 1 / FRAMES_A_SECOND
        self._live.update(self._picture(moment), refresh=True)

    def _picture(self, moment: Moment) -> RenderableType:
        width, height = self._console.size
        head = self._head(moment)
        rows = height - 3
        if width < WIDE:
            # As many panels as there is room for, the first of them with what the others leave.
            fitting = min(1 + len(_PANELS), rows // _LEAST_PANEL_LINES)
            share = rows // max(1, fitting)
            others = list(_PANELS)[: max(0, fitting - 1)]
            first = self._next(moment, rows - share * len(others))
            return Group(head, first, *self._panels(others, share))
        upper = rows // 2
        released, ice, watch = _PANELS
        grid = Table.grid(expand=True)
        grid.add_column(ratio=4)
        grid.add_column(ratio=5)
        grid.add_row(self._next(moment, upper), *self._panels([ice], upper))
        grid.add_row(*self._panels([released, watch], rows - upper))
        return Group(head, grid)

    def _head(self, moment: Moment) -> RenderableType:
        counts = moment.roll.counts
        grid = Table.grid(expand=True)
        grid.add_column(no_wrap=True, min_width=len(long_local(moment.now)) + 2)
        grid.add_column(no_wrap=True, justify="right", style="dim")
        grid.add_row(Text(long_local(moment.now), style="bold"), self._title)
        told = (
            f"held {counts['held']:<4} released {counts['released']:<4} closed {counts['closed']:<4} "
            f"ICE asked about {len(moment.roll.asked_about):<3} alarms {self._told[Topic.ALARM]:<3} "
            f"refused {self._told[Topic.REFUSED]}"
        )
        bar = Table.grid(expand=True)
        bar.add_row(ProgressBar(total=1, completed=moment.progress, complete_style="green"))
        return Group(grid, Text(told, no_wrap=True, overflow="ellipsis"), bar)

    def _next(self, moment: Moment, height: int) -> Panel:
        table = Table.grid(padding=(0, 2, 0, 0), expand=True)
        table.add_column(no_wrap=True, max_width=16)
        table.add_column(no_wrap=True, ratio=1)
        for justify in ("left", "right", "left"):
            table.add_column(no_wrap=True, justify=justify)
        for held in moment.roll.next(height - 2):
            left = max(held.deadline - moment.now, timedelta())
            table.add_row(
                held.booking,
                held.station,
                local(held.deadline),
                Text(short(left), style="yellow" if left < SOON else ""),
                Text("ICE" if held.asked_about else "   ", style="cyan"),
            )
        return Panel(table, title="Held: who is next", height=height, title_align="left")

    def _panels(self, titles: Iterable[str], height: int) -> list[Panel]:
        panels = []
        for title in titles:
            table = Table.grid(padding=(0, 2, 0, 0), expand=True)
            for width in (None, 16, None):
                table.add_column(no_wrap=True, max_width=width)
            table.add_column(no_wrap=True, ratio=1)
            for item in list(self._recent[title])[: height - 2]:
                kind = Text(item.topic.removeprefix("ICE "), style=_STYLES[item.topic])
                table.add_row(local(item.at)[-5:], item.booking, kind, item.text)
            panels.append(Panel(table, title=title, height=height, title_align="left"))
        return panels
