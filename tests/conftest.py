"""A real Valkey for the tests that need one: append-only file, fsync always, as in service."""

import os
from collections.abc import Iterator

import pytest
import structlog

from tests.support.bookings import PROFILE
from tests.support.worker_by_hand import Store
from worker.embedded.server import EmbeddedStore
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.connection import connect
from worker.store.context import Context


@pytest.fixture(autouse=True)
def no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer reaches a test: it may belong to a real installation."""
    for name in [name for name in os.environ if name.startswith("CUSTODY_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def plain_log() -> None:
    """Send log lines to pytest's capture, tracebacks without local variables, which take seconds to print."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@pytest.fixture(scope="session")
def store_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that runs as long as this test process."""
    with EmbeddedStore.own(tmp_path_factory.mktemp("store")) as server:
        yield server.url


@pytest.fixture
def store(store_server: str) -> Iterator[Store]:
    """An empty store, with a client of it."""
    client = connect(store_server)
    client.flushall()
    yield Store(client, store_server)
    client.flushall()  # a later test may use the server with another number of shards
    client.close()


@pytest.fixture
def context(store: Store) -> Iterator[Context]:
    """A worker's open context on an empty store of one shard, under the profile of `bookings`."""
    context = open_context(Settings(profile=PROFILE), store.url)
    yield context
    context.client.close()
