"""One process's hold on the service: the store, its shards, the policies and the clock."""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.clock import Clock, ScaledClock
from worker.custody.policy import Policy
from worker.law.profile import load_profile
from worker.policies import Policies
from worker.settings import Settings
from worker.store import simulation
from worker.store.commit import Committer
from worker.store.connection import Client, connect
from worker.store.inbox import Inbox
from worker.store.keys import Keys
from worker.store.outbox import Outbox
from worker.store.unix_ms import from_time


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard: its keys, its writer, its two mailboxes."""

    client: Client
    keys: Keys
    committer: Committer
    inbox: Inbox
    outbox: Outbox


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that a piece of work needs."""

    client: Client
    shards: tuple[Shard, ...]
    policies: Policies
    clock: Clock
    simulated: bool

    def store_now(self) -> datetime:
        """The store's time, by which intake judges what lies in the future; made up on a simulated store."""
        if self.simulated:
            return self.clock.now()
        return from_time(*self.client.time())


def open_site(settings: Settings, store_url: str, consumer_suffix: str = "") -> Site:
    """Connect, and learn from the store by which clock it lives.

    Args:
        consumer_suffix: ends the name under which this process reads the inbox.

    Raises:
        redis.exceptions.RedisError: the store does not answer.
        worker.law.profile.ProfileError: no such profile.
    """
    client = connect(store_url)
    consumer = f"{socket.gethostname()}-{os.getpid()}{consumer_suffix}"
    shards = tuple(_shard(client, Keys(number), consumer) for number in range(settings.shards))
    clock = simulation.clock_of(client, shards[0].keys)
    policy = Policy(
        load_profile(settings.profile),
        departures_expected=settings.departures_expected,
        late_after=timedelta(seconds=60 * (clock.speed if isinstance(clock, ScaledClock) else 1)),
    )
    policies = Policies(policy, client, [shard.keys for shard in shards])
    policies.keep_current()
    for shard in shards:
        shard.inbox.ensure_group()
        shard.outbox.ensure_group()
    return Site(client, shards, policies, clock, simulated=isinstance(clock, ScaledClock))


def _shard(client: Client, keys: Keys, consumer: str) -> Shard:
    return Shard(client, keys, Committer(client, keys), Inbox(client, keys, consumer), Outbox(client, keys))
