"""A picture of an explanation: each limit as a bar across the days that it runs through."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from html import escape
from typing import Final

from worker.desk.words import LIMITS
from worker.law.calendar import SUNDAY, Calendar, Day
from worker.law.explanation import Explanation, LimitExplanation
from worker.law.steps import StepKind
from worker.plain_text import escaped

_WIDTH: Final = 980
_LEFT: Final = 176
_RIGHT: Final = 196
_TOP: Final = 92
_ROW: Final = 38
_BAR: Final = 18
_NARROW_DAY: Final = 80
_MORNING: Final = time(6)
_EVENING: Final = time(20)

_INK, _FAINT_INK = "#1d2733", "#5b6875"
_NIGHT, _CLOSED, _CLOSED_NIGHT = "#e6ebf1", "#f9e3cd", "#eed6be"
_HOLLOW: Final = "#ffffff"
_GOVERNS: Final[Mapping[StepKind, str]] = {"counted": "#0b5cad", "session": "#7fb0e0", "left_out": _HOLLOW}
_LATER: Final[Mapping[StepKind, str]] = {"counted": "#74859a", "session": "#b4bfcb", "left_out": _HOLLOW}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_STYLE: Final = (
    "text{font-family:'DejaVu Sans',Verdana,sans-serif;font-size:12px;fill:" + _INK + "}"
    ".small{font-size:10.5px;fill:" + _FAINT_INK + "}.strong{font-weight:bold}.middle{text-anchor:middle}"
    ".end{text-anchor:end}"
)


@dataclass(frozen=True, slots=True)
class _Axis:
    """Whole local days, laid out from left to right by elapsed time."""

    days: tuple[Day, ...]
    calendar: Calendar

    def x(self, instant: datetime) -> float:
        begins, ends = self.days[0].starts_at, self.days[-1].ends_at
        along = (instant - begins) / (ends - begins)
        return round(_LEFT + along * (_WIDTH - _LEFT - _RIGHT), 1)

    def width(self, start: datetime, end: datetime) -> float:
        return round(max(self.x(end) - self.x(start), 0.0), 1)


def svg(explanation: Explanation) -> str:
    """Draw an explanation as one SVG document.

    Time runs to the right in whole local days; nights are shaded grey, Sundays and court holidays sand. Each
    limit is a bar from its start to its expiry, hollow where time does not count towards it. The limit that
    governs is blue, and a dashed line through all rows marks its deadline.
    """
    axis = _axis(explanation)
    bottom = _TOP + _ROW * len(explanation.limits)
    height = bottom + 58
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" role="img"><title>{_plain(_summary(explanation))}</title><style>{_STYLE}</style>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        *_heading(explanation, axis),
        *_days(axis, bottom),
        *(
            part
            for row, limit in enumerate(explanation.limits)
            for part in _bar(
                limit, _TOP + _ROW * row, axis, governs=limit.limit.name == explanation.governing
            )
        ),
        *_deadline(explanation, axis, bottom),
        *_legend(height - 14),
        "</svg>",
    ]
    return "\n".join(parts)


def _axis(explanation: Explanation) -> _Axis:
    calendar = explanation.profile.calendar
    starts = [step.starts_at for limit in explanation.limits for step in limit.steps[:1]]
    first = calendar.day_of(min(explanation.arrest.arrested_at, *starts))
    last = calendar.day_of(max(limit.expires_at for limit in explanation.limits))
    days = tuple(calendar.day(ordinal) for ordinal in range(first.ordinal, last.ordinal + 1))
    return _Axis(days, calendar)


def _summary(explanation: Explanation) -> str:
    calendar = explanation.profile.calendar
    arrested, deadline = calendar.label(explanation.arrest.arrested_at), calendar.label(explanation.deadline)
    return f"Arrested {arrested}; release by {deadline} ({LIMITS[explanation.governing]})"


def _heading(explanation: Explanation, axis: _Axis) -> Iterator[str]:
    arrest = explanation.arrest
    how = "on a warrant" if arrest.kind == "warrant" else "without a warrant"
    booked = (
        f", booked {axis.calendar.label(arrest.booked_at)}" if arrest.booked_at != arrest.arrested_at else ""
    )
    yield _text(14, 22, f"Arrested {axis.calendar.label(arrest.arrested_at)} {how}{booked}", "strong")
    yield _text(14, 40, f"Profile {explanation.profile.name}. {explanation.why(LIMITS)}", "small")


def _days(axis: _Axis, bottom: int) -> Iterator[str]:
    for day in axis.days:
        closed = day.holiday is not None or day.weekday == SUNDAY
        left, width = axis.x(day.starts_at), axis.width(day.starts_at, day.ends_at)
        if closed:
            yield _rect(left, _TOP, width, bottom - _TOP, _CLOSED)
        morning = axis.calendar.instant_at(day, _MORNING)
        evening = axis.calendar.instant_at(day, _EVENING)
        for start, end in ((day.starts_at, morning), (evening, day.ends_at)):
            shade = _CLOSED_NIGHT if closed else _NIGHT
            yield _rect(axis.x(start), _TOP, axis.width(start, end), bottom - _TOP, shade)
        yield _line(left, _TOP - 4, bottom, "#c3ccd6")
        narrow = width < _NARROW_DAY
        middle = left + width / 2
        label = f"{day.label[:3]} {'' if narrow else _MONTHS[day.date.month - 1] + ' '}{day.date.day}"
        yield _text(middle, _TOP - 20, label, "middle small" if narrow else "middle")
        if closed and not narrow:
            yield _text(middle, _TOP - 7, _shortened(day.holiday or "Sunday", width), "middle small")
    yield _line(axis.x(axis.days[-1].ends_at), _TOP - 4, bottom, "#c3ccd6")


def _shortened(name: str, width: float) -> str:
    fits = int(width / 5.6)
    return name if len(name) <= fits else f"{name[: fits - 1].rstrip()}…"


def _bar(explained: LimitExplanation, top: int, axis: _Axis, *, governs: bool) -> Iterator[str]:
    colours = _GOVERNS if governs else _LATER
    y = top + (_ROW - _BAR) / 2
    yield _text(_LEFT - 12, y + 13, LIMITS[explained.limit.name], "end strong" if governs else "end")
    yield f"<g><title>{_plain(explained.limit.citation)}</title>"
    for step in explained.steps:
        end = min(step.ends_at, explained.expires_at)
        # A cut-back ends before it starts, and what it cuts off may lie outside the picture.
        if step.starts_at < end:
            width = axis.width(step.starts_at, end)
            yield _rect(axis.x(step.starts_at), y, width, _BAR, colours[step.kind], colours["counted"])
    yield "</g>"
    yield _text(
        axis.x(explained.expires_at) + 6,
        y + 13,
        axis.calendar.label(explained.expires_at),
        "strong" if governs else "",
    )


def _deadline(explanation: Explanation, axis: _Axis, bottom: int) -> Iterator[str]:
    x = axis.x(explanation.deadline)
    yield _line(x, _TOP, bottom + 6, _GOVERNS["counted"], dashes="4 3")
    label = f"release by {axis.calendar.label(explanation.deadline)} ({LIMITS[explanation.governing]})"
    yield _text(min(max(x, 200), _WIDTH - 200), bottom + 20, label, "middle strong")


def _legend(y: int) -> Iterator[str]:
    entries = (
        (_GOVERNS["counted"], "governs"),
        (_LATER["counted"], "expires later"),
        (_LATER["session"], "until a court session ends"),
        (_HOLLOW, "not counted"),
        (_CLOSED, "Sunday or court holiday"),
        (_NIGHT, "night"),
    )
    x = 14.0
    for colour, label in entries:
        yield _rect(x, y - 9, 14, 10, colour, _LATER["counted"] if colour == _HOLLOW else "none")
        yield _text(x + 19, y, label, "small")
        x += 34 + 6.3 * len(label)


def _rect(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none") -> str:
    size = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f'<rect {size} fill="{fill}" stroke="{stroke}"/>'


def _line(x: float, top: float, bottom: float, stroke: str, dashes: str = "none") -> str:
    ends = f'x1="{x:g}" y1="{top:g}" x2="{x:g}" y2="{bottom:g}"'
    return f'<line {ends} stroke="{stroke}" stroke-dasharray="{dashes}"/>'


def _plain(text: str) -> str:
    """Text for XML, which may hold no control character even as a reference."""
    return escape(escaped(text))


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{style}">{_plain(text)}</text>'
