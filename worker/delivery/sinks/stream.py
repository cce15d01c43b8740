"""A stream of another Valkey or Redis server."""

from collections.abc import Sequence

from worker.delivery.routing import StreamSettings
from worker.delivery.sink import Answer, Outcome, OutgoingNotice
from worker.store.connection import Client


class StreamSink:
    """Appends notices, all or none, each in the field `event`."""

    most_at_once = 200
    waits_out_failures = True

    def __init__(self, settings: StreamSettings, client: Client) -> None:
        """`client` is of the other server."""
        self._key = settings.key
        self._maxlen = settings.maxlen
        self._client = client

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        """Append these, in order."""
        pipeline = self._client.pipeline(transaction=True)
        for notice in notices:
            pipeline.xadd(self._key, {"event": notice.raw}, maxlen=self._maxlen, approximate=True)
        pipeline.execute()
        return Answer(Outcome.DELIVERED)
