"""A worker's process is tuned so that neither another thread nor the garbage collector delays a deadline."""

import subprocess
import sys
from pathlib import Path

from tests.support.repository import ROOT

PREPARED = """
import gc, sys, types
from worker.host import lifecycle
lifecycle.prepare(types.SimpleNamespace())
print(sys.getswitchinterval(), gc.get_threshold()[0])
"""


def test_threads_switch_within_a_millisecond_and_garbage_is_collected_rarely(
    store_server: str, tmp_path: Path
) -> None:
    """Python's defaults are 5 ms, and a collection every 700 objects."""
    environment = {"CUSTODY_STORE_URL": store_server, "CUSTODY_DATA_DIR": str(tmp_path)}
    prepared = subprocess.run(
        [sys.executable, "-c", PREPARED],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    switch_seconds, objects = prepared.stdout.split()
    assert float(switch_seconds) <= 0.001
    assert int(objects) >= 10_000
