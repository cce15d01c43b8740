"""A picture of how many there were in each hour, day or month, as columns, for a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from worker.plain_text import escaped

_WIDTH: Final = 980
_TOP: Final = 22
_TALLEST: Final = 70
_BELOW: Final = 22
_WIDEST: Final = 60
_NAMED_AT_LEAST: Final = 62
"""Names closer together than this would run into each other."""


@dataclass(frozen=True, slots=True)
class Column:
    """How many there were in one stretch of time; `style` is the column's class in the page's style sheet."""

    name: str
    count: int
    style: str


def columns_svg(title: str, columns: Sequence[Column], line_after: int | None = None) -> str:
    """Draw columns; colours and fonts are the page's.

    Args:
        title: what is counted, for whoever does not see it.
        columns: in the order of time; at least one.
        line_after: a line stands behind so many columns, such as the present; None for none.
    """
    height = _TOP + _TALLEST + _BELOW
    step = min(_WIDTH / len(columns), _WIDEST)
    bottom = _TOP + _TALLEST
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" class="columns" '
        f'role="img"><title>{escape(escaped(title))}</title>',
        f'<line x1="0" y1="{bottom}" x2="{step * len(columns):g}" y2="{bottom}" class="day"/>',
        *_columns(columns, step, bottom),
    ]
    if line_after is not None:
        x = round(step * line_after, 1)
        parts.append(f'<line x1="{x:g}" y1="4" x2="{x:g}" y2="{bottom + 6}" class="ended"/>')
    return "\n".join([*parts, "</svg>"])


def _columns(columns: Sequence[Column], step: float, bottom: float) -> Iterator[str]:
    most = max(column.count for column in columns) or 1
    every = max(round(_NAMED_AT_LEAST / step + 0.5), 1)
    for position, column in enumerate(columns):
        tall = round(_TALLEST * column.count / most, 1)
        x, middle = step * position + step * 0.14, step * (position + 0.5)
        yield f"<g><title>{escape(escaped(column.name))}: {column.count}</title>"
        if column.count:
            yield (
                f'<rect x="{x:.1f}" y="{bottom - tall:g}" width="{step * 0.72:.1f}" height="{tall:g}" '
                f'class="{column.style}"/>'
            )
            yield _text(middle, bottom - tall - 5, f"{column.count:,}", "small middle")
        yield "</g>"
        if position % every == 0:
            yield _text(middle, bottom + 16, column.name, "small middle")


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x:.1f}" y="{y:g}" class="{style}">{escape(escaped(text))}</text>'
