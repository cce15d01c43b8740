"""A store with something of everything in it; a place for an embedded one."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from bookings import bail_posted, booked, departed, ice_contacted, now
from embedding import servers_under
from working import audit_problems, take_in

from worker.site import Site
from worker.store import endpoint as endpoint_module
from worker.store import valkey_process

HOUR = timedelta(hours=1)


@pytest.fixture
def kept(site: Site) -> Site:
    """A store with B1, held and asked about, B2, released, and B3, of which only an event is known."""
    for event in (
        booked("B1", due_at=now() + 20 * HOUR),
        booked("B2", due_at=now() + HOUR),
        ice_contacted("B1", now()),
        ice_contacted("B2", now()),
        bail_posted("B2", now()),
        ice_contacted("B3", now()),
        departed("B2", now()),
    ):
        take_in(site, event)
    assert audit_problems(site) == []
    return site


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
    """Give up early on whoever does not answer."""
    monkeypatch.setattr(endpoint_module, "_FIND_PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(endpoint_module, "_ASK_TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(valkey_process, "_PORT_PATIENCE_SECONDS", 0.3)
