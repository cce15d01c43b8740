"""The weekend under test, from several seeds, and where the demo runs."""

import os
from pathlib import Path

import pytest

from ops.demo.evidence import Evidence
from ops.demo.script import weekend_script
from ops.demo.weekend import Weekend, weekend
from tests.support.played_weekend import played


@pytest.fixture(scope="module", params=(2016, 1, 7, 99))
def script(request: pytest.FixtureRequest) -> Weekend:
    """One whole weekend."""
    return weekend(request.param)


@pytest.fixture(scope="package")
def truth(store_server: str) -> Evidence:
    """What the weekend leaves behind where each event is worked and each timer fired at the very instant."""
    return played(weekend_script(), store_server)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of a real installation that the demo must not touch, and a directory for its files."""
    (tmp_path / "temporary").mkdir()
    return {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(tmp_path / "temporary"),
        "CUSTODY_STORE_URL": "redis://127.0.0.1:1/0",
        "CUSTODY_BROKER_URL": "redis://127.0.0.1:1/1",
        "CUSTODY_DATA_DIR": str(tmp_path / "real"),
        "CUSTODY_PROFILE": "ca-values-2018",
        "CUSTODY_SHARDS": "3",
    }
