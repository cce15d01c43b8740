"""Runs cases, and keeps their results as JSON documents, one per case."""

import re
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from ops.bench import growth
from ops.bench.board import by_viewers
from ops.bench.cases import CASES, SUMMARY, Document
from ops.bench.contenders import contenders
from ops.bench.custody_clock import CustodyClock
from ops.bench.floor import floor
from ops.bench.machine import facts

_PATH: Final = re.compile(r"/[^\s'\"]*/")

RESULTS: Final = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and where.

    Attributes:
        runs: how many of each case; the table shows medians.
        quick: run at a size that shows only that the harness works.
        add: keep the runs in the case's file, and number the new ones after them.
        under: the directory that holds the stores while they run; its disk is the one measured.
    """

    peers: Sequence[str]
    runs: int
    quick: bool
    add: bool
    environments: Path
    under: Path
    out: Path
    command: str


def _pending(plan: Plan) -> list[Document]:
    sizes, burst, spread = (
        ((100, 300), 100, 20) if plan.quick else ((10_000, 100_000, 1_000_000), 20_000, 1_000)
    )
    return growth.by_pending(sizes, burst, spread, plan.under)


def _board(plan: Plan) -> list[Document]:
    viewers, held, seconds = ((0, 2), 50, 2) if plan.quick else ((0, 20), 10_000, 60)
    return by_viewers(viewers, held, seconds, plan.under)


def _burst(plan: Plan) -> int:
    return 100 if plan.quick else 20_000


OURS_ALONE: Final[dict[str, tuple[str, Callable[[Plan], list[Document]]]]] = {
    "floor": (
        "the same commits replayed by a loop without the Python core, beside the service",
        lambda plan: [floor(200 if plan.quick else 10_000, plan.under)],
    ),
    "board": ("10,000 held, 20 bookings and 10 releases a second, with a board and without", _board),
    "growth-pending": ("cost against pending records", _pending),
    "growth-workers": (
        "intake against processes in the worker's pool",
        lambda plan: growth.by_concurrency((1, 2) if plan.quick else (1, 2, 3, 4), _burst(plan), plan.under),
    ),
    "growth-shards": (
        "intake against shards on one server",
        lambda plan: growth.by_shards((1, 2) if plan.quick else (1, 2, 4), _burst(plan), plan.under),
    ),
    "growth-batch": (
        "intake against inbox entries per batch",
        lambda plan: growth.by_batch(
            (50, 100) if plan.quick else (25, 50, 100, 200, 400, 800), _burst(plan), plan.under
        ),
    ),
}

ALL_CASES: Final = (*CASES, *OURS_ALONE)


def measure(case: str, plan: Plan, report: Callable[[str], None]) -> Path:
    """Run one case with every contender in turn, as often as planned; write the results after each."""
    plan.out.mkdir(parents=True, exist_ok=True)
    path = plan.out / f"{case}.json"
    document = _document(case, plan, path)
    done = max((entry["run"] for entry in document["runs"]), default=0)
    for run in range(done + 1, done + plan.runs + 1):
        for entry in _entries(case, plan):
            document["runs"].append({"run": run} | entry)
            path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
            report(f"{case}, run {run}: {_in_a_line(entry)}")
    return path


def _document(case: str, plan: Plan, path: Path) -> Document:
    if plan.add and path.is_file():
        document: Document = orjson.loads(path.read_bytes())
        document["commands"].append(plan.command)
        return document
    return {
        "case": case,
        SUMMARY: CASES[case].summary if case in CASES else OURS_ALONE[case][0],
        "commands": [plan.command],
        "quick": plan.quick,
        "machine": facts(plan.under),
        "runs": [],
    }


def _entries(case: str, plan: Plan) -> Iterator[Document]:
    if case in OURS_ALONE:
        ours = CustodyClock()
        common: Document = {
            "contender": ours.name,
            "versions": dict(ours.versions()),
            "profile": Path(ours.profile).stem,
            "resolution_ms": ours.resolution_ms,
        }
        for point in OURS_ALONE[case][1](plan):
            yield common | point
        return
    chosen = CASES[case]
    workload = chosen.quick if plan.quick else chosen.workload
    for contender in contenders(plan.peers, case, plan.environments):
        common = {"contender": contender.name, "row": contender.row, "versions": dict(contender.versions())}
        if isinstance(contender, CustodyClock):
            common["profile"] = Path(contender.profile).stem
        began = time.monotonic()
        try:
            measured = chosen.run(contender, workload, plan.under)
        except Exception as error:
            # A contender that fails is a result, too.
            traceback.print_exc()
            measured = {"failed": publishable(error)}
        took = round(time.monotonic() - began, 1)
        yield common | {"resolution_ms": contender.resolution_ms, "took_seconds": took} | measured


def publishable(error: Exception) -> str:
    """The error in one line, without any path on this machine."""
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {_PATH.sub('', first)}"[:300]


def _in_a_line(entry: Document) -> str:
    omitted = ("versions", "resolution_ms", "profile")
    shown: dict[str, Any] = {name: value for name, value in entry.items() if name not in omitted}
    return ", ".join(f"{name} {_plain(value)}" for name, value in shown.items())


def _plain(value: Any) -> str:
    return "/".join(str(part) for part in value.values()) if isinstance(value, dict) else str(value)


def read(directory: Path) -> dict[str, Document]:
    """The kept results by case."""
    found = {path.stem: orjson.loads(path.read_bytes()) for path in sorted(directory.glob("*.json"))}
    return {case: found[case] for case in ALL_CASES if case in found}
