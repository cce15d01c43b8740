"""A stream of another Valkey or Redis server."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from redis.exceptions import ResponseError

from worker.delivery.routing import StreamSettings
from worker.delivery.sink import Answer, Outcome, OutgoingNotice
from worker.store.connection import Client, NotNowError

ANSWER_SECONDS: Final = 15.0


class StreamSink:
    """Appends notices, all or none, each in the field `event`."""

    most_at_once = 200
    waits_out_failures = True

    def __init__(
        self, settings: StreamSettings, client: Client, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        """`client` is of the other server, never retries, and is for nothing else."""
        self._key = settings.key
        self._maxlen = settings.maxlen
        self._client = client
        self._answer_seconds = answer_seconds

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        """Append these, in order. If the answer is lost they are appended again, with the same event ids."""
        pipeline = self._client.pipeline(transaction=True)
        for notice in notices:
            pipeline.xadd(self._key, {"event": notice.raw}, maxlen=self._maxlen, approximate=True)
        try:
            with self._bounded():
                results = pipeline.execute(raise_on_error=False)
        except (ResponseError, NotNowError) as error:
            return _not_taken(error)
        errors = [result for result in results if isinstance(result, ResponseError)]
        return _not_taken(errors[0]) if errors else Answer(Outcome.DELIVERED)

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        """The client bounds the wait for each part of an answer, not for all of them."""
        watchdog = threading.Timer(self._answer_seconds, self._client.connection_pool.disconnect)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()
            watchdog.join()


def _not_taken(error: ResponseError | NotNowError) -> Answer:
    """The kind of error alone: its text may have the command with the notice in it."""
    if str(error).startswith("WRONGTYPE"):
        return Answer(Outcome.AGAIN, "the key is not a stream: rename it, or name another key")
    return Answer(Outcome.AGAIN, error.status_code or type(error).__name__)
