"""The systemd unit never gives up on the clock, ends it gently, and gives it nothing beyond its needs."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import click
import pytest

from tests.support.repository import ROOT
from worker.host import watchdog

FILE: Final = ROOT / "ops/deploy/custody-clock.service"


@pytest.fixture(scope="module")
def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read_string(FILE.read_text(encoding="utf-8"))
    return parser


def test_a_clock_that_ends_is_started_again_at_once_and_for_ever(unit: configparser.ConfigParser) -> None:
    assert unit["Service"]["Restart"] == "always"
    assert unit["Service"]["RestartSec"] == "1"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert not {"StartLimitBurst", "StartLimitAction", "RestartPreventExitStatus"} & (
        unit["Unit"].keys() | unit["Service"].keys()
    )


def test_only_the_worker_gets_the_signal_and_it_has_the_time_that_it_needs(
    unit: configparser.ConfigParser,
) -> None:
    assert unit["Service"]["KillMode"] == "mixed"
    assert int(unit["Service"]["TimeoutStopSec"]) >= 2 * watchdog.PATIENCE_SECONDS


def test_it_starts_with_the_machine_and_runs_a_command_that_exists(unit: configparser.ConfigParser) -> None:
    from worker.cli import custody

    assert unit["Install"]["WantedBy"] == "multi-user.target"
    _, command = unit["Service"]["ExecStart"].split()
    assert custody.get_command(click.Context(custody), command)


def test_it_does_not_start_without_its_settings_and_its_data_directory_is_private(
    unit: configparser.ConfigParser,
) -> None:
    service = unit["Service"]
    assert service["EnvironmentFile"].startswith("/etc/")
    assert service["StateDirectoryMode"] == "0700"
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert service["User"] not in {"", "root"}
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""


def test_systemd_understands_every_line(tmp_path: Path, unit: configparser.ConfigParser) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    executable = unit["Service"]["ExecStart"].split()[0]
    copy = tmp_path / FILE.name
    copy.write_text(re.sub(executable, "/bin/true", FILE.read_text(encoding="utf-8")), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
