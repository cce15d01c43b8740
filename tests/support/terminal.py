"""Runs a `custody` command as a person at a terminal does, and keeps what it printed."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any, TypeAlias
from unittest import mock

import structlog

from tests.support.repository import ROOT
from worker.cli import main
from worker.host import wiring

Command: TypeAlias = Callable[..., "Ran"]
"""`custody`, with some settings already given."""


@dataclass(frozen=True)
class Ran:
    """What a command returned and printed."""

    status: int
    out: bytes
    err: str

    @property
    def document(self) -> Any:
        """Its standard output, which must be one JSON document."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """Its standard error, which must be one line of ours and nothing else."""
        assert self.out == b""
        assert self.err.startswith("custody: "), self.err
        assert self.err.count("\n") == 1, self.err
        return self.err.strip()


def custody(*words: str, stdin: bytes = b"", **settings: str) -> Ran:
    """Run a command in this process, with no settings but these (`profile=...` is CUSTODY_PROFILE).

    A failure that the command does not explain is raised here, and so fails the test.
    """
    printed, err = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(printed)
    with (
        mock.patch.dict(os.environ, _environment(settings)),
        mock.patch.object(sys, "argv", ["custody", *words]),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin))),
        _log_left_alone(),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ending:
            status = ending.code
        finally:
            _close_what_was_opened()
    assert isinstance(status, int)
    out.flush()
    return Ran(status, printed.getvalue(), err.getvalue())


def custody_process(*words: str, stdin: bytes = b"", **settings: str) -> Ran:
    """Run a command as a separate process, `python -m worker`."""
    done = subprocess.run(
        [sys.executable, "-m", "worker", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | _environment(settings),
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout, done.stderr.decode())


def _environment(settings: dict[str, str]) -> dict[str, str]:
    return {f"CUSTODY_{name.upper()}": value for name, value in settings.items()}


@contextmanager
def _log_left_alone() -> Iterator[None]:
    """A command may take over the logging of its process; undo that for the tests that follow."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with mock.patch.object(structlog, "configure"):
        yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def _close_what_was_opened() -> None:
    """Close the store connection, which otherwise ends with the process of a command."""
    if wiring._context_of.cache_info().currsize:
        wiring.context().client.close()
    wiring._context_of.cache_clear()
