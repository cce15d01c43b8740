"""The parts of a picture of limits: days, nights and holidays, and each limit as a bar across them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from html import escape
from typing import Final

from worker.desk.words import LIMITS
from worker.law.calendar import SUNDAY, Calendar, Day
from worker.law.explanation import Explanation, LimitExplanation
from worker.law.steps import StepKind
from worker.plain_text import escaped

WIDTH: Final = 980
_LEFT: Final = 176
_RIGHT: Final = 196
ROW: Final = 38
_BAR: Final = 18
_NARROW_DAY: Final = 80
_MORNING: Final = time(6)
_EVENING: Final = time(20)

_GOVERNS: Final[Mapping[StepKind, str]] = {
    "counted": "governs",
    "session": "governs-session",
    "left_out": "governs-hollow",
}
_LATER: Final[Mapping[StepKind, str]] = {
    "counted": "later",
    "session": "later-session",
    "left_out": "later-hollow",
}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Axis:
    """Whole local days, laid out from left to right by elapsed time."""

    days: tuple[Day, ...]
    calendar: Calendar

    def x(self, instant: datetime) -> float:
        """Where an instant is."""
        begins, ends = self.days[0].starts_at, self.days[-1].ends_at
        along = (instant - begins) / (ends - begins)
        return round(_LEFT + along * (WIDTH - _LEFT - _RIGHT), 1)

    def holds(self, instant: datetime) -> bool:
        """Whether an instant is within these days."""
        return self.days[0].starts_at <= instant <= self.days[-1].ends_at

    def width(self, start: datetime, end: datetime) -> float:
        """How far it is from one instant to another."""
        return round(max(self.x(end) - self.x(start), 0.0), 1)


def opening(explanation: Explanation, height: float, attributes: str) -> str:
    """The opening tag of a picture of this height, and its title."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" {attributes} '
        f'role="img"><title>{plain(_summary(explanation))}</title>'
    )


def axis_of(explanation: Explanation, until: datetime | None = None) -> Axis:
    """The days from the arrest to the last limit's end, or to `until` if that is later."""
    calendar = explanation.profile.calendar
    starts = [step.starts_at for limit in explanation.limits for step in limit.steps[:1]]
    begins = min(explanation.arrest.arrested_at, *starts)
    ends = max(limit.expires_at for limit in explanation.limits)
    first, last = calendar.day_of(begins), calendar.day_of(max(ends, until or ends))
    days = tuple(calendar.day(ordinal) for ordinal in range(first.ordinal, last.ordinal + 1))
    return Axis(days, calendar)


def _summary(explanation: Explanation) -> str:
    calendar = explanation.profile.calendar
    arrested, deadline = calendar.label(explanation.arrest.arrested_at), calendar.label(explanation.deadline)
    return f"Arrested {arrested}; release by {deadline} ({LIMITS[explanation.governing]})"


def days_of(axis: Axis, top: float, bottom: float) -> Iterator[str]:
    """The days with their names; nights, Sundays and holidays are shaded."""
    for day in axis.days:
        closed = day.holiday is not None or day.weekday == SUNDAY
        left, width = axis.x(day.starts_at), axis.width(day.starts_at, day.ends_at)
        if closed:
            yield rect(left, top, width, bottom - top, "closed")
        morning = axis.calendar.instant_at(day, _MORNING)
        evening = axis.calendar.instant_at(day, _EVENING)
        for start, end in ((day.starts_at, morning), (evening, day.ends_at)):
            shade = "closed-night" if closed else "night"
            yield rect(axis.x(start), top, axis.width(start, end), bottom - top, shade)
        yield line(left, top - 4, bottom, "day")
        narrow = width < _NARROW_DAY
        middle = left + width / 2
        label = f"{day.label[:3]} {day.date.day}{'' if narrow else ' ' + _MONTHS[day.date.month - 1]}"
        yield text_at(middle, top - 20, label, "middle small" if narrow else "middle")
        if closed and not narrow:
            yield text_at(middle, top - 7, _shortened(day.holiday or "Sunday", width), "middle small")
    yield line(axis.x(axis.days[-1].ends_at), top - 4, bottom, "day")


def _shortened(name: str, width: float) -> str:
    fits = int(width / 5.6)
    return name if len(name) <= fits else f"{name[: fits - 1].rstrip()}…"


def bars_of(
    explanation: Explanation, axis: Axis, top: float, label: Callable[[datetime], str]
) -> Iterator[str]:
    """Each limit as a bar; `label` says when it expires."""
    for row, limit in enumerate(explanation.limits):
        governs = limit.limit.name == explanation.governing
        yield from _bar(limit, top + ROW * row, axis, label(limit.expires_at), governs=governs)


def _bar(explained: LimitExplanation, top: float, axis: Axis, label: str, *, governs: bool) -> Iterator[str]:
    classes = _GOVERNS if governs else _LATER
    y = top + (ROW - _BAR) / 2
    yield text_at(_LEFT - 12, y + 13, LIMITS[explained.limit.name], "end strong" if governs else "end")
    yield f"<g><title>{plain(explained.limit.citation)}</title>"
    for step in explained.steps:
        end = min(step.ends_at, explained.expires_at)
        # A cut-back ends before it starts, and what it cuts off may lie outside the picture.
        if step.starts_at < end:
            width = axis.width(step.starts_at, end)
            yield rect(axis.x(step.starts_at), y, width, _BAR, classes[step.kind])
    yield "</g>"
    yield text_at(
        axis.x(explained.expires_at) + 6,
        y + 13,
        label,
        "strong" if governs else "",
    )


def legend(y: float) -> Iterator[str]:
    """What the colours mean."""
    entries = (
        ("governs", "governs"),
        ("later", "expires later"),
        ("later-session", "until a court session ends"),
        ("later-hollow", "not counted"),
        ("closed", "Sunday or court holiday"),
        ("night", "night"),
    )
    x = 14.0
    for classes, label in entries:
        yield rect(x, y - 9, 14, 10, classes)
        yield text_at(x + 19, y, label, "small")
        x += 34 + 6.3 * len(label)


def rect(x: float, y: float, width: float, height: float, classes: str) -> str:
    """A rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" class="{classes}"/>'


def line(x: float, top: float, bottom: float, classes: str) -> str:
    """A vertical line."""
    return f'<line x1="{x:g}" y1="{top:g}" x2="{x:g}" y2="{bottom:g}" class="{classes}"/>'


def plain(text: str) -> str:
    """Text for XML, which may hold no control character even as a reference."""
    return escape(escaped(text))


def text_at(x: float, y: float, text: str, style: str) -> str:
    """A line of text; `style` names its classes."""
    return f'<text x="{x:g}" y="{y:g}" class="{style}">{plain(text)}</text>'
