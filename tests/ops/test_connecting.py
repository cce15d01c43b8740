"""The examples of CONNECTING are run, in its order, against a real worker and a real board."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from tests.support.board_process import BOARD
from tests.support.processes import START_WITHIN_SECONDS, WorkerProcess, no_server_left
from tests.support.repository import ROOT
from tests.support.waiting import wait_until

PAGE: Final = (ROOT / "ops/docs/CONNECTING.md").read_text(encoding="utf-8")
WRITTEN_DIRECTORY: Final = "/tmp/custody-feed"  # noqa: S108 - as the page has it; the test puts its own there
WRITTEN_ADDRESS: Final = "http://127.0.0.1:8247"


class Feed(NamedTuple):
    """The page's directory and the board's address, in place of those that the page has."""

    directory: Path
    address: str = WRITTEN_ADDRESS

    def run(self, language: str, example: str) -> str:
        """What it prints. In a shell, what the page has exported before it is exported."""
        command = {
            "sh": ["bash", "-euo", "pipefail", "-c"],
            "python": [sys.executable, "-c"],
            "javascript": ["node", "--input-type=module", "--eval"],
        }[language]
        token = re.search(r"this once: (\S+)", self._read("jms.token"))
        variables = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "CUSTODY_DATA_DIR": str(self.directory / "data"),
            "TOKEN": token[1] if token else "",
        }
        done = subprocess.run(
            [*command, self._here(example)],
            cwd=ROOT if language == "python" else self.directory,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _here(self, example: str) -> str:
        return example.replace(WRITTEN_DIRECTORY, str(self.directory)).replace(WRITTEN_ADDRESS, self.address)

    def _read(self, name: str) -> str:
        path = self.directory / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def accepted(self, language: str, example: str) -> list[str]:
        """The ids that the answer which it prints accepts; none may be refused."""
        answer: dict[str, Any] = json.loads(self.run(language, example).replace("'", '"'))
        assert answer["refused"] == []
        return list(answer["accepted"])


def example(language: str, having: str) -> str:
    """The one example in this language that has this text."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)
    (wanted,) = (one for one in found if having in one)
    return re.sub(r"^   (?=\S)", "", str(wanted), flags=re.MULTILINE)


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feed]:
    """The first example has been run, and what `custody run` starts is there."""
    directory = tmp_path_factory.mktemp("feed")
    Feed(directory).run("sh", example("sh", "custody token new"))
    worker = board = None
    with no_server_left(directory):
        try:
            worker = WorkerProcess(directory).wait_until_ready()
            board = WorkerProcess(
                directory / "board",
                BOARD,
                data_dir=str(directory / "data"),
                tokens=str(directory / "tokens.toml"),
                board_port="0",
            )
            serving = board
            assert wait_until(lambda: serving.logged("board_serving"), START_WITHIN_SECONDS), board.log
            yield Feed(directory, str(board.logged("board_serving")[0]["address"]).rstrip("/"))
        finally:
            for process in (board, worker):
                if process is not None:
                    process.kill()


def is_held(feed: Feed, booking: str) -> bool:
    return wait_until(lambda: booking in feed.run("sh", example("sh", "custody due\n")), 20.0)


def test_the_second_terminal_finds_the_token(feed: Feed) -> None:
    printed = feed.run("sh", example("sh", "export TOKEN") + 'test -n "$TOKEN" && echo "${#TOKEN}"')
    assert int(printed) > 20


def test_a_booking_by_curl_is_held_and_bail_releases_it(feed: Feed) -> None:
    assert feed.accepted("sh", example("sh", "booking.created")) == ["booking-row-88121-1"]
    assert is_held(feed, "2026-00417")
    bail = example("sh", "bail.posted").partition("sleep ")[0]
    assert feed.accepted("sh", bail) == ["bail-row-5501"]
    assert wait_until(lambda: "RELEASED at" in feed.run("sh", "custody show 2026-00417"), 20.0)
    assert "custody.record.released.v1" in (feed.directory / "data/notices.jsonl").read_text()


def test_a_booking_by_python_is_held(feed: Feed) -> None:
    assert feed.accepted("python", example("python", "urllib.request")) == ["booking-row-88122-1"]
    assert is_held(feed, "2026-00418")


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_a_booking_by_javascript_is_held(feed: Feed) -> None:
    assert feed.accepted("javascript", example("javascript", "fetch")) == ["booking-row-88123-1"]
    assert is_held(feed, "2026-00419")


def test_the_answers_on_the_page_are_those_of_its_examples() -> None:
    ids = re.findall(r'"?id"?: "(booking-row-[^"]+)"', PAGE.partition("## Testing your feed")[0])
    assert re.findall(r"""accepted['"]: ?\[['"](.*?)['"]\]""", PAGE) == ids


def test_who_is_past_the_deadline_is_said_before_anything_is_sent(feed: Feed) -> None:
    answers = [json.loads(line) for line in feed.run("sh", example("sh", "custody explain -")).splitlines()]
    assert len(answers) == 2
    assert all(answer["deadline"] for answer in answers)


def test_the_clock_in_memory_plays_the_example(feed: Feed) -> None:
    assert "custody.record.released.v1" in feed.run("python", example("python", "Clockwork"))
