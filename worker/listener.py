"""Wakes the pacemaker when something arrives, so that it need not look often."""

import threading
from typing import Any, Final

from redis.exceptions import RedisError

from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.streams import entries_of

_BLOCK_MS: Final = 5_000
_GAP_SECONDS: Final = 0.005
_RETRY_SECONDS: Final = 0.25


class Listener(threading.Thread):
    """Blocks on one shard's inbox, outbox and wake stream. It wakes; it never decides what is due."""

    def __init__(self, client: Client, keys: Keys, wake: threading.Event) -> None:
        super().__init__(name=f"listener-{keys.shard}", daemon=True)
        self._client = client
        self._keys = keys
        self._wake = wake
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End at the next occasion; a daemon thread, so nobody waits for it."""
        self._stopping.set()

    def run(self) -> None:
        """Listen until told to stop. What is missed between two calls the pacemaker finds by looking."""
        last_wake = "$"
        while not self._stopping.is_set():
            streams: dict[Any, Any] = {
                self._keys.wake: last_wake,
                self._keys.inbox: "$",
                self._keys.outbox: "$",
            }
            try:
                heard: Any = self._client.xread(streams, count=1, block=_BLOCK_MS)
            except RedisError:
                self._stopping.wait(_RETRY_SECONDS)
                continue
            if not heard:
                continue
            self._wake.set()
            woken = dict(heard).get(self._keys.wake.encode())
            last_wake = entries_of([(b"", woken)])[-1][0].decode() if woken else last_wake
            self._stopping.wait(_GAP_SECONDS)
