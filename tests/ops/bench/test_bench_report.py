"""What the page says is what the results hold: medians of the runs, and ratios within a run."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from ops.bench import plots, report
from ops.bench.cases import SUMMARY, Document
from ops.bench.results import publishable

MACHINE = {
    "cores": 2,
    "processor": "a processor",
    "kernel": "6.1",
    "file_system": "ext4",
    "fdatasync_p50_ms": 0.2,
    "store_allocator": "jemalloc",
    "python": "3.11.7",
}


def entry(contender: str, run: int, p99: float, **more: Any) -> Document:
    """One run of one contender whose times are all the same."""
    times = {"p50": p99, "p99": p99, "max": p99}
    counts = {"wanted": 1000, "early": 0, "unfired": 0, "repeated": 0}
    measured = {"lateness_ms": times, "seen_ms": times, "resolution_ms": 0.001}
    return {"contender": contender, "row": "as shipped", "run": run, **counts, **measured, **more}


def document(case: str, runs: list[Document]) -> Document:
    """A results file."""
    return {
        "case": case,
        SUMMARY: "sample data",
        "commands": [f"custody bench --case {case}"],
        "quick": False,
        "machine": MACHINE,
        "runs": runs,
    }


def cells(line: str) -> list[str]:
    """The cells of one row of a table."""
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_table_shows_the_median_of_the_runs() -> None:
    runs = [entry("celery", run, p99) for run, p99 in enumerate([5.0, 900.0, 7.0], start=1)]
    head, _, row = report.table(document("spread", runs)).splitlines()
    assert cells(row)[cells(head).index("seen p99 ms")] == "7"


def test_a_ratio_is_taken_within_each_run_and_never_across_runs() -> None:
    ours = [entry("custody", 1, 1.0), entry("custody", 2, 10.0), entry("custody", 3, 1.0)]
    theirs = [entry("celery", 1, 4.0), entry("celery", 2, 30.0), entry("celery", 3, 5.0)]
    lines = report.table(document("spread", [*ours, *theirs])).splitlines()
    assert cells(lines[2])[-1] == "1.00"
    assert cells(lines[3])[-1] == "4.00"


def test_for_a_rate_the_ratio_says_how_many_times_ours_it_would_take() -> None:
    runs = [
        {"contender": "custody", "row": "", "run": 1, "scheduled_a_second": 8000.0},
        {"contender": "celery", "row": "", "run": 1, "scheduled_a_second": 1000.0},
    ]
    assert cells(report.table(document("pending", runs)).splitlines()[3])[-1] == "8.00"


def test_an_instant_reported_in_whole_milliseconds_is_shown_at_its_end() -> None:
    runs = [entry("custody", 1, 0.0, resolution_ms=1.0)]
    head, _, row = report.table(document("spread", runs)).splitlines()
    assert cells(row)[cells(head).index("p50 ms")] == "1"


def test_a_contender_that_could_not_do_the_work_has_a_row_that_says_so() -> None:
    runs = [
        {"contender": "rq", "row": "as shipped", "run": 1, "failed": "NotReadyError: no | firing\nat all"}
    ]
    row = report.table(document("spread", runs)).splitlines()[2]
    assert "failed: NotReadyError: no / firing at all" in row


def test_a_failure_is_kept_in_one_line_that_names_no_place_on_the_machine() -> None:
    error = OSError("no file '/srv/someone/data/x.log' here\nand more")
    assert publishable(error) == "OSError: no file 'x.log' here"


def test_every_table_comes_with_its_command_and_its_machine() -> None:
    text = report.page({"spread": document("spread", [entry("custody", 1, 1.0)])}, ["spread.svg"])
    assert "`custody bench --case spread`; medians of the runs." in text
    assert "2 cores of a processor, kernel 6.1, ext4, fdatasync 0.2 ms, the store on jemalloc" in text
    assert "(plots/spread.svg)" in text


def test_only_the_text_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.write({"spread": document("spread", [entry("custody", 1, 1.0)])}, [], into=page)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "custody bench --case spread" in text


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("nothing here\n")
    with pytest.raises(ValueError, match=r"README\.md must have the lines"):
        report.write({}, [], into=page)
    assert page.read_text() == "nothing here\n"


def test_the_benchmarks_own_page_has_its_markers() -> None:
    text = report.PAGE.read_text(encoding="utf-8")
    assert text.index(report.BEGIN) < text.index(report.END)


def test_plots_are_drawn_with_a_row_for_everyone_and_a_dot_for_every_point(tmp_path: Path) -> None:
    ours, failed = entry("custody", 1, 1.5), {"contender": "rq", "row": "x", "run": 1, "failed": "no"}
    points = [
        {"contender": "custody", "run": 1, "workers": count, "events_a_second": 5000.0 * count}
        for count in (1, 2, 3)
    ]
    documents = {
        "spread": document("spread", [ours, failed]),
        "growth-workers": document("growth-workers", points),
    }
    assert plots.draw(documents, tmp_path) == ["spread.svg", "growth-workers.svg"]
    spread = (tmp_path / "spread.svg").read_text()
    assert "custody, as shipped" in spread
    assert "failed" in spread
    curve = ElementTree.fromstring((tmp_path / "growth-workers.svg").read_text())  # noqa: S314 - our own
    assert len(curve.findall("{http://www.w3.org/2000/svg}circle")) == 3
