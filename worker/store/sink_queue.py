"""What one sink has been sent of one shard's outbox, what waits for it, and what became of each attempt.

Every sink has its cursor in the outbox, so none waits for another. A notice that was not taken waits in a
hash beside the cursor; both move in one script with the receipt.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final

import msgspec
from msgspec import Struct

from worker.store import confirmation, outbox
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.lease import Lease, Observed
from worker.store.outbox import BEGINNING, Outgoing, position

LEASE_SECONDS: Final = 10
"""What a killed process held waits for so long. It is renewed during an attempt, which may take longer."""

_REPLICAS_WAIT_MS: Final = 500

_SETTLE: Final = files("worker.store").joinpath("settle_delivery.lua").read_text()


class Waiting(Struct, frozen=True):
    """The state of a notice that waits for a sink.

    Attributes:
        attempts: how many were made; 0 while an earlier notice about the booking waits.
        next_at_ms: when the next is due, by the store's time in Unix ms.
        detail: what the last one ended with.
    """

    attempts: int = 0
    next_at_ms: int = 0
    detail: str = ""


class Receipt(Struct, frozen=True):
    """What became of a notice at one attempt.

    Attributes:
        outcome: `delivered`, `failed`, `superseded` or `dead`.
    """

    sink: str
    notice: str
    booking: str
    outbox_id: str
    attempt: int
    outcome: str
    detail: str = ""


class Settled(Struct, frozen=True):
    """One notice as it is to be recorded: waiting, or dealt with, with a receipt for an attempt."""

    outbox_id: str
    waiting: Waiting | None = None
    receipt: Receipt | None = None


class QueueState(Struct, frozen=True):
    """What a person or the receiver has said about a queue.

    Attributes:
        disabled: what the receiver answered when it wanted nothing any more; None while notices are sent.
        changes: rises when a person has put a notice back.
    """

    disabled: str | None
    changes: int

    @property
    def is_disabled(self) -> bool:
        """Whether nothing is sent."""
        return self.disabled is not None


class LeaseLostError(RuntimeError):
    """Another process has taken over this sink; nothing was recorded."""


class SinkQueue:
    """One sink's queue on one shard, worked by one process at a time under a lease."""

    def __init__(self, client: Client, keys: Keys, sink: str, observed: Observed | None = None) -> None:
        """`observed` is what this process has seen of the lease so far."""
        self.sink = sink
        self._client: Any = client
        self._keys = keys
        self._lease = Lease(client, keys.sink_lease(sink), LEASE_SECONDS, observed or Observed(LEASE_SECONDS))
        self._settle = client.register_script(_SETTLE)

    def acquire(self) -> bool:
        """Take the lease; False if another process works this queue."""
        return self._lease.acquire()

    def renew(self) -> bool:
        """Renew the lease; False if it expired, since another process may have worked the queue since."""
        return self._lease.renew()

    def doubt(self, min_replicas: int) -> str | None:
        """Why a failover that comes now could lose what was read from this queue; None if it would not.

        Raises:
            LeaseLostError: another process works this queue by now.
        """
        pipeline = self._client.pipeline(transaction=False)
        # A write, since a replica vouches for what was written before it on the same primary.
        self._lease.renew_in(pipeline)
        confirmation.ask(pipeline, min_replicas, _REPLICAS_WAIT_MS)
        answers = pipeline.execute()
        problem = confirmation.doubt(self._client, answers, min_replicas)
        if not answers[0]:
            raise LeaseLostError(f"sink {self.sink}: another process delivers by now")
        return problem

    def release(self) -> None:
        """Give the lease up, if it is still ours."""
        self._lease.release()

    def cursor(self) -> str:
        """The last outbox entry that was dealt with."""
        cursor = self._client.hget(self._keys.sink_cursors, self.sink)
        return str(cursor.decode()) if cursor else BEGINNING

    def waiting(self) -> dict[str, Waiting]:
        """What waits, by outbox id, in the outbox's order."""
        stored = self._client.hgetall(self._keys.sink_waiting(self.sink))
        decoded = {id_.decode(): msgspec.json.decode(state, type=Waiting) for id_, state in stored.items()}
        return dict(sorted(decoded.items(), key=lambda item: position(item[0])))

    def fresh(self, cursor: str, count: int) -> list[Outgoing]:
        """Outbox entries after the cursor, oldest first."""
        return outbox.after(self._client, self._keys, cursor, count)

    def entries(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The events of the outbox entries with these ids; one that was deleted is missing."""
        return outbox.with_ids(self._client, self._keys, ids)

    def settle(self, settled: Sequence[Settled], cursor: str = "") -> None:
        """Record what became of these, and renew the lease.

        Raises:
            LeaseLostError: another process works this queue by now.
        """
        arguments: list[Any] = [self.sink, *self._lease.renewal(), cursor]
        for one in settled:
            is_dead = one.receipt is not None and one.receipt.outcome == "dead"
            arguments += (
                one.outbox_id,
                msgspec.json.encode(one.waiting) if one.waiting else b"",
                "1" if is_dead else "",
                msgspec.json.encode(one.receipt) if one.receipt else b"",
            )
        keys = self._keys
        answer = self._settle(
            (
                keys.sink_lease(self.sink),
                keys.sink_cursors,
                keys.sink_waiting(self.sink),
                keys.receipts,
                keys.dead_letters,
            ),
            arguments,
        )
        if answer is None:
            raise LeaseLostError(f"sink {self.sink}: another process delivers by now")

    def state(self) -> QueueState:
        """Whether the sink is disabled, and what a person changed."""
        disabled, changes = self._client.hmget(self._keys.sink(self.sink), "disabled", "changes")
        return QueueState(disabled.decode() if disabled else None, int(changes or 0))

    def disable(self, why: str) -> None:
        """Send nothing more until a person enables it again."""
        self._client.hset(self._keys.sink(self.sink), "disabled", why)

    def enable(self) -> bool:
        """Send again; False if it was not disabled."""
        return bool(self._client.hdel(self._keys.sink(self.sink), "disabled"))

    def dead_letters(self) -> dict[str, Receipt]:
        """This sink's dead letters by outbox id, each with its last receipt."""
        prefix = f"{self.sink} ".encode()
        return {
            field.removeprefix(prefix).decode(): msgspec.json.decode(receipt, type=Receipt)
            for field, receipt in self._client.hgetall(self._keys.dead_letters).items()
            if field.startswith(prefix)
        }

    def retry(self, outbox_id: str) -> None:
        """Send this notice as if for the first time, at once; whoever works the queue is made to look."""
        pipeline = self._client.pipeline(transaction=True)
        pipeline.hset(self._keys.sink_waiting(self.sink), outbox_id, msgspec.json.encode(Waiting()))
        pipeline.hdel(self._keys.dead_letters, f"{self.sink} {outbox_id}")
        pipeline.hincrby(self._keys.sink(self.sink), "changes", 1)
        pipeline.execute()
