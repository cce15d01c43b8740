"""Runs cases, and keeps what came of them as JSON documents, one a case."""

import re
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from ops.bench import growth
from ops.bench.cases import CASES, Document
from ops.bench.custody_clock import CustodyClock
from ops.bench.floor import floor
from ops.bench.machine import facts
from ops.bench.roster import contenders

_PATH: Final = re.compile(r"/[^\s'\"]*/")

RESULTS: Final = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure, and where.

    Attributes:
        runs: how often; the table shows medians.
        quick: at a size that shows only that the harness works.
        add: keep what the case's file holds, and number these runs after those.
        under: the directory that holds the stores while they run; its disk is the one that is measured.
    """

    peers: Sequence[str]
    runs: int
    quick: bool
    add: bool
    environments: Path
    under: Path
    out: Path
    command: str


def _pending(order: Order) -> list[Document]:
    sizes, burst, spread = (
        ((100, 300), 100, 20) if order.quick else ((10_000, 100_000, 1_000_000), 20_000, 1_000)
    )
    return growth.by_pending(sizes, burst, spread, order.under)


def _burst(order: Order) -> int:
    return 100 if order.quick else 20_000


OURS_ALONE: Final[dict[str, tuple[str, Callable[[Order], list[Document]]]]] = {
    "floor": (
        "the same commits from a loop with no Python core, beside the service",
        lambda order: [floor(200 if order.quick else 10_000, order.under)],
    ),
    "growth-pending": ("cost against records that wait", _pending),
    "growth-workers": (
        "intake against processes in the worker's pool",
        lambda order: growth.by_concurrency(
            (1, 2) if order.quick else (1, 2, 3, 4), _burst(order), order.under
        ),
    ),
    "growth-shards": (
        "intake against shards on one server",
        lambda order: growth.by_shards((1, 2) if order.quick else (1, 2, 4), _burst(order), order.under),
    ),
    "growth-batch": (
        "intake against inbox entries a batch",
        lambda order: growth.by_batch(
            (50, 100) if order.quick else (25, 50, 100, 200, 400, 800), _burst(order), order.under
        ),
    ),
}

ALL_CASES: Final = (*CASES, *OURS_ALONE)


def measure(case: str, order: Order, tell: Callable[[str], None]) -> Path:
    """Run one case with every contender in turn, as often as ordered; what is known is written after each."""
    order.out.mkdir(parents=True, exist_ok=True)
    path = order.out / f"{case}.json"
    document = _begun(case, order, path)
    done = max((entry["run"] for entry in document["runs"]), default=0)
    for run in range(done + 1, done + order.runs + 1):
        for entry in _entries(case, order):
            document["runs"].append({"run": run} | entry)
            path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
            tell(f"{case}, run {run}: {_in_a_line(entry)}")
    return path


def _begun(case: str, order: Order, path: Path) -> Document:
    if order.add and path.is_file():
        document: Document = orjson.loads(path.read_bytes())
        document["commands"].append(order.command)
        return document
    return {
        "case": case,
        "told": CASES[case].told if case in CASES else OURS_ALONE[case][0],
        "commands": [order.command],
        "quick": order.quick,
        "machine": facts(order.under),
        "runs": [],
    }


def _entries(case: str, order: Order) -> Iterator[Document]:
    if case in OURS_ALONE:
        ours = CustodyClock()
        about: Document = {
            "contender": ours.name,
            "versions": dict(ours.versions()),
            "profile": Path(ours.profile).stem,
            "resolution_ms": ours.resolution_ms,
        }
        for point in OURS_ALONE[case][1](order):
            yield about | point
        return
    chosen = CASES[case]
    workload = chosen.quick if order.quick else chosen.workload
    for contender in contenders(order.peers, case, order.environments):
        about = {"contender": contender.name, "row": contender.row, "versions": dict(contender.versions())}
        if isinstance(contender, CustodyClock):
            about["profile"] = Path(contender.profile).stem
        began = time.monotonic()
        try:
            measured = chosen.run(contender, workload, order.under)
        except Exception as error:
            # That a contender cannot do the work is a result, too.
            traceback.print_exc()
            measured = {"failed": publishable(error)}
        took = round(time.monotonic() - began, 1)
        yield about | {"resolution_ms": contender.resolution_ms, "took_seconds": took} | measured


def publishable(error: Exception) -> str:
    """What went wrong, in one line that names no place on this machine."""
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {_PATH.sub('', first)}"[:300]


def _in_a_line(entry: Document) -> str:
    left_out = ("versions", "resolution_ms", "profile")
    shown: dict[str, Any] = {name: value for name, value in entry.items() if name not in left_out}
    return ", ".join(f"{name} {_plain(value)}" for name, value in shown.items())


def _plain(value: Any) -> str:
    return "/".join(str(part) for part in value.values()) if isinstance(value, dict) else str(value)


def read(directory: Path) -> dict[str, Document]:
    """The kept results by case."""
    found = {path.stem: orjson.loads(path.read_bytes()) for path in sorted(directory.glob("*.json"))}
    return {case: found[case] for case in ALL_CASES if case in found}
