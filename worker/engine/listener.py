"""Wakes the pacemaker when something arrives, so that it need not poll."""

import math
import threading
import time
from typing import Any, Final

from redis.exceptions import RedisError

from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.streams import entries_of

_BLOCK_MS: Final = 2_000
"""Less than the client waits for an answer."""

_GAP_SECONDS: Final = 0.005
OUTBOX_GAP_SECONDS: Final = 1.0
"""Every release adds to the outbox; waking for each would delay the next release."""

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
        """End soon; a daemon thread, so nobody waits for it."""
        self._stopping.set()

    def run(self) -> None:
        """Listen until stopped. What arrives between two calls is found by the pacemaker's own look."""
        last_wake = "$"
        outbox_heard_at = -math.inf
        while not self._stopping.is_set():
            streams: dict[Any, Any] = {self._keys.wake: last_wake, self._keys.inbox: "$"}
            deaf_seconds = outbox_heard_at + OUTBOX_GAP_SECONDS - time.monotonic()
            if deaf_seconds <= 0:
                streams[self._keys.outbox] = "$"
            block_ms = math.ceil(deaf_seconds * 1000) if deaf_seconds > 0 else _BLOCK_MS
            try:
                heard: Any = self._client.xread(streams, count=1, block=block_ms)
            except RedisError:
                self._stopping.wait(_RETRY_SECONDS)
                continue
            if not heard:
                continue
            self._wake.set()
            found = dict(heard)
            if self._keys.outbox.encode() in found:
                outbox_heard_at = time.monotonic()
            woken = found.get(self._keys.wake.encode())
            last_wake = entries_of([(b"", woken)])[-1][0].decode() if woken else last_wake
            self._stopping.wait(_GAP_SECONDS)
