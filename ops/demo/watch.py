"""Follows journal, outbox and rejects as any other system could: by reading the streams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from events.outbound import Outbound
from ops.demo.stage import Stage
from worker.desk.sent import OUTBOUND
from worker.store.streams import entries_of_range

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """What is new since the last look."""

    entries: Sequence[Mapping[str, Any]]
    outbound: Sequence[Outbound]
    refused: Sequence[tuple[str, bytes]]
    """Reason and event."""

    def __bool__(self) -> bool:
        return bool(self.entries or self.outbound or self.refused)


class Watch:
    """Remembers how far it has read."""

    def __init__(self, stage: Stage) -> None:
        self._client = stage.client
        keys = stage.keys
        self._read_up_to = {keys.journal: "-", keys.outbox: "-", keys.rejects: "-"}

    def look(self) -> Seen:
        """Read what is new, in one round trip. Never waits: a blocked read ends up to 100 ms late."""
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
        return Seen(
            entries=[orjson.loads(fields[b"entry"]) for fields in journal],
            outbound=[OUTBOUND.validate_json(fields[b"event"]) for fields in outbox],
            refused=[(fields[b"reason"].decode(), fields[b"event"]) for fields in rejects],
        )
