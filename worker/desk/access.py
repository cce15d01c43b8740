"""Who has looked at whose record on the board."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.desk.story import utc_ms
from worker.store import access_journal
from worker.store.context import OpenStore
from worker.store.unix_ms import to_ms_up


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a record, or at a report.

    Attributes:
        at: the store's time, in UTC.
        booking: the number that was asked for; None of a report, and if the entry cannot be read.
        by: the name of the token; None where the desk was open to whoever asked.
        form: what was opened, in words.
    """

    at: datetime
    booking: str | None
    by: str | None
    form: str

    def to_document(self) -> dict[str, Any]:
        """For a program; instants are RFC 3339 in UTC with milliseconds."""
        return {"at": utc_ms(self.at), "booking": self.booking, "by": self.by, "form": self.form}


def every_look(store: OpenStore, since: datetime | None = None) -> Iterator[Look]:
    """All looks, oldest first; only those since an instant, if one is given."""
    shard = store.shards[0]
    first_ms = max(to_ms_up(store.by_store(since)), 0) if since else 0
    for entry in access_journal.every(shard.client, shard.keys, first_ms):
        at, access = store.by_clock(entry.at), entry.access
        if access is None:
            yield Look(at, None, None, "an entry that cannot be read")
        else:
            yield Look(at, access.booking, access.by, access.form)
