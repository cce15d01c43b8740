"""Opens the store for this process when it is first needed, and tries again where it could not be opened."""

import threading
from collections.abc import Callable

from worker.store.context import Context


class StoreDoor:
    """The context of this process. The board must start, and say what is wrong, without a store too."""

    def __init__(self, open_context: Callable[[], Context]) -> None:
        self._open_context = open_context
        self._context: Context | None = None
        self._one_opens = threading.Lock()

    def context(self) -> Context:
        """The context, opened now if it is not yet.

        Raises:
            Exception: whatever keeps the store from being opened; see `worker.host.wiring.reading_context`.
        """
        with self._one_opens:
            if self._context is None:
                self._context = self._open_context()
            return self._context
