"""What is in the store when the demo is over: the evidence for its checks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ops.demo.feed import Arrival
from ops.demo.received import ReceivedNotice
from ops.demo.service import DemoService
from worker.clock import ScaledClock
from worker.custody.journal import BrokenEntryError, read_entry
from worker.custody.record import Record
from worker.desk.integrity import verify_journal
from worker.desk.rejected import RejectedItem, rejected_events
from worker.desk.sent import Sent, everything_sent
from worker.store import journal, records, sinks
from worker.store.connection import Client
from worker.store.keys import Keys


@dataclass(frozen=True)
class Evidence:
    """The whole content of the store, and what was sent into it.

    Attributes:
        arrived: the events sent to the inbox, each with the simulated instant of its arrival.
        entries: the contents of the journal entries, oldest first.
        problems: what the check of hash chains, records and timers found.
        unsettled: how many events are still in the inbox.
        received: the notices that arrived; those of each audience in the order of their arrival.
        refused: for each webhook that a receiver did not accept, the audience and the reason.
        superseded: the ids of the notices that were not sent, since a newer one had made them untrue.
        clock: converts simulated instants to real ones.
    """

    records: Mapping[str, Record]
    arrived: tuple[Arrival, ...]
    sent: tuple[Sent, ...]
    entries: tuple[Mapping[str, Any], ...]
    rejected: tuple[RejectedItem, ...]
    problems: tuple[str, ...]
    unsettled: int
    received: tuple[ReceivedNotice, ...]
    refused: tuple[tuple[str, str], ...]
    superseded: frozenset[str]
    clock: ScaledClock

    def real(self, instant: datetime) -> datetime:
        """The real instant at which a simulated one occurred."""
        return self.clock.real_start + (instant - self.clock.starts_at) / self.clock.speed

    def real_ms_late(self, sent: Sent, due: datetime) -> float:
        """Real milliseconds from the simulated instant at which an event was due until it was stored.

        The store's timestamps are whole milliseconds, rounded down.
        """
        return max(0.0, (sent.stored_at - self.real(due)) / timedelta(milliseconds=1))


def gather(service: DemoService, arrived: list[Arrival]) -> Evidence:
    """Read the whole store. The worker must have stopped."""
    client, keys = service.client, service.keys
    return Evidence(
        records={
            booking: record
            for loaded in records.every(client, keys)
            for booking, record in loaded.records.items()
        },
        arrived=tuple(arrived),
        sent=tuple(everything_sent(client, keys)),
        entries=tuple(_entries(client, keys)),
        rejected=tuple(rejected_events(service.context)),
        problems=tuple(verify_journal(service.context).problems),
        unsettled=service.inbox.waiting(),
        received=service.received.everything(),
        refused=tuple(service.received.refused),
        superseded=frozenset(
            receipt.notice for _, receipt in sinks.receipts(client, keys) if receipt.outcome == "superseded"
        ),
        clock=service.clock,
    )


def _entries(client: Client, keys: Keys) -> Iterator[Mapping[str, Any]]:
    """The readable entries; the audit reports the others as problems."""
    for _, text in journal.every(client, keys):
        try:
            yield read_entry(text).content
        except BrokenEntryError:
            continue
