"""What the demo finds in the store when all is over: the ground on which it judges."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ops.demo.feed import Arrival
from ops.demo.stage import Stage
from worker.clock import ScaledClock
from worker.custody.journal import BrokenEntryError, read_entry
from worker.custody.record import Record
from worker.desk.sent import Sent, everything_sent
from worker.store import audit, journal, records, rejects
from worker.store.connection import Client
from worker.store.inbox import Inbox
from worker.store.keys import Keys
from worker.store.rejects import StoredRejection


@dataclass(frozen=True)
class Evidence:
    """Everything that is left in the store, and what was put into it.

    Attributes:
        arrived: what was put into the inbox, with the made-up instant.
        entries: the contents of the journal entries, oldest first.
        rejected: what was refused, whole.
        problems: what the check of hash chains, records and timers found.
        unsettled: events that are still in the inbox.
        clock: turns made-up instants into real ones.
    """

    records: Mapping[str, Record]
    arrived: tuple[Arrival, ...]
    sent: tuple[Sent, ...]
    entries: tuple[Mapping[str, Any], ...]
    rejected: tuple[StoredRejection, ...]
    problems: tuple[str, ...]
    unsettled: int
    clock: ScaledClock

    def real(self, instant: datetime) -> datetime:
        """The real instant that a made-up one fell on."""
        return self.clock.real_start + (instant - self.clock.starts_at) / self.clock.speed

    def real_ms_late(self, sent: Sent, due: datetime) -> float:
        """Real milliseconds from the made-up instant at which something was due to its being on record.

        The store dates what it writes to the millisecond, rounded down.
        """
        return max(0.0, (sent.stored_at - self.real(due)) / timedelta(milliseconds=1))


def gather(stage: Stage, arrived: list[Arrival]) -> Evidence:
    """Read it all. Nothing may be at work any more."""
    client, keys = stage.client, stage.keys
    return Evidence(
        records={
            booking: record
            for loaded in records.every(client, keys)
            for booking, record in loaded.records.items()
        },
        arrived=tuple(arrived),
        sent=tuple(everything_sent(client, keys)),
        entries=tuple(_entries(client, keys)),
        rejected=tuple(rejects.every(client, keys)),
        problems=tuple(audit.verify(client, keys).problems),
        unsettled=Inbox(client, keys, "demo").waiting(),
        clock=stage.clock,
    )


def _entries(client: Client, keys: Keys) -> Iterator[Mapping[str, Any]]:
    """The readable ones; the others are among the problems."""
    for _, text in journal.every(client, keys):
        try:
            yield read_entry(text).content
        except BrokenEntryError:
            continue
