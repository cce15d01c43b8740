"""The wheel holds the code with its data files, and neither the tests nor the benchmark."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Final

import pytest

from tests.support.repository import ROOT

PACKAGES: Final = ("events", "worker", "ops")
NOT_SHIPPED: Final = "ops/bench"

INSTALLED: Final = "import sys; sys.path.insert(0, sys.argv.pop(1)); from worker.cli import main; main()"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built by the locked build backend without a network."""
    target = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(target)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (path,) = target.glob("*.whl")
    return zipfile.ZipFile(path)


def test_every_file_of_the_packages_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    here = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.is_relative_to(ROOT / NOT_SHIPPED)
    }
    assert here <= set(wheel.namelist())
    assert {"worker/law/lapd/profiles/lapd-2016-11.toml", "worker/store/commit.lua"} <= here
    assert any(name.startswith("events/schemas/") and name.endswith(".json") for name in here)


def test_nothing_but_the_packages_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    (metadata,) = tops - set(PACKAGES)
    assert metadata.endswith(".dist-info")
    assert f"{metadata}/licenses/LICENSE" in wheel.namelist()


def test_the_benchmark_is_not_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    assert (ROOT / NOT_SHIPPED).is_dir()
    assert [name for name in wheel.namelist() if name.startswith(f"{NOT_SHIPPED}/")] == []


def test_the_wheel_installs_the_command(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "custody = worker.cli:main" in wheel.read(entry_points).decode()


def test_an_installed_wheel_offers_the_demo_and_not_the_benchmark(
    wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    wheel.extractall(site)
    listed = installed(site, elsewhere, "--help")
    assert listed.returncode == 0, listed.stderr
    commands = {line.split()[0] for line in listed.stdout.split("Commands:")[1].splitlines() if line.strip()}
    assert "demo" in commands
    assert "bench" not in commands
    assert installed(site, elsewhere, "demo", "--help").returncode == 0
    refused = installed(site, elsewhere, "bench", "--help")
    assert refused.returncode == 2
    assert refused.stderr.strip() == "custody: No such command 'bench'."


def installed(site: Path, cwd: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run `custody` from an unpacked wheel, with third-party packages and without the checkout."""
    third_party = [path for path in sys.path if path.endswith("-packages")]
    return subprocess.run(
        [sys.executable, "-S", "-P", "-c", INSTALLED, str(site), *words],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(third_party)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-build.lock", "requirements-dev.lock"])
def test_a_lock_file_names_each_package_by_version_and_hash(lock: str) -> None:
    for entry in (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if entry.strip() and not entry.lstrip().startswith("#"):
            assert "==" in entry, entry
            assert "--hash=sha256:" in entry, entry


def pins(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return {
        name: rest.split()[0]
        for name, found, rest in (line.partition("==") for line in lines)
        if found and not line_is_indented(name)
    }


def line_is_indented(text: str) -> bool:
    return text[:1].isspace() or text.startswith("#")


def test_a_package_has_one_version_in_every_lock_file() -> None:
    everything = pins("requirements-dev.lock")
    assert pins("requirements.lock").items() <= everything.items()
    assert pins("requirements-build.lock").items() <= everything.items()


def test_every_dependency_of_the_project_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {name.split("[")[0].split(">")[0].split("=")[0] for name in project["dependencies"]}
    assert wanted <= pins("requirements.lock").keys()
