"""Opens the store for this process when it is first needed, and tries again where it could not be opened."""

import threading
import time
from collections.abc import Callable
from typing import Final

from worker.store.context import Context

_AGAIN_SECONDS: Final = 1.0
"""How long after a failure nobody tries again: a store that hangs would hold up one request after another."""


class StoreDoor:
    """The context of this process. The board must start, and say what is wrong, without a store too."""

    def __init__(self, open_context: Callable[[], Context]) -> None:
        self._open_context = open_context
        self._context: Context | None = None
        self._problem: Exception | None = None
        self._failed_at = 0.0
        self._one_opens = threading.Lock()

    def context(self) -> Context:
        """The context, opened now if it is not open.

        Raises:
            Exception: whatever keeps the store from being opened; see `worker.host.wiring.reading_context`.
        """
        with self._one_opens:
            if self._context is None:
                self._context = self._open()
            return self._context

    def forget(self, context: Context) -> None:
        """Open the store again when it is next needed: it may be elsewhere, or another one, by now."""
        with self._one_opens:
            if self._context is context:
                self._context = None
        context.client.connection_pool.disconnect(inuse_connections=False)

    def _open(self) -> Context:
        if self._problem is not None and time.monotonic() < self._failed_at + _AGAIN_SECONDS:
            raise self._problem
        try:
            self._problem = None
            return self._open_context()
        except Exception as error:
            self._problem, self._failed_at = error, time.monotonic()
            raise
