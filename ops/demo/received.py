"""What has arrived at those who get the demo's notices: the jail and ICE by webhook, the others in files."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from events.outbound import Outbound
from worker.desk.sent import OUTBOUND

AUDIENCES: Final = {
    "jms": "jail",
    "ice": "ICE",
    "watch": "watch",
    "subject": "person",
    "counsel": "counsel",
}

WEBHOOKS: Final = ("jms", "ice")
"""The audiences that have a receiver; the others have a file."""

FILES: Final = {"watch": "watch.jsonl", "print-room": "print-room.jsonl"}
"""By sink, a file in the demo's directory. The print room hands copies to the person and to counsel."""


@dataclass(frozen=True, slots=True)
class ReceivedNotice:
    """A notice, and the audience whose receiver or file it arrived at."""

    audience: str
    event: Outbound


@dataclass
class Received:
    """Filled by the receiver's threads and by the notifier, while the demo looks at it.

    Attributes:
        directory: where the files are.
        by_webhook: what the receivers accepted, in the order of its arrival.
        refused: for each webhook that a receiver did not accept, its audience and the reason.
    """

    directory: Path
    by_webhook: list[ReceivedNotice] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def counts(self) -> Counter[str]:
        """How many notices each audience has; counts lines of files that are still being written."""
        counts = Counter(notice.audience for notice in self.by_webhook)
        counts["watch"] = self._read(FILES["watch"]).count(b"\n")
        return counts

    @property
    def last(self) -> ReceivedNotice | None:
        """What came by webhook last."""
        return self.by_webhook[-1] if self.by_webhook else None

    def everything(self) -> tuple[ReceivedNotice, ...]:
        """All notices, each audience's in the order of their arrival. The notifier must have stopped."""
        return (*self.by_webhook, *self._in_files())

    def _in_files(self) -> Iterator[ReceivedNotice]:
        for name in FILES.values():
            for line in self._read(name).splitlines():
                event = OUTBOUND.validate_json(line)
                yield ReceivedNotice(event.audience, event)

    def _read(self, name: str) -> bytes:
        path = self.directory / name
        return path.read_bytes() if path.exists() else b""
