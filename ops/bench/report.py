"""Writes the kept results as tables into the benchmark's page, between its two markers."""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final, TypeAlias

from ops.bench.cases import SUMMARY, Document
from ops.bench.contenders import OURS
from ops.bench.machine import C_LIBRARY

PAGE: Final = Path(__file__).parents[1] / "docs" / "PERFORMANCE.md"
BEGIN: Final = "<!-- results begin: written by `custody bench --report` -->"
END: Final = "<!-- results end -->"

Entry: TypeAlias = Document
Column: TypeAlias = tuple[str, Callable[[Entry], float | None]]


def at(*path: str) -> Callable[[Entry], float | None]:
    """Finds a number in a document by its path of keys; None if there is none."""

    def find(entry: Entry) -> float | None:
        value: Any = entry
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return float(value) if isinstance(value, int | float) else None

    return find


def _at_latest(name: str, *within: str) -> Callable[[Entry], float | None]:
    """A lateness at its latest possible value: if reported in whole milliseconds, one more."""
    found = at(*within, "lateness_ms", name)

    def find(entry: Entry) -> float | None:
        value, step = found(entry), entry.get("resolution_ms", 0.001)
        return None if value is None else value + (step if step >= 1 else 0)

    return find


_LATENESS: Final[tuple[Column, ...]] = (
    ("p50 ms", _at_latest("p50")),
    ("p99 ms", _at_latest("p99")),
    ("max ms", _at_latest("max")),
    ("seen p50 ms", at("seen_ms", "p50")),
    ("seen p99 ms", at("seen_ms", "p99")),
)
_COUNTS: Final[tuple[Column, ...]] = (
    ("timers", at("wanted")),
    ("early", at("early")),
    ("unfired", at("unfired")),
    ("repeated", at("repeated")),
)
_GROWTH: Final[tuple[Column, ...]] = (("events/s", at("events_a_second")),)

COLUMNS: Final[dict[str, tuple[Column, ...]]] = {
    **dict.fromkeys(("spread", "instant", "steady"), (*_LATENESS, *_COUNTS)),
    "backlog": (
        ("first after start s", at("first_after_start_seconds")),
        ("all gone s", at("gone_after_start_seconds")),
        *_COUNTS,
    ),
    "kills": (*_COUNTS, ("extra firings", at("extra_firings")), ("p99 ms", _at_latest("p99"))),
    "redelivery": (*_COUNTS, ("extra firings", at("extra_firings"))),
    "pending": (
        ("set", at("set")),
        ("set/s", at("scheduled_a_second")),
        ("server bytes each", at("stored_bytes_a_timer")),
        ("worker bytes each", at("worker_bytes_a_timer")),
    ),
    "floor": (
        ("bookings/s", at("bookings", "custody_a_second")),
        ("floor", at("bookings", "floor_a_second")),
        ("share", at("bookings", "share_of_floor")),
        ("bytes each", at("bookings", "bytes_a_booking")),
        ("releases/s", at("releases", "custody_a_second")),
        ("floor ", at("releases", "floor_a_second")),
        ("share ", at("releases", "share_of_floor")),
    ),
    "growth-pending": (
        *_GROWTH,
        ("bytes each", at("stored_bytes_a_record")),
        ("workers MB", lambda entry: (at("workers_bytes")(entry) or 0) / 1e6),
        ("p50 ms", _at_latest("p50")),
        ("p99 ms", _at_latest("p99")),
        ("seen p99 ms", at("seen_ms", "p99")),
        ("rewriting s", at("rewriting", "lasted_seconds")),
        ("p99 ms meanwhile", _at_latest("p99", "rewriting")),
        ("idle workers, cores", at("idle_workers_core_share")),
        ("idle store, cores", at("idle_store_core_share")),
        ("store back s", at("store_back_seconds")),
        ("then released after s", at("released_after_store_answered_seconds")),
    ),
    **dict.fromkeys(("growth-workers", "growth-shards", "growth-batch"), _GROWTH),
}

GROWS_WITH: Final = {
    "growth-pending": "pending",
    "growth-workers": "workers",
    "growth-shards": "shards",
    "growth-batch": "batch",
}

