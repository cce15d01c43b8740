"""CONNECTING.md, followed to the letter at a terminal: every command runs, and prints what the page says.

A block that begins with the name of a file is saved under it. A block of shell runs, with what the blocks
before it exported; a block without a language behind it is what it prints, where … stands for anything.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import pytest

from events.inbound import INBOUND_TYPES
from tests.support.board_process import BOARD
from tests.support.processes import no_server_left, running_worker
from tests.support.repository import ROOT
from tests.support.waiting import wait_until
from worker.web.intake.document import RESPONSES

PAGE: Final = (ROOT / "ops/docs/CONNECTING.md").read_text(encoding="utf-8")
NODE: Final = shutil.which("node")
BAIL_WITHOUT_NODE: Final = "custody record bail 2026-00417 --posted-at now --kind bond --yes"
FENCE: Final = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES: Final = {"booking,arrested_at": "roster.csv"}


@dataclass(frozen=True)
class Step:
    """A block of shell and what it should print; None where the page does not say."""

    command: str
    printed: str | None


class Reader:
    """Somebody who follows the page in a directory, with a board on this port."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self.port = port
        (directory / "exported").touch()
        blocks = FENCE.findall(PAGE.replace("127.0.0.1:8247", f"127.0.0.1:{port}"))
        for _, text in blocks:
            if name := _file_of(text):
                (directory / name).write_text(text, encoding="utf-8")
        follows = [*(block if not block[0] else None for block in blocks[1:]), None]
        self.steps = [
            Step(text, after[1] if after else None)
            for (language, text), after in zip(blocks, follows, strict=True)
            if language == "sh"
        ]

    def run(self, step: Step) -> str:
        """What a block prints; it has the exports of those before."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CUSTODY_")}
        done = subprocess.run(
            ["bash", "-eu", "-c", f". ./exported\n{step.command}\nexport -p > exported"],
            cwd=self.directory,
            env=kept | {"PATH": f"{Path(sys.executable).parent}:{kept['PATH']}", "COLUMNS": "120"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.stdout + done.stderr

    def follow(self, step: Step) -> None:
        """Run a block until it prints what the page says: the worker may need a moment."""
        printed: list[str] = []

        def is_as_written() -> bool:
            printed.append(self.run(step))
            return _shows(printed[-1], step.printed or "")

        assert wait_until(is_as_written, 30), f"{step.command}\nprints\n{printed[-1]}"


def _file_of(text: str) -> str | None:
    """The name under which the reader saves a block."""
    first = text.partition("\n")[0]
    named = re.fullmatch(r"(?:#|//) (\w+\.(?:py|mjs))", first)
    if named:
        return named[1]
    return next((name for beginning, name in FILES.items() if first.startswith(beginning)), None)


def _shows(printed: str, wanted: str) -> bool:
    """Whether these lines are printed, in this order."""
    lines = iter(printed.splitlines())
    patterns = [f"*{line.replace('[', '[[]').replace('…', '*')}*" for line in wanted.splitlines()]
    return all(any(fnmatchcase(line, pattern) for line in lines) for pattern in patterns)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """A reader who has made the tokens, and for whom the service then runs."""
    reader = Reader(tmp_path, _free_port())
    made = reader.run(reader.steps[0])
    assert "cck_" in made, made
    settings = {
        "profile": "lapd-2016-11",
        "late_grace_seconds": "60",
        "tokens": str(tmp_path / "tokens.toml"),
    }
    with no_server_left(tmp_path), running_worker(tmp_path, **settings) as worker:
        worker.wait_until_ready()
        with running_worker(tmp_path, BOARD, board_port=str(reader.port), **settings) as board:
            assert wait_until(lambda: _listens(reader.port), 30), board.log
            yield reader


def test_every_command_of_the_page_prints_what_the_page_says(reader: Reader) -> None:
    assert len(reader.steps) > 10
    for step in reader.steps[1:]:
        has_node = NODE is not None or not step.command.startswith("node")
        reader.follow(step if has_node else Step(BAIL_WITHOUT_NODE, None))


def test_the_service_is_started_as_the_page_says() -> None:
    """The test above starts its parts."""
    [(_, command)] = [block for block in FENCE.findall(PAGE) if block[0].startswith("sh ")]
    assert command.splitlines()[-1] == "custody run"


def test_every_event_is_in_the_table_of_what_to_send() -> None:
    _, _, after = PAGE.partition("## What to send when")
    table = after.partition("\n## ")[0]
    named = {f"custody.{name}.v1" for name in re.findall(r"`(\w+\.\w+)`", table)}
    assert named == {model.model_fields["type"].default for model in INBOUND_TYPES}


def test_every_answer_of_the_interface_is_explained() -> None:
    _, _, after = PAGE.partition("| answer | means | do |\n")
    table = after.partition("\n\n")[0]
    assert {int(status) for status in re.findall(r"^\| (\d{3}) \|", table, re.MULTILINE)} == set(RESPONSES)
