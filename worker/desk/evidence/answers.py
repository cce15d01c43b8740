"""The evidence about one booking, as frozen answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.desk.alarms import AlarmItem
from worker.desk.notices import NoticeStatus
from worker.desk.story import Story, utc_ms
from worker.store.chain import Chain


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the store holds about one booking.

    Attributes:
        as_of: the store's time when it was read, in UTC.
        story: with the journal entries that can be read; None if the record cannot be.
        unreadable: why the record cannot be read.
        chain: of the journal entries that the record lists.
        notices: everything that anybody was sent about it, oldest first.
        alarms: those about it that wait for a person, oldest first.
        has_notifier: whether a process that delivers notices has ever run.
    """

    booking: str
    as_of: datetime
    story: Story | None
    unreadable: str | None
    chain: Chain
    notices: tuple[NoticeStatus, ...]
    alarms: tuple[AlarmItem, ...]
    has_notifier: bool

    def to_document(self) -> dict[str, Any]:
        """For a program: the story, then what proves it; instants are RFC 3339 in UTC with milliseconds.

        The entries of the chain are texts exactly as they are stored, so that anybody can hash them.
        """
        story = self.story.to_document() if self.story else {"booking": self.booking}
        return story | {
            "as_of": utc_ms(self.as_of),
            "unreadable": self.unreadable,
            "chain": {
                "is_whole": not self.chain.problems,
                "problems": list(self.chain.problems),
                "entries": [
                    {
                        "id": entry.id,
                        "text": entry.text.decode(errors="backslashreplace"),
                        "sha256": entry.link.hash.hex() if entry.link else None,
                    }
                    for entry in self.chain.entries
                ],
            },
            "notices": [notice.to_document() for notice in self.notices],
            "alarms": [alarm.to_document() for alarm in self.alarms],
        }
