"""A minimal SVG writer: scales, lines, dots and labels, for the benchmark's plots."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

_FONT: Final = 'font-family="sans-serif" font-size="12"'
_INK: Final = "#333"
_FAINT: Final = "#ddd"


@dataclass(frozen=True, slots=True)
class LogScale:
    """Maps positive numbers to pixels by their logarithm; numbers outside the range go to its edge."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def around(cls, values: Sequence[float], start: float, end: float) -> "LogScale":
        """A scale between the powers of ten around the values."""
        positive = [value for value in values if value > 0] or [1.0]
        low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
        return cls(10.0**low, 10.0 ** max(high, low + 1), start, end)

    def at(self, value: float) -> float:
        """The pixel of a number."""
        inside = min(max(value, self.low), self.high)
        share = math.log10(inside / self.low) / math.log10(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """The powers of ten."""
        exponents = range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
        return [10.0**exponent for exponent in exponents]


@dataclass(frozen=True, slots=True)
class LinearScale:
    """Maps numbers from zero upwards to pixels."""

    high: float
    start: float
    end: float

    @classmethod
    def up_to(cls, values: Sequence[float], start: float, end: float) -> "LinearScale":
        """A scale from zero to a round number above the values."""
        most = max([*values, 1e-9])
        step = 10.0 ** math.floor(math.log10(most))
        return cls(math.ceil(most / step) * step, start, end)

    def at(self, value: float) -> float:
        """The pixel of a number."""
        return self.start + value / self.high * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Five ticks at equal distances."""
        return [self.high * part / 4 for part in range(5)]


@dataclass
class Drawing:
    """Shapes in drawing order, on white."""

    width: int
    height: int
    _shapes: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, what: str, anchor: str = "start") -> None:
        """A label."""
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        self._shapes.append(f'<text {place} fill="{_INK}" {_FONT}>{escape(what)}</text>')

    def line(self, points: Sequence[tuple[float, float]], colour: str = _FAINT, width: float = 1) -> None:
        """Straight lines from each point to the next."""
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._shapes.append(
            f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        )

    def dot(self, x: float, y: float, colour: str, radius: float = 4) -> None:
        """A filled circle."""
        self._shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>')

    def to_svg(self) -> str:
        """The document."""
        size = f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
                f'<rect width="{self.width}" height="{self.height}" fill="white"/>',
                *self._shapes,
                "</svg>\n",
            ]
        )


def short(value: float) -> str:
    """A number as an axis label."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:.3g}"
