"""The harness works on the real service, at sizes that say nothing about speed. It installs no peer."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from ops.bench.board import by_viewers
from ops.bench.cases import CASES
from ops.bench.command import bench
from ops.bench.custody_clock import CustodyClock
from ops.bench.timers import Shape, Workload

pytestmark = pytest.mark.live


def test_a_quick_case_of_our_own_is_measured_and_kept(tmp_path: Path) -> None:
    sent = CliRunner().invoke(
        bench,
        ["--quick", "--case", "spread", "--peer", "custody", "--out", str(tmp_path), "--data", str(tmp_path)],
    )
    assert sent.exit_code == 0, sent.output
    kept = orjson.loads((tmp_path / "spread.json").read_bytes())
    assert kept["quick"] is True
    (run,) = kept["runs"]
    assert (run["fired"], run["unfired"], run["repeated"], run["early"]) == (run["wanted"], 0, 0, 0)
    assert run["wrong_deadline"] == run["unknown"] == 0
    assert run["seen_ms"]["p50"] > 0


def test_the_floor_is_measured_and_its_run_is_added_to_those_that_are_kept(tmp_path: Path) -> None:
    before = {"case": "floor", "commands": ["before"], "quick": True, "runs": [{"run": 3}], "machine": {}}
    (tmp_path / "floor.json").write_bytes(orjson.dumps(before))
    arguments = ["--quick", "--add", "--case", "floor", "--out", str(tmp_path), "--data", str(tmp_path)]
    sent = CliRunner().invoke(bench, arguments)
    assert sent.exit_code == 0, sent.output
    kept = orjson.loads((tmp_path / "floor.json").read_bytes())
    assert [entry["run"] for entry in kept["runs"]] == [3, 4]
    assert len(kept["commands"]) == 2
    for half in ("bookings", "releases"):
        measured = kept["runs"][1][half]
        assert measured["commits"] >= 1
        assert measured["bytes_a_booking"] > 0
        assert measured["floor_a_second"] > 0


def test_the_cost_of_a_board_and_its_viewers_is_measured(tmp_path: Path) -> None:
    without, with_board = by_viewers((0, 2), held=20, seconds=1, under=tmp_path)
    assert "page_ms" not in without
    assert with_board["page_ms"]["p99"] > 0
    assert with_board["board_megabytes"] > 10
    assert with_board["sent_kilobytes_a_second"] > 0
    for run in (without, with_board):
        assert run["lateness_ms"]["max"] >= 0
        assert (run["early"], run["unfired"], run["repeated"]) == (0, 0, 0)


def test_our_own_loses_and_repeats_nothing_when_its_workers_are_killed_twice(tmp_path: Path) -> None:
    kept = CASES["kills"].run(CustodyClock(), Workload(20, Shape.SCATTERED, 1_000), tmp_path)
    assert (kept["fired"], kept["unfired"], kept["repeated"], kept["early"]) == (20, 0, 0, 0)


def test_an_unknown_case_or_contender_is_named_with_those_that_there_are() -> None:
    sent = CliRunner().invoke(bench, ["--case", "sprad"])
    assert sent.exit_code != 0
    assert "no case sprad; there are: spread, instant" in sent.output
