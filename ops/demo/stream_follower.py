"""Follows journal, outbox and rejects as any other system could: by reading the streams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from events.outbound import Outbound
from ops.demo.service import DemoService
from worker.desk.sent import OUTBOUND
from worker.store.streams import entries_of_range

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class NewEntries:
    """What was added to each stream since the last read.

    Attributes:
        rejected: the reason and the event, for each rejected event.
    """

    journal: Sequence[Mapping[str, Any]]
    outbound: Sequence[Outbound]
    rejected: Sequence[tuple[str, bytes]]

    def __bool__(self) -> bool:
        return bool(self.journal or self.outbound or self.rejected)


class StreamFollower:
    """Reads the streams and remembers its position in each."""

    def __init__(self, service: DemoService) -> None:
        self._client = service.client
        keys = service.keys
        self._read_up_to = {keys.journal: "-", keys.outbox: "-", keys.rejects: "-"}

    def read_new(self) -> NewEntries:
        """Read what is new, in one round trip. Never blocks: a blocking read can return 100 ms late."""
        pipeline = self._client.pipeline(transaction=False)
        for stream, start in self._read_up_to.items():
            pipeline.xrange(stream, min=start, count=_PAGE)
        found = []
        for stream, answer in zip(list(self._read_up_to), pipeline.execute(), strict=True):
            entries = entries_of_range(answer)
            if entries:
                self._read_up_to[stream] = f"({entries[-1][0].decode()}"
            found.append([fields for _, fields in entries])
        journal, outbox, rejects = found
        return NewEntries(
            journal=[orjson.loads(fields[b"entry"]) for fields in journal],
            outbound=[OUTBOUND.validate_json(fields[b"event"]) for fields in outbox],
            rejected=[(fields[b"reason"].decode(), fields[b"event"]) for fields in rejects],
        )
