"""Commands on a store of the test's own, under the profile of `bookings`."""

from functools import partial
from pathlib import Path

import pytest
from bookings import PROFILE
from terminal import Command, custody
from working import Store

from worker.site import Site


@pytest.fixture
def ask(site: Site, store: Store, tmp_path: Path) -> Command:
    """Runs a command on the store that `site` works on."""
    return partial(custody, store_url=store.url, profile=PROFILE, data_dir=str(tmp_path))
