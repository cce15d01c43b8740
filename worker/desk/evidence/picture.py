"""A picture of one booking's limits for its page, with what happened meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from worker.desk.limits_bars import (
    ROW,
    WIDTH,
    Axis,
    axis_of,
    bars_of,
    days_of,
    legend,
    line,
    opening,
    text_at,
)
from worker.desk.plain_words import brief
from worker.law.explanation import Explanation

_TOP: Final = 40
_LABEL_ROW: Final = 17
_LETTER: Final = 7.2
_LONGEST: Final = timedelta(days=14)
"""What happened later than this after the arrest is not drawn."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What happened meanwhile: it moves no limit.

    Attributes:
        contacts: by ICE, each with a few words.
        ended: when custody ended, with a few words; None while it goes on.
    """

    contacts: tuple[tuple[datetime, str], ...] = ()
    ended: tuple[datetime, str] | None = None


def inline_svg(explanation: Explanation, marks: Marks) -> str:
    """Draw an explanation for a page, with what happened meanwhile; colours and fonts are the page's."""
    instants = [at for at, _ in (*marks.contacts, *([marks.ended] if marks.ended else []))]
    latest = max((at for at in instants if at - explanation.arrest.arrested_at <= _LONGEST), default=None)
    axis = axis_of(explanation, latest)
    top = _TOP
    bottom = top + ROW * len(explanation.limits)
    below = list(_marked(marks, axis, top, bottom))
    rows = max((row for row, _ in below), default=0)
    height = bottom + 30 + _LABEL_ROW * rows + 40
    zone, beside = axis.calendar.zone, explanation.deadline
    parts = [
        opening(explanation, height, 'class="limits"'),
        *days_of(axis, top, bottom),
        *bars_of(explanation, axis, top, lambda at: brief(at, beside, zone)),
        *(part for _, part in below),
        *legend(height - 10),
        "</svg>",
    ]
    return "\n".join(parts)


def _marked(marks: Marks, axis: Axis, top: float, bottom: float) -> Iterator[tuple[int, str]]:
    """Each mark below the bars with its words, and the row of words that these are in."""
    taken: list[float] = []
    points = [(at, text, "contact") for at, text in marks.contacts]
    points += [(*marks.ended, "ended")] if marks.ended else []
    for at, text, kind in sorted(points):
        if not axis.holds(at):
            continue
        x = axis.x(at)
        half = _LETTER * len(text) / 2
        middle = min(max(x, half + 4), WIDTH - half - 4)
        row = next((row for row, end in enumerate(taken) if middle - half > end), len(taken))
        taken[row : row + 1] = [middle + half + 8]
        if kind == "ended":
            yield row, line(x, top - 4, bottom + 14, "ended")
        else:
            yield row, f'<circle cx="{x:g}" cy="{bottom + 8:g}" r="5" class="contact"/>'
        yield row, text_at(middle, bottom + 30 + _LABEL_ROW * row, text, f"middle {kind}-text")
