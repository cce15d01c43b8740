"""How many requests may be under way: for each token, and all together; the rest must come again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from worker.web.refusal import try_later

MOST_REQUESTS_OF_A_TOKEN: Final = 64
MOST_BYTES_OF_A_TOKEN: Final = 32 * 1024 * 1024
MOST_BYTES: Final = 64 * 1024 * 1024

WRITERS: Final = 4
"""Threads that write to the store. One that does not answer holds up no other part of the board."""

_WAITS_SECONDS: Final = 5


class Places:
    """The requests under way in this process. For the event loop's thread alone."""

    def __init__(self) -> None:
        self._requests: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._writers = asyncio.Semaphore(WRITERS)

    @contextmanager
    def one(self, token: str, size_bytes: int) -> Iterator[None]:
        """A place for a request that may need so much memory.

        Raises:
            RequestRefusedError: 429, this token has too many under way; 503, all together have.
        """
        if (
            self._requests[token] >= MOST_REQUESTS_OF_A_TOKEN
            or self._bytes[token] + size_bytes > MOST_BYTES_OF_A_TOKEN
        ):
            raise try_later(429, "too many requests at once with this token: wait for answers", 1)
        if self._bytes.total() + size_bytes > MOST_BYTES:
            raise try_later(503, "too many requests at once: try again", 2)
        self._requests[token] += 1
        self._bytes[token] += size_bytes
        try:
            yield
        finally:
            self._requests[token] -= 1
            self._bytes[token] -= size_bytes

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[None]:
        """The turn of a request that has its body.

        Raises:
            RequestRefusedError: 503, the store is too slow.
        """
        try:
            async with asyncio.timeout(_WAITS_SECONDS):
                await self._writers.acquire()
        except TimeoutError:
            raise try_later(503, "the store is too slow: try again", 5) from None
        try:
            yield
        finally:
            self._writers.release()
