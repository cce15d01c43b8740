"""What a process of the service has open: made on first use, anew in each process, never at import."""

import os
from functools import lru_cache
from pathlib import Path

from worker.delivery.sinks import ConsoleSink, FileSink, Sink
from worker.settings import Settings, broker_beside, read_settings
from worker.site import Site, open_site
from worker.store.embedded import find

NOTICES_FILE = "notices.jsonl"


def store_url(settings: Settings) -> str:
    """Where the store is: as set, or the embedded one that runs under the data directory.

    Raises:
        worker.store.embedded.StoreNotRunning: no store is set and none runs.
    """
    return settings.store_url or find(settings.data_dir)


def broker_url(settings: Settings) -> str:
    """Where Celery's broker is."""
    return settings.broker_url or broker_beside(store_url(settings))


def site() -> Site:
    """This process's hold on the service. A forked child gets its own."""
    return _site_of(os.getpid())


def sinks(data_dir: Path | None = None) -> list[Sink]:
    """Where notices go: a file of JSON lines in the data directory (None: as set), and the log."""
    return [FileSink((data_dir or read_settings().data_dir) / NOTICES_FILE), ConsoleSink()]


@lru_cache(maxsize=2)
def _site_of(_pid: int) -> Site:
    settings = read_settings()
    return open_site(settings, store_url(settings))
