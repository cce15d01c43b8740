"""A place for an embedded store."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.embedding import servers_under
from worker.embedded import endpoint as endpoint_module
from worker.embedded import process as valkey_process


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data directory that does not exist yet; when the test is over no server may be left under it."""
    yield tmp_path / "custody data" / "var"
    left_behind = servers_under(tmp_path)
    for pid in left_behind:
        os.kill(pid, signal.SIGKILL)
    assert left_behind == []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up early on a server that does not respond."""
    monkeypatch.setattr(endpoint_module, "_FIND_TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(endpoint_module, "_PROBE_TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(valkey_process, "_PORT_TIMEOUT_SECONDS", 0.3)
