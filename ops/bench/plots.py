"""Draws the kept results: the lateness of every contender, and how the clock's cost grows."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ops.bench.cases import SUMMARY, Document
from ops.bench.columns import at
from ops.bench.contenders import OURS
from ops.bench.report import GROWS_WITH, middle, rows
from ops.bench.svg import Drawing, LinearScale, LogScale, short

PLOTS: Final = Path(__file__).parent / "plots"

_OUR_COLOUR: Final = "#b3261e"
_OTHER_COLOUR: Final = "#3b6ea5"
_LABELS_PX: Final = 290
_RIGHT_PX: Final = 720
_ROW_PX: Final = 24
_LATENESS_CASES: Final = ("spread", "instant", "steady")

Point = tuple[float, float]


def draw(documents: dict[str, Document], into: Path = PLOTS) -> list[str]:
    """Draw every case with results; return the file names."""
    into.mkdir(parents=True, exist_ok=True)
    drawn = []
    for case, document in documents.items():
        picture = None
        if case in _LATENESS_CASES:
            picture = lateness(document)
        elif case == "pending":
            picture = memory(document)
        elif case in GROWS_WITH:
            picture = growth(document)
        if picture is not None:
            (into / f"{case}.svg").write_text(picture.to_svg(), encoding="utf-8")
            drawn.append(f"{case}.svg")
    return drawn


def lateness(document: Document) -> Drawing:
    """One row per contender: median, 99th percentile and maximum, as the observer saw them; logarithmic."""
    found = {
        label: [middle(at("seen_ms", name), entries) for name in ("p50", "p99", "max")]
        for label, entries in rows(document).items()
    }
    known = {label: [value for value in values if value is not None] for label, values in found.items()}
    return _bars(
        f"{document[SUMMARY]}: lateness in ms, seen after the fsync; median, p99 and max", known, floor=0.1
    )


def memory(document: Document) -> Drawing:
    """One row per contender: bytes per pending timer, server and workers together."""

    def both(entry: Document) -> float | None:
        parts = [at(f"{where}_bytes_a_timer")(entry) for where in ("stored", "worker")]
        values = [max(0.0, part) for part in parts if part is not None]
        return sum(values) if values else None

    found = {label: middle(both, entries) for label, entries in rows(document).items()}
    return _bars(
        "memory per pending timer, server and workers, bytes",
        {label: [value] if value else [] for label, value in found.items()},
        floor=10,
    )


def growth(document: Document) -> Drawing:
    """Events per second against what grows; for pending records also the 99th percentile of lateness."""
    what = GROWS_WITH[document["case"]]
    drawing = Drawing(760, 260 if what != "pending" else 520)
    _curve(
        drawing,
        30,
        f"events per second, inbox to clock, against {what}",
        _points(document, at("events_a_second")),
    )
    if what == "pending":
        seen = _points(document, at("seen_ms", "p99"))
        _curve(drawing, 290, "p99 lateness in ms, seen after the fsync, against pending records", seen)
    return drawing


def _points(document: Document, find: Callable[[Document], float | None]) -> list[Point]:
    what = GROWS_WITH[document["case"]]
    grouped = rows(document).values()
    found = [(float(entries[0][what]), middle(find, entries)) for entries in grouped]
    return [(x, y) for x, y in sorted(found) if y is not None]


def _bars(title: str, values: dict[str, list[float]], floor: float) -> Drawing:
    top = 60
    drawing = Drawing(760, top + _ROW_PX * len(values) + 20)
    everything = [max(value, floor) for row in values.values() for value in row]
    scale = LogScale.around(everything, _LABELS_PX, _RIGHT_PX)
    drawing.text(10, 20, title)
    for tick in scale.ticks():
        x = scale.at(tick)
        drawing.line([(x, top - 8), (x, drawing.height - 10)])
        drawing.text(x, top - 14, short(tick), "middle")
    for index, (label, row) in enumerate(values.items()):
        y = top + _ROW_PX * index + 8
        colour = _OUR_COLOUR if label.startswith(OURS) else _OTHER_COLOUR
        drawing.text(_LABELS_PX - 10, y + 4, label, "end")
        if not row:
            drawing.text(_LABELS_PX + 4, y + 4, "failed")
            continue
        drawing.line([(scale.at(value), y) for value in (min(row), max(row))], colour, 2)
        for value, radius in zip(row, (5, 4, 2.5), strict=False):
            drawing.dot(scale.at(value), y, colour, radius)
    return drawing


def _curve(drawing: Drawing, top: int, title: str, points: Sequence[Point]) -> None:
    left, bottom = 70, top + 190
    xs, ys = [x for x, _ in points], [y for _, y in points]
    wide = bool(xs) and min(xs) > 0 and max(xs) / min(xs) >= 20
    across: LogScale | LinearScale = (
        LogScale.around(xs, left, _RIGHT_PX) if wide else LinearScale.up_to(xs, left, _RIGHT_PX)
    )
    up = LinearScale.up_to(ys, bottom, top + 20)
    drawing.text(10, top, title)
    for tick in up.ticks():
        drawing.line([(left, up.at(tick)), (_RIGHT_PX, up.at(tick))])
        drawing.text(left - 8, up.at(tick) + 4, short(tick), "end")
    for x in xs:
        drawing.text(across.at(x), bottom + 18, short(x), "middle")
    placed = [(across.at(x), up.at(y)) for x, y in points]
    if placed:
        drawing.line(placed, _OUR_COLOUR, 2)
    for x, y in placed:
        drawing.dot(x, y, _OUR_COLOUR)
