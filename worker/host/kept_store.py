"""The embedded store as its owner keeps it: started, and started again whenever it dies."""

import threading
from pathlib import Path
from typing import Final, Self

import structlog

from worker.embedded.server import EmbeddedStore, EmbeddedStoreFault, StoreInUse

log = structlog.get_logger("custody")

_LOOK_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 8.0


class KeptStore:
    """An embedded store that this process owns, and a thread that looks after it.

    Attributes:
        is_ready: whether it answered when it was last looked at; not while it is being started again.
    """

    def __init__(self, store: EmbeddedStore) -> None:
        self.is_ready = True
        self._store = store
        self._stopping = threading.Event()
        self._one_stops = threading.RLock()
        self._is_stopped = False
        threading.Thread(target=self._keep, name="store-keeper", daemon=True).start()

    @classmethod
    def own(cls, data_dir: Path) -> Self | None:
        """Own the embedded store under this directory, and start it; None if another process owns it.

        Raises:
            worker.embedded.server.EmbeddedStoreFault: it cannot be started.
        """
        try:
            return cls(EmbeddedStore.own(data_dir))
        except StoreInUse:
            return None

    @property
    def url(self) -> str:
        """Its URL, with its password: must not be logged."""
        return self._store.url

    def stop(self) -> None:
        """Stop the store. Safe to call twice, and to interrupt."""
        self._stopping.set()
        with self._one_stops:
            if not self._is_stopped:
                self._store.stop()
                self._is_stopped = True
                log.info("embedded_store_stopped")

    def _keep(self) -> None:
        pause = _LOOK_SECONDS
        while not self._stopping.wait(pause):
            self.is_ready = False
            try:
                if self._store.ensure_running():
                    log.error("embedded_store_restarted")
            except EmbeddedStoreFault as fault:
                log.exception("embedded_store_down", problem=str(fault))
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            else:
                self.is_ready, pause = True, _LOOK_SECONDS