# The figure by which others are compared with ours, and whether a higher one is better.
COMPARED: Final[dict[str, tuple[Callable[[Entry], float | None], bool]]] = {
    **dict.fromkeys(("spread", "instant", "steady"), (at("seen_ms", "p99"), False)),
    "backlog": (at("gone_after_start_seconds"), False),
    "pending": (at("scheduled_a_second"), True),
}


def table(document: Document) -> str:
    """One case: medians of its runs, with one row per contender and set of options."""
    case, runs = document["case"], document["runs"]
    columns = COLUMNS[case]
    first = GROWS_WITH.get(case, "contender")
    compared = case in COMPARED
    heads = [first, "runs", *(name.strip() for name, _ in columns), *(["against ours"] if compared else [])]
    lines = [
        f"| {' | '.join(heads)} |",
        "|---|" + "---:|" * (1 + len(columns) + compared),
    ]
    for label, entries in rows(document).items():
        failed = [entry["failed"] for entry in entries if "failed" in entry]
        if failed:
            lines.append(
                f"| {label} | failed: {_one_line(failed[0])} |" + " |" * (len(columns) - 1 + compared)
            )
            continue
        cells = [_number(middle(find, entries)) for _, find in columns]
        cells += [_ratio(case, runs, entries)] if compared else []
        lines.append(f"| {label} | {len(entries)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def rows(document: Document) -> dict[str, list[Entry]]:
    """The runs of each row, by its label in the table."""
    grows_with = GROWS_WITH.get(document["case"])
    found: dict[str, list[Entry]] = {}
    for entry in document["runs"]:
        name, row = entry["contender"], entry.get("row")
        label = f"{entry[grows_with]:,}" if grows_with else f"{name}, {row}" if row else name
        found.setdefault(label, []).append(entry)
    return found


def middle(find: Callable[[Entry], float | None], entries: Sequence[Entry]) -> float | None:
    """The median of the values that the runs have; None if there are none."""
    values = [value for entry in entries if (value := find(entry)) is not None]
    return median(values) if values else None


def _ratio(case: str, runs: Sequence[Entry], entries: Sequence[Entry]) -> str:
    """How many times worse a row was than ours in the same run, as the median of all runs."""
    find, more_is_better = COMPARED[case]
    ours = {entry["run"]: find(entry) for entry in runs if entry["contender"] == OURS}
    ratios = []
    for entry in entries:
        theirs, our = find(entry), ours.get(entry["run"])
        if theirs and our:
            ratios.append(our / theirs if more_is_better else theirs / our)
    return f"{median(ratios):.2f}" if ratios else ""


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _one_line(text: str) -> str:
    return " ".join(text.replace("|", "/").split())[:160]


def page(documents: dict[str, Document], plots: Sequence[str]) -> str:
    """Everything between the markers."""
    parts = []
    for case, document in documents.items():
        parts.append(f"### {case}: {document[SUMMARY]}\n\n{_circumstances(document)}\n\n{table(document)}\n")
    parts += [f"![{Path(plot).stem}](plots/{plot})\n" for plot in plots]
    return "\n".join(parts)


def _circumstances(document: Document) -> str:
    machine = document["machine"]
    commands = ", ".join(f"`{command}`" for command in document["commands"])
    allocator = machine.get("store_allocator", C_LIBRARY)
    size = " Small sizes, which show only that the harness works." if document["quick"] else ""
    return (
        f"{commands}; medians of the runs.{size} {machine['cores']} cores of {machine['processor']}, "
        f"kernel {machine['kernel']}, {machine['file_system']}, fdatasync {machine['fdatasync_p50_ms']} ms, "
        f"the store on {allocator}, Python {machine['python']}."
    )


def write(documents: dict[str, Document], plots: Sequence[str], into: Path = PAGE) -> None:
    """Write the tables between the markers of the page.

    Raises:
        ValueError: the page has no such markers.
    """
    text = into.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{into.name} must have the lines `{BEGIN}` and `{END}`")
    into.write_text(f"{before}{BEGIN}\n\n{page(documents, plots)}\n{END}{after}", encoding="utf-8")
