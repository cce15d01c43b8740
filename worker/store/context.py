"""What one process has open of the service: the store, its shards, the rules and the clock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from worker.clock import Clock
from worker.store.commit import Committer
from worker.store.connection import Client
from worker.store.inbox import Inbox
from worker.store.keys import Keys
from worker.store.outbox import Outbox
from worker.store.rules_by_record import RulesByRecord
from worker.store.unix_ms import from_time


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard: its keys, its writer, its two mailboxes."""

    client: Client
    keys: Keys
    committer: Committer
    inbox: Inbox
    outbox: Outbox

    @classmethod
    def open(cls, client: Client, keys: Keys, consumer: str) -> Self:
        """A shard as this process works it.

        Args:
            consumer: the name under which this process reads the inbox.
        """
        return cls(client, keys, Committer(client, keys), Inbox(client, keys, consumer), Outbox(client, keys))


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that a piece of work needs."""

    client: Client
    shards: tuple[Shard, ...]
    rules_by_record: RulesByRecord
    clock: Clock
    simulated: bool

    def store_now(self) -> datetime:
        """The store's time in UTC, by which intake judges the future; simulated on a simulated store."""
        if self.simulated:
            return self.clock.now()
        return from_time(*self.client.time())
