"""Reads, from outside, the streams into which contenders write that a timer fired, and notes when.

It shares the cores with those it watches, so it does as little as it can.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from redis.exceptions import RedisError

from worker.store.connection import connect
from worker.store.pipelining import ask

_BLOCK_MS: Final = 500
_COUNT: Final = 2_000
_RETRY_SECONDS: Final = 0.02

Fields: TypeAlias = dict[bytes, bytes]
Sighting: TypeAlias = tuple[Fields, int]
"""A stream entry's fields, and the Unix microsecond at which it was read."""


class Onlooker(threading.Thread):
    """Reads as soon as the store lets it; what an entry means is worked out after the run.

    Args:
        gap_seconds: how long it leaves everybody alone after each reading. What it sees is that much later,
            but not when the contender itself says that it fired.
    """

    def __init__(
        self,
        url: str,
        streams: Sequence[str],
        is_firing: Callable[[Fields], bool],
        *,
        gap_seconds: float = 0.0,
    ) -> None:
        super().__init__(name="onlooker", daemon=True)
        self._client = connect(url)
        self._last: dict[str, str] = dict.fromkeys(streams, "0")
        self._sightings: list[tuple[list[Fields], int]] = []
        self._is_firing = is_firing
        self._gap_seconds = gap_seconds
        self._count = 0
        self._ending = threading.Event()

    @property
    def count(self) -> int:
        """How many entries that look like firings have been read: cheap, and repeats are in it."""
        return self._count

    def so_far(self) -> list[Sighting]:
        """All that has been seen yet."""
        return [(fields, seen_us) for entries, seen_us in list(self._sightings) for fields in entries]

    def run(self) -> None:
        """Read until told to end; a store that is gone is waited for."""
        while not self._ending.is_set():
            try:
                self._read(_BLOCK_MS)
                self._ending.wait(self._gap_seconds)
            except RedisError:
                self._ending.wait(_RETRY_SECONDS)

    def end(self) -> list[Sighting]:
        """Read what is left, and return all that was seen."""
        self._ending.set()
        if self.is_alive():
            self.join()
        while self._read(None):
            pass
        self._client.close()
        return self.so_far()

    def _read(self, block_ms: int | None) -> int:
        blocking = () if block_ms is None else ("BLOCK", block_ms)
        command = ("XREAD", "COUNT", _COUNT, *blocking, "STREAMS", *self._last, *self._last.values())
        (answer,) = ask(self._client, [command])
        seen_us = time.time_ns() // 1000
        if isinstance(answer, Exception):
            raise answer
        found = 0
        for stream, entries in (answer or {}).items():
            self._last[stream.decode()] = entries[-1][0].decode()
            told = [dict(zip(flat[::2], flat[1::2], strict=True)) for _, flat in entries]
            self._sightings.append((told, seen_us))
            found += len(told)
            self._count += sum(self._is_firing(fields) for fields in told)
        return found
