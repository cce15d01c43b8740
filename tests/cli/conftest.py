"""Commands on a store of the test's own, under the profile of `bookings`."""

from functools import partial
from pathlib import Path

import pytest

from tests.support.bookings import PROFILE
from tests.support.terminal import Command, custody
from tests.support.worker_by_hand import Store
from worker.store.context import Context


@pytest.fixture
def ask(context: Context, store: Store, tmp_path: Path) -> Command:
    """Runs a command on the store that `site` works on."""
    return partial(custody, store_url=store.url, profile=PROFILE, data_dir=str(tmp_path))
