"""A worker as a real process on its own store, for the length of one test file."""

from collections.abc import Iterator

import pytest

from tests.support.bookings import PROFILE
from tests.support.live_worker import Service
from tests.support.processes import running_worker
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.connection import connect


@pytest.fixture(scope="module")
def service(store_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`custody worker` with its default pool of two processes."""
    with connect(store_server) as client:
        client.flushall()
    context = open_context(Settings(profile=PROFILE), store_server)
    with running_worker(tmp_path_factory.mktemp("worker"), store_url=store_server) as worker:
        yield Service(context, worker.wait_until_ready())
    context.client.close()
