"""What one process of the service holds open: the store, its shards, the rules and the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from worker.clock import Clock, ScaledClock, StoreClock
from worker.store import identity, losses
from worker.store.commit import Committer
from worker.store.connection import Client
from worker.store.inbox import Inbox
from worker.store.keys import Keys
from worker.store.rules_by_record import RulesByRecord
from worker.store.unix_ms import LATEST_MS, from_ms
from worker.store.wrong_types import kept_aside, set_aside


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard: its keys, its writer, its inbox."""

    client: Client
    keys: Keys
    committer: Committer
    inbox: Inbox

    @classmethod
    def open(cls, client: Client, keys: Keys, consumer: str) -> Self:
        """A shard as this process works it.

        Args:
            consumer: the name under which this process reads the inbox.
        """
        return cls(client, keys, Committer(client, keys), Inbox(client, keys, consumer))

    def mend(self) -> list[str]:
        """Set keys of the wrong type aside, and make the group that went with them.

        Returns:
            What has been set aside by now and not been removed.
        """
        if set_aside(self.client, self.keys):
            self.inbox.ensure_group()
        return kept_aside(self.client, self.keys)


@dataclass(frozen=True, slots=True)
class OpenStore:
    """The store and its time: what a question needs that no rules decide."""

    client: Client
    shards: tuple[Shard, ...]
    clock: Clock
    simulated: bool

    def store_now(self) -> datetime:
        """The store's time in UTC, asked for now; simulated on a simulated store."""
        return self.clock.ask() if isinstance(self.clock, StoreClock) else self.clock.now()

    @property
    def speed(self) -> float:
        """How many seconds pass on the store's clock in a real one: 1 unless the store is simulated."""
        return self.clock.speed if isinstance(self.clock, ScaledClock) else 1.0

    def learn_time(self, store_ms: int, asked_at_us: int) -> None:
        """Set the clock by an answer of the store that has just arrived.

        Args:
            store_ms: the store's time in it, in Unix milliseconds.
            asked_at_us: `clock.monotonic_us` before the question was sent.
        """
        if isinstance(self.clock, StoreClock):
            self.clock.learn(store_ms * 1000, 1000, asked_at_us)

    def arrived_at(self, inbox_id: str) -> datetime:
        """When an inbox entry arrived, in UTC: the store's time in its id."""
        return self.by_clock(from_ms(min(int(inbox_id.split("-", maxsplit=1)[0]), LATEST_MS)))

    def by_clock(self, real: datetime) -> datetime:
        """A real instant of the store as it is counted here: the simulated one on a simulated store."""
        if self.simulated and isinstance(self.clock, ScaledClock):
            return self.clock.simulated(real)
        return real

    def by_store(self, instant: datetime) -> datetime:
        """The real instant of the store that is counted here as this one."""
        if self.simulated and isinstance(self.clock, ScaledClock):
            return self.clock.real(instant)
        return instant


@dataclass(frozen=True, slots=True)
class Context(OpenStore):
    """Everything that a piece of work needs.

    Attributes:
        on_deadline_release: called after each commit of a release at a deadline, with how
            long after it was due the store committed it. It must neither wait nor fail.
    """

    rules_by_record: RulesByRecord
    on_deadline_release: Callable[[timedelta], None] = lambda _late: None

    def establish(self) -> None:
        """Mark each shard, store the profile, create the group and begin to count, unless that is done.

        Raises:
            worker.store.identity.ForeignStoreError: the store does not fit this process.
        """
        identity.establish(self.client, [shard.keys for shard in self.shards])
        self.rules_by_record.keep_current()
        for shard in self.shards:
            shard.inbox.ensure_group()
            losses.count(shard.client, shard.keys)
