"""Creates each peer's environment, outside the repository, with the versions in its lock file."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

PEERS: Final = Path(__file__).parent / "peers"
DEFAULT_ENVIRONMENTS: Final = Path("~/.cache/custody-bench")

_STAMP: Final = ".made-from"


class CannotPrepareError(RuntimeError):
    """A peer's environment cannot be created on this machine; the message says what is missing."""


def python_of(peer: str, environments: Path) -> Path:
    """The interpreter of a peer's environment, created first if it is missing or its lock file changed.

    Raises:
        CannotPrepareError: its packages could not be installed.
    """
    home, lock = environments / peer, PEERS / peer / "requirements.txt"
    python = home / "bin" / "python"
    if not _is_made_from(home, lock):
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
        install = (
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--quiet",
            "--no-deps",
            "-r",
            str(lock),
        )
        _run(peer, [str(python), *install], home)
        _stamp(home, lock)
    return python


def node_modules_of(peer: str, environments: Path) -> Path:
    """The packages of a Node peer, installed first if they are missing or the lock file changed.

    Raises:
        CannotPrepareError: Node is missing, or the packages could not be installed.
    """
    home, lock = environments / peer, PEERS / peer / "package-lock.json"
    if shutil.which("npm") is None:
        raise CannotPrepareError(f"{peer} needs Node and npm: install them, or leave it out with --peer")
    if not _is_made_from(home, lock):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PEERS / peer / name, home)
        # Not `npm ci`: it refuses a lock file that lacks other systems' binaries, which some registries omit.
        _run(peer, ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"], home)
        _stamp(home, lock)
    return home / "node_modules"


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The variables of a peer's process: the machine's, except the project's, and these settings."""
    ours = ("CUSTODY_", "PYTHON", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(PEERS / "common"), "PYTHONDONTWRITEBYTECODE": "1", **settings}


def pinned(peer: str) -> dict[str, str]:
    """The packages in the lock file of a Python peer, the peer first."""
    lines = (PEERS / peer / "requirements.txt").read_text().splitlines()
    return dict(line.split("==", 1) for line in lines if "==" in line)


def _run(peer: str, command: Sequence[str], home: Path) -> None:
    done = subprocess.run(  # noqa: S603 - pip and npm
        command, cwd=home, env=environment({}), capture_output=True, text=True, check=False
    )
    if done.returncode:
        output = (done.stderr or done.stdout).strip()[:800]
        raise CannotPrepareError(f"{peer}: {Path(command[0]).name} failed: {output}")


def _is_made_from(home: Path, lock: Path) -> bool:
    stamp = home / _STAMP
    return stamp.is_file() and stamp.read_text() == _fingerprint(lock)


def _stamp(home: Path, lock: Path) -> None:
    (home / _STAMP).write_text(_fingerprint(lock))


def _fingerprint(lock: Path) -> str:
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.version_info[:2]}"
