"""A second store, as a sink of kind `stream` writes to: real, refusing, frozen, or gone."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.waiting import wait_until
from worker.embedded.server import EmbeddedStore
from worker.store.connection import Client, connect

_START_WITHIN_SECONDS = 30.0


@dataclass
class OtherStore:
    """A Valkey server that is not the clock's."""

    url: str
    client: Client
    pid: int
    server: EmbeddedStore

    def events(self, key: str) -> list[bytes]:
        """What is in a stream, in order."""
        entries: Any = self.client.xrange(key)
        return [fields[b"event"] for _, fields in entries]

    def used_bytes(self) -> int:
        """How much memory it has in use."""
        return int(self.client.info("memory")["used_memory"])

    def url_of(self, user: str, password: str) -> str:
        """Its address for a user of it."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=f"{user}:{password}@{parts.hostname}:{parts.port}").geturl()

    def kill(self) -> None:
        """It ends without a word."""
        os.kill(self.pid, signal.SIGKILL)

    def start_again(self) -> None:
        """After it was killed: at the same address, with what is on its disk, settings as at first."""
        assert wait_until(self.server.ensure_running, _START_WITHIN_SECONDS)
        self.client.connection_pool.disconnect()
        self.pid = self.client.info("server")["process_id"]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It has its connections and answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):  # killed meanwhile
                os.kill(self.pid, signal.SIGCONT)


@contextmanager
def other_store(directory: Path) -> Iterator[OtherStore]:
    """One with its data in a directory."""
    with EmbeddedStore.own(directory) as server:
        client = connect(server.url)
        yield OtherStore(server.url, client, client.info("server")["process_id"], server)
        client.close()
