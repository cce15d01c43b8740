"""A picture of an explanation: each limit as a bar across the days that it runs through."""

from collections.abc import Iterator
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
from worker.desk.words import LIMITS
from worker.law.explanation import Explanation

_TOP: Final = 92

_INK, _FAINT_INK = "#1d2733", "#5b6875"
_STYLE: Final = (
    "text{font-family:'DejaVu Sans',Verdana,sans-serif;font-size:12px;fill:" + _INK + "}"
    ".small{font-size:10.5px;fill:" + _FAINT_INK + "}.strong{font-weight:bold}.middle{text-anchor:middle}"
    ".end{text-anchor:end}.ground{fill:#ffffff}.night{fill:#e6ebf1}.closed{fill:#f9e3cd}"
    ".closed-night{fill:#eed6be}.day{stroke:#c3ccd6}"
    ".governs{fill:#0b5cad;stroke:#0b5cad}.governs-session{fill:#7fb0e0;stroke:#0b5cad}"
    ".governs-hollow{fill:#ffffff;stroke:#0b5cad}.later{fill:#74859a;stroke:#74859a}"
    ".later-session{fill:#b4bfcb;stroke:#74859a}.later-hollow{fill:#ffffff;stroke:#74859a}"
    ".deadline{stroke:#0b5cad;stroke-dasharray:4 3}"
)
"""Of a picture that stands alone; within a page the page's style sheet has these classes."""


def svg(explanation: Explanation) -> str:
    """Draw an explanation as one SVG document.

    Time runs to the right in whole local days; nights are shaded grey, Sundays and court holidays sand. Each
    limit is a bar from its start to its expiry, hollow where time does not count towards it. The limit that
    governs is blue, and a dashed line through all rows marks its deadline.
    """
    axis = axis_of(explanation)
    bottom = _TOP + ROW * len(explanation.limits)
    height = bottom + 58
    parts = [
        opening(explanation, height, f'width="{WIDTH}" height="{height}"'),
        f'<style>{_STYLE}</style><rect width="{WIDTH}" height="{height}" class="ground"/>',
        *_heading(explanation, axis),
        *days_of(axis, _TOP, bottom),
        *bars_of(explanation, axis, _TOP, axis.calendar.label),
        *_deadline(explanation, axis, _TOP, bottom),
        *legend(height - 14),
        "</svg>",
    ]
    return "\n".join(parts)


def _heading(explanation: Explanation, axis: Axis) -> Iterator[str]:
    arrest = explanation.arrest
    how = "on a warrant" if arrest.kind == "warrant" else "without a warrant"
    booked = (
        f", booked {axis.calendar.label(arrest.booked_at)}" if arrest.booked_at != arrest.arrested_at else ""
    )
    yield text_at(14, 22, f"Arrested {axis.calendar.label(arrest.arrested_at)} {how}{booked}", "strong")
    yield text_at(14, 40, f"Profile {explanation.profile.name}. {explanation.why(LIMITS)}", "small")


def _deadline(explanation: Explanation, axis: Axis, top: float, bottom: float) -> Iterator[str]:
    x = axis.x(explanation.deadline)
    yield line(x, top, bottom + 6, "deadline")
    label = f"release by {axis.calendar.label(explanation.deadline)} ({LIMITS[explanation.governing]})"
    yield text_at(min(max(x, 200), WIDTH - 200), bottom + 20, label, "middle strong")
