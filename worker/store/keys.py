"""The name of every key in the store, in one place."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from events.addressing import NAMESPACE, inbox_key, shard_key

EVERY_RECORD: Final = f"{{{NAMESPACE}:*}}:record:*"
"""As a glob pattern: the records of all shards."""

INBOX_GROUP: Final = "clock"


@dataclass(frozen=True)
class Keys:
    """The keys of one shard; all share its hash tag, so that one script may touch them all."""

    shard: int = 0

    @cached_property
    def _record_prefix(self) -> str:
        return shard_key(self.shard, "record:")

    @property
    def inbox(self) -> str:
        """Stream: events from upstream."""
        return inbox_key(self.shard)

    def record(self, booking: str) -> str:
        """Hash: one custody record."""
        return self._record_prefix + booking

    @staticmethod
    def of_record(key: bytes) -> tuple[int, str] | None:
        """Shard and booking number in the key of a record; None if another program has made it up."""
        try:
            tag, _, booking = key.decode().partition("}:record:")
            return int(tag.rpartition(":")[2]), booking
        except ValueError:
            return None

    @property
    def timers(self) -> str:
        """Sorted set: booking number by the Unix ms at which it needs attention."""
        return shard_key(self.shard, "timers")

    @property
    def journal(self) -> str:
        """Stream: every transition."""
        return shard_key(self.shard, "journal")

    @property
    def outbox(self) -> str:
        """Stream: events for others."""
        return shard_key(self.shard, "outbox")

    @property
    def rejects(self) -> str:
        """Stream: rejected events, whole."""
        return shard_key(self.shard, "rejects")

    @property
    def profiles(self) -> str:
        """Hash: by fingerprint, the content of each profile that has decided a record."""
        return shard_key(self.shard, "profiles")

    @property
    def replayed(self) -> str:
        """Hash: inbox id by reject id, for rejected events that were replayed."""
        return shard_key(self.shard, "replayed")

    @property
    def dealt(self) -> str:
        """Hash: by reject id, who has dealt with a rejected event, and when."""
        return shard_key(self.shard, "dealt")

    @property
    def wake(self) -> str:
        """Stream of one entry: a timer earlier than all others was set."""
        return shard_key(self.shard, "wake")

    @property
    def simulation(self) -> str:
        """Hash: this store runs on simulated time; see worker/clock.py."""
        return shard_key(self.shard, "simulation")

    @property
    def reader(self) -> str:
        """Lease: who reads the inbox now."""
        return shard_key(self.shard, "reader")

    @property
    def reader_fence(self) -> str:
        """String: the token of whoever read last; no other reader may commit."""
        return shard_key(self.shard, "reader-fence")

    @property
    def probe(self) -> str:
        """Never there: `custody doctor` writes nothing to it, to see whether a write is taken."""
        return shard_key(self.shard, "probe")

    @property
    def commit_probe(self) -> str:
        """String with an expiry: the dead man's switch has written here, to see whether writes are taken."""
        return shard_key(self.shard, "commit-probe")

    @property
    def identity(self) -> str:
        """String: the store's mark, as JSON; see worker/store/identity.py."""
        return shard_key(self.shard, "identity")

    @property
    def losses(self) -> str:
        """Hash: what the shard has lost, by id, as JSON; see worker/store/losses.py."""
        return shard_key(self.shard, "losses")

    @property
    def alarms(self) -> str:
        """Hash: the alarms that wait for a person, as JSON, by what makes alarms the same."""
        return shard_key(self.shard, "alarms")

    @property
    def acknowledged(self) -> str:
        """Stream, one field `entry`: who acknowledged which alarm, each with the digest of the one before."""
        return shard_key(self.shard, "acknowledged")

    @property
    def access(self) -> str:
        """Stream, one field `entry`: who has looked at whose record; of shard 0 alone."""
        return shard_key(self.shard, "access")

    @property
    def settled(self) -> str:
        """String: how many inbox entries have ever been settled; see worker/store/losses.py."""
        return shard_key(self.shard, "settled")

    @property
    def awake(self) -> str:
        """String with an expiry: a pacemaker is at work; see worker/store/awake.py."""
        return shard_key(self.shard, "awake")

    @property
    def beat(self) -> str:
        """String: when a pacemaker last showed that it is at work, in Unix ms by the store's clock."""
        return shard_key(self.shard, "beat")

    def waits(self, queue: str) -> str:
        """String with an expiry: for how many seconds a worker has seen a queue's oldest entry."""
        return shard_key(self.shard, f"waits:{queue}")

    @property
    def sink_cursors(self) -> str:
        """Hash: by sink, the last outbox entry that it has dealt with."""
        return shard_key(self.shard, "sink-cursors")

    def sink(self, name: str) -> str:
        """Hash: whether one sink is disabled, and how often a person put a notice back."""
        return shard_key(self.shard, f"sink:{name}")

    def sink_waiting(self, name: str) -> str:
        """Hash: by outbox id, what waits for one sink."""
        return shard_key(self.shard, f"sink:{name}:waiting")

    def sink_lease(self, name: str) -> str:
        """Lease: who delivers to one sink now."""
        return shard_key(self.shard, f"sink:{name}:lease")

    @property
    def outbox_removed(self) -> str:
        """String: how many entries of the outbox are known to have been removed by somebody else."""
        return shard_key(self.shard, "outbox-removed")

    @property
    def receipts(self) -> str:
        """Stream, one field `receipt`: what became of every attempt to deliver a notice."""
        return shard_key(self.shard, "receipts")

    @property
    def dead_letters(self) -> str:
        """Hash: by sink and outbox id, the last receipt of a notice that was given up."""
        return shard_key(self.shard, "dead-letters")

    def alarmed(self, code: str) -> str:
        """String with an expiry: this alarm about the service itself was raised recently."""
        return shard_key(self.shard, f"alarmed:{code}")

    def types(self) -> dict[str, str]:
        """The type that each key must have; records and alarms aside."""
        streams = (self.inbox, self.journal, self.outbox, self.rejects, self.wake, self.receipts)
        hashes = (self.profiles, self.simulation, self.replayed, self.dealt, self.losses)
        deliveries = (self.sink_cursors, self.dead_letters)
        strings = (self.identity, self.settled, self.reader, self.reader_fence, self.outbox_removed)
        return {
            self.timers: "zset",
            **dict.fromkeys((*streams, self.acknowledged, self.access), "stream"),
            **dict.fromkeys((*hashes, *deliveries, self.alarms), "hash"),
            **dict.fromkeys(strings, "string"),
        }
