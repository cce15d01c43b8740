"""What goes wrong is reported in one line that says what to do, with an exit status, never a traceback."""

import os
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.support.bookings import PROFILE
from tests.support.terminal import ROOT, Command, Ran, custody, custody_process
from worker import heartbeat
from worker.store.context import Context

NEEDS_THE_STORE = [
    ("show", "A1"),
    ("due",),
    ("rejects", "list"),
    ("rejects", "replay", "--all"),
    ("audit", "verify"),
    ("audit", "export"),
    ("reprofile", "ca-values-2018", "--all-held"),
    ("publish",),
    ("doctor",),
]
AT = "2016-11-18T10:00:00-08:00"


@pytest.fixture
def nobody() -> str:
    """The URL of a store where no server listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{taken.getsockname()[1]}/0"


def is_explained(asked: Ran, *words: str, status: int = 1) -> bool:
    assert asked.status == status, asked
    return all(word in asked.complaint for word in words)


@pytest.mark.parametrize("words", NEEDS_THE_STORE, ids=" ".join)
def test_a_store_that_cannot_be_reached(words: tuple[str, ...], nobody: str) -> None:
    assert is_explained(custody(*words, store_url=nobody), "does not answer", "CUSTODY_STORE_URL")


@pytest.mark.parametrize("words", NEEDS_THE_STORE, ids=" ".join)
def test_no_store_running_in_the_data_directory(words: tuple[str, ...], tmp_path: Path) -> None:
    asked = custody(*words, data_dir=str(tmp_path / "var"))
    assert is_explained(asked, "no custody clock is running", "custody run")
    assert not (tmp_path / "var").exists()


def test_a_wrong_password(store: object, store_server: str) -> None:
    wrong = store_server.replace("redis://:", "redis://:not")
    asked = custody("due", store_url=wrong)
    assert is_explained(asked, "refused us", "CUSTODY_STORE_URL")
    assert wrong not in asked.err


@pytest.mark.parametrize("url", ["bogus", "http://127.0.0.1/0", "redis://127.0.0.1:port/0"])
def test_a_store_url_that_is_none(url: str) -> None:
    assert is_explained(custody("due", store_url=url), "CUSTODY_STORE_URL")


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("shards", "0", "CUSTODY_SHARDS"),
        ("shards", "many", "CUSTODY_SHARDS"),
        ("log_format", "xml", "CUSTODY_LOG_FORMAT"),
        ("departures_expected", "perhaps", "CUSTODY_DEPARTURES_EXPECTED"),
        ("profile", "nowhere", "lapd-2016-11"),
    ],
)
def test_a_setting_that_cannot_be_used(setting: str, value: str, named: str, store_server: str) -> None:
    ask: Command = partial(custody, store_url=store_server)
    assert is_explained(ask("due", **{setting: value}), named)


def test_an_empty_setting_counts_as_not_set(context: Context, store_server: str) -> None:
    asked = custody("due", "--json", store_url=store_server, profile=PROFILE, shards="", log_format="")
    assert (asked.status, asked.document) == (0, [])


@pytest.mark.parametrize(
    "words",
    [
        ("due", "--within", "4"),
        ("due", "--within", "-4h"),
        ("explain",),
        ("explain", "--arrested-at", "yesterday"),
        ("explain", "--arrested-at", "2016-11-18T10:00:00"),
        ("explain", "--arrested-at", AT, "--arrest-kind", "citizen"),
        ("publish", "no such file"),
        ("import", "lapd", "no such file"),
        ("reprofile",),
        ("show",),
    ],
    ids=" ".join,
)
def test_words_that_cannot_be_meant_are_refused_before_anything_is_done(words: tuple[str, ...]) -> None:
    asked = custody(*words)
    assert asked.status == 2
    assert asked.complaint


def test_the_process_itself_fails_in_one_line_too(nobody: str) -> None:
    asked = custody_process("due", store_url=nobody)
    assert is_explained(asked, "does not answer")


@pytest.mark.parametrize("setting", [{"profile": "nowhere"}, {"shards": "many"}])
def test_a_worker_that_cannot_start_says_so_in_one_line(setting: dict[str, str], tmp_path: Path) -> None:
    ask: Command = partial(custody_process, data_dir=str(tmp_path))
    asked = ask("worker", **setting)
    assert asked.status == 1
    assert asked.complaint
    assert list(tmp_path.iterdir()) == []


def test_celery_itself_fails_to_start_in_one_line_too(tmp_path: Path) -> None:
    settings = {"CUSTODY_PROFILE": "nowhere", "CUSTODY_DATA_DIR": str(tmp_path)}
    asked = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "worker", "worker"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr.splitlines()[-1].startswith("custody: no profile 'nowhere'")
    assert "Traceback" not in asked.stderr


def test_where_no_worker_is_at_work_none_is_alive(tmp_path: Path) -> None:
    assert is_explained(custody("alive", data_dir=str(tmp_path)), str(tmp_path), "log")
    heartbeat.beat(tmp_path)
    assert custody("alive", data_dir=str(tmp_path)).status == 0
    [sign] = tmp_path.iterdir()
    os.utime(sign, (0, sign.stat().st_mtime - heartbeat.STALE_AFTER_SECONDS))
    assert is_explained(custody("alive", data_dir=str(tmp_path)), str(tmp_path))
