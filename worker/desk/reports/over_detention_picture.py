"""A picture of over-detention: people by how long, and minutes by station, cause and month, as bars."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from worker.desk.reports.over_detention import BUCKETS_HOURS, OverDetention, Sums
from worker.desk.reports.over_detention_words import bucket_name
from worker.desk.words import basis_of_end, why_kept
from worker.plain_text import escaped

_WIDTH: Final = 820
_LEFT: Final = 250
_RIGHT: Final = 190
_ROW: Final = 22
_BAR: Final = 14
_LONGEST_NAME: Final = 34

_INK, _FAINT_INK = "#1d2733", "#5b6875"
_BUCKETS: Final = ("kept-0", "kept-2", "kept-4", "kept-12", "kept-24")
"""The classes of the buckets' bars, the shortest first."""

_MINUTES: Final = "minutes"

_STYLE: Final = (
    "text{font-family:'DejaVu Sans',Verdana,sans-serif;font-size:12px;fill:" + _INK + "}"
    ".small{font-size:10.5px;fill:" + _FAINT_INK + "}.strong{font-weight:bold}.end{text-anchor:end}"
    ".ground{fill:#ffffff}.minutes{fill:#0b5cad}.kept-0{fill:#b4bfcb}.kept-2{fill:#7fb0e0}"
    ".kept-4{fill:#0b5cad}.kept-12{fill:#e0a34a}.kept-24{fill:#b3361e}"
)
"""Of a picture that stands alone; within a page the page's style sheet has these classes."""


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    value: int
    caption: str
    style: str = _MINUTES


def svg(report: OverDetention) -> str:
    """Draw a report as one SVG document: a section of bars for each way to group it."""
    sections, height = _sections(report, 64)
    ground = f'<style>{_STYLE}</style><rect width="{_WIDTH}" height="{height}" class="ground"/>'
    size = f'width="{_WIDTH}" height="{height}"'
    parts = [_opening(report, height, size) + ground, *_heading(report), *sections, "</svg>"]
    return "\n".join(parts) + "\n"


def inline_svg(report: OverDetention) -> str:
    """Draw the same bars for a page, which has a heading; colours and fonts are the page's."""
    sections, height = _sections(report, 8)
    return "\n".join([_opening(report, height, 'class="bars"'), *sections, "</svg>"])


def _opening(report: OverDetention, height: int, attributes: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" {attributes} '
        f'role="img"><title>{_plain(_summary(report))}</title>'
    )


def _sections(report: OverDetention, top: int) -> tuple[list[str], int]:
    """The bars below `top`, and where they end."""
    parts: list[str] = []
    for title, bars in (
        ("People by how long after the entitlement they left", _by_bucket(report)),
        (
            "Minutes by station",
            _by_minutes({name or "not known": s for name, s in report.by_station().items()}),
        ),
        ("Minutes by cause", _by_minutes({basis_of_end(name): s for name, s in report.by_basis().items()})),
        ("Minutes by what took longest", _by_minutes({why_kept(n): s for n, s in report.by_why().items()})),
        ("Minutes by month of the entitlement", _by_minutes(report.by_month())),
    ):
        parts += _section(title, bars, top)
        top += 40 + _ROW * max(len(bars), 1)
    return parts, top


def _summary(report: OverDetention) -> str:
    sums = Sums.of(report.people)
    return f"Over-detention: {_people(sums.people)} entitled to leave, {sums.minutes:,} minutes past that"


def _heading(report: OverDetention) -> Iterator[str]:
    first, last = (
        instant.astimezone(report.zone).strftime("%d %b %Y %H:%M")
        for instant in (report.period.since, report.period.until)
    )
    yield _text(14, 24, _summary(report), "strong")
    still_here = f"; {report.still_here} still here" if report.still_here else ""
    unreadable = f"; {len(report.unreadable)} records cannot be read" if report.unreadable else ""
    yield _text(14, 42, f"Entitled from {first} to {last}{still_here}{unreadable}", "small")


def _by_bucket(report: OverDetention) -> list[_Bar]:
    counts = Sums.of(report.people).buckets
    return [
        _Bar(bucket_name(hours), count, _people(count), style)
        for hours, count, style in zip(BUCKETS_HOURS, counts, _BUCKETS, strict=True)
    ]


def _by_minutes(grouped: Mapping[str, Sums]) -> list[_Bar]:
    return [
        _Bar(name, sums.minutes, f"{sums.minutes:,} min, {_people(sums.people)}")
        for name, sums in grouped.items()
    ]


def _section(title: str, bars: Sequence[_Bar], top: int) -> Iterator[str]:
    yield _text(14, top + 14, title, "strong")
    if not bars:
        yield _text(_LEFT, top + 14 + _ROW, "nobody", "small")
    most = max((bar.value for bar in bars), default=0) or 1
    for position, bar in enumerate(bars):
        y = top + 24 + _ROW * position
        width = round((_WIDTH - _LEFT - _RIGHT) * bar.value / most, 1)
        yield f"<g><title>{_plain(bar.name)}</title>{_text(_LEFT - 10, y + 11, _shortened(bar.name), 'end')}"
        yield f'<rect x="{_LEFT}" y="{y}" width="{width:g}" height="{_BAR}" class="{bar.style}"/>'
        yield f"{_text(_LEFT + width + 6, y + 11, bar.caption, 'small')}</g>"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _shortened(name: str) -> str:
    shown = escaped(name)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1].rstrip()}…"


def _plain(text: str) -> str:
    """Text for XML, which may hold neither control characters nor these two, even as references."""
    return escape(escaped(text).replace("\ufffe", r"\ufffe").replace("\uffff", r"\uffff"))


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{style}">{_plain(text)}</text>'
