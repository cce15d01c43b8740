"""Reads, from outside, the streams in which contenders report firings, and records when it saw each.

It shares the CPU with the contender, so it does as little as possible.
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
"""A stream entry's fields, and the Unix time in microseconds at which it was read."""


class Observer(threading.Thread):
    """Reads entries as soon as they appear, and leaves their interpretation until after the run.

    Args:
        gap_seconds: pause after each read, to leave the CPU to others. Sightings become that much later; the
            firing instants that the contender reports do not.
    """

    def __init__(
        self,
        url: str,
        streams: Sequence[str],
        is_firing: Callable[[Fields], bool],
        *,
        gap_seconds: float = 0.0,
    ) -> None:
        super().__init__(name="observer", daemon=True)
        self._client = connect(url)
        self._last: dict[str, str] = dict.fromkeys(streams, "0")
        self._sightings: list[tuple[list[Fields], int]] = []
        self._is_firing = is_firing
        self._gap_seconds = gap_seconds
        self._count = 0
        self._stopping = threading.Event()

    @property
    def count(self) -> int:
        """How many entries that look like firings have been read, repeats included. Cheap to call."""
        return self._count

    def sightings(self) -> list[Sighting]:
        """Everything seen up to now."""
        return [(fields, seen_us) for entries, seen_us in list(self._sightings) for fields in entries]

    def run(self) -> None:
        """Read until `stop` is called, waiting for the store while it is down."""
        while not self._stopping.is_set():
            try:
                self._read(_BLOCK_MS)
                self._stopping.wait(self._gap_seconds)
            except RedisError:
                self._stopping.wait(_RETRY_SECONDS)

    def stop(self) -> list[Sighting]:
        """Read what is left, and return everything seen."""
        self._stopping.set()
        if self.is_alive():
            self.join()
        while self._read(None):
            pass
        self._client.close()
        return self.sightings()

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
            fields_of_each = [dict(zip(flat[::2], flat[1::2], strict=True)) for _, flat in entries]
            self._sightings.append((fields_of_each, seen_us))
            found += len(fields_of_each)
            self._count += sum(self._is_firing(fields) for fields in fields_of_each)
        return found
