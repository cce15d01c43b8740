"""Wrong imports, each added to the code by itself: the contract or the list that is named must catch it."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.house.contracts import add_statement, configuration, contract_ids, graph_of_the_code, is_kept
from tests.house.test_pure_imports import unlisted_imports
from tests.support.repository import ROOT

LIST: Final = "the list in test_pure_imports.py"


class Wrong(NamedTuple):
    """An import at the end of a file, which may be new, and what catches it."""

    path: str
    statement: str
    caught_by: str


WRONG: Final = [
    # Upwards.
    Wrong("worker/host/wiring.py", "from worker.cli.output import echo", "rooms"),
    Wrong("worker/celery.py", "import worker.cli", "rooms"),
    Wrong("worker/engine/intake.py", "from worker.cli import main", "rooms"),
    Wrong("worker/engine/pacemaker.py", "from worker.host.signaller import Signaller", "rooms"),
    Wrong("worker/store/context.py", "from worker.host.wiring import open_context", "rooms"),
    Wrong("worker/store/timers.py", "from worker.engine.firing import fire", "rooms"),
    Wrong("worker/store/outbox.py", "from worker.delivery.sink import Sink", "rooms"),
    Wrong("worker/custody/decide.py", "def f():\n    from worker.store import records", "rooms"),
    Wrong("worker/law/court.py", "from worker.custody.record import Record", "rooms"),
    Wrong("worker/clock.py", "from worker.settings import Settings", "rooms"),
    # Sideways.
    Wrong("worker/desk/doctor/service.py", "from worker.delivery.deliverer import Deliverer", "rooms"),
    Wrong("worker/delivery/deliverer.py", "from worker.desk.story import story", "rooms"),
    # Onto no layer.
    Wrong("worker/helpers.py", "", "rooms"),
    Wrong("worker/ward/__init__.py", "", "rooms"),
    Wrong("worker/law/texas/__init__.py", "from worker.law.jurisdiction import Jurisdiction", "law"),
    # Between jurisdictions, and past the names that profiles give.
    Wrong("worker/law/profiles.py", "from worker.law.california import JURISDICTION", "law"),
    Wrong("worker/law/deadline.py", "from worker.law import federal", "law"),
    Wrong("worker/law/california/pc_825.py", "from worker.law.lapd.cap_72h import CAP_72H", "law"),
    Wrong("worker/law/federal/holidays.py", "import worker.law.california.court_holidays", "law"),
    Wrong("worker/law/__init__.py", "from worker.law import california", "jurisdictions"),
    Wrong("worker/custody/booking.py", "from worker.law.california import pc_825", "jurisdictions"),
    Wrong("worker/engine/apply.py", "from worker.law.federal import holidays", "federal"),
    # Leaves.
    Wrong("worker/embedded/server.py", "from worker.store.keys import Keys", "leaves"),
    Wrong("worker/embedded/process.py", "from worker.clock import SystemClock", "leaves"),
    Wrong("worker/settings.py", "from events.facts import Qualification", "leaves"),
    Wrong("worker/custody/decide.py", "from worker.settings import Settings", "pure"),
    Wrong("worker/custody/commit_time.py", "from worker.clock import Clock", "pure"),
    Wrong("worker/law/court.py", "from worker import heartbeat", "pure"),
    Wrong("events/parse.py", "from worker.telemetry import flush_log", "pure"),
    # Celery and HTTP.
    Wrong("worker/engine/pacemaker.py", "from celery import Celery", "machinery"),
    Wrong("worker/delivery/deliverer.py", "from kombu import Producer", "machinery"),
    Wrong("worker/store/commit.py", "import billiard.pool", "machinery"),
    Wrong(
        "worker/desk/words.py", "def serve():\n    from wsgiref.simple_server import make_server", "machinery"
    ),
    # Ports, tests, ops.
    Wrong("worker/engine/chores/tidy.py", "from worker.delivery.sinks.file import FileSink", "sinks"),
    Wrong("worker/delivery/deliverer.py", "from worker.delivery.sinks.file import FileSink", "sinks"),
    Wrong("events/parse.py", "from worker.custody.record import Record", "contract"),
    Wrong("events/parse.py", "from events.testing import Clockwork", "testing"),
    Wrong("worker/custody/decide.py", "from events import testing", "testing"),
    Wrong("worker/cli/show.py", "from ops.demo.command import demo", "operations"),
    Wrong("worker/engine/firing.py", "import ops.bench.timers", "operations"),
    # In a circle, within one room.
    Wrong("worker/store/keys.py", "from worker.store.commit import Committer", "cycles"),
    Wrong("ops/bench/timers.py", "from ops.bench.command import bench", "cycles"),
    # What pure code may not import from elsewhere.
    Wrong("worker/custody/decide.py", "import redis", LIST),
    Wrong("worker/custody/release.py", "import random", LIST),
    Wrong("worker/custody/notices.py", "from subprocess import run", LIST),
    Wrong("worker/law/court.py", "import structlog", LIST),
    Wrong("worker/law/counting.py", "from time import monotonic", LIST),
    Wrong("worker/law/california/pc_825.py", "import holidays", LIST),
    Wrong("events/publisher.py", "from valkey import Valkey", LIST),
    Wrong("events/instants.py", "import locale", LIST),
]


def described(wrong: Wrong) -> str:
    return f"{wrong.path}: {wrong.statement or 'a new file'}"


def is_caught(wrong: Wrong) -> bool:
    if wrong.caught_by == LIST:
        return bool(unlisted_imports(wrong.path, wrong.statement))
    graph = graph_of_the_code()
    add_statement(graph, wrong.path, wrong.statement)
    return not is_kept(wrong.caught_by, graph)


@pytest.mark.parametrize("wrong", WRONG, ids=described)
def test_a_wrong_import_is_caught(wrong: Wrong) -> None:
    assert is_caught(wrong)


@pytest.mark.parametrize("contract", contract_ids())
def test_the_code_keeps_the_contract(contract: str) -> None:
    assert is_kept(contract, graph_of_the_code()), "`lint-imports` says where"


def test_every_contract_is_tried() -> None:
    assert {wrong.caught_by for wrong in WRONG} == {*contract_ids(), LIST}


def test_every_file_that_is_tried_exists_or_is_meant_to_be_new() -> None:
    missing = {wrong.path for wrong in WRONG if not (ROOT / wrong.path).exists()}
    assert missing == {"worker/helpers.py", "worker/ward/__init__.py", "worker/law/texas/__init__.py"}


def test_every_jurisdiction_is_protected() -> None:
    """A new one is found by `law/jurisdiction.py` at once; a contract must name it too."""
    protected = {
        module
        for options in configuration()["contracts_options"]
        if options["type"] == "protected"
        for module in options["protected_modules"]
    }
    folders = {path.parent.name for path in (ROOT / "worker" / "law").glob("*/__init__.py")}
    assert {f"worker.law.{folder}" for folder in folders} <= protected


def test_the_command_finds_the_same_in_the_files(tmp_path: Path) -> None:
    """All of them in one copy of the tree: `lint-imports`, which `make check` runs, breaks every contract."""
    for package in ("events", "worker", "ops"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for wrong in WRONG:
        file = tmp_path / wrong.path
        file.parent.mkdir(exist_ok=True)
        with file.open("a", encoding="utf-8") as end:
            end.write(f"\n{wrong.statement}\n")
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint_imports, "--no-logo", "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    printed = " ".join(done.stdout.split())
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"Contracts: 0 kept, {len(contract_ids())} broken." in printed
