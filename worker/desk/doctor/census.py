"""Counts the people held, and those whom the clock has lost sight of, in one pass over all records."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from worker.custody.record import Record
from worker.store import records, timers
from worker.store.context import OpenStore, Shard

LONGEST_LATE: Final = timedelta(seconds=5)
"""How long after it is due a release may wait, for what was in the inbox before it."""

_MOST_NAMED: Final = 3


@dataclass(slots=True)
class Tally:
    """How many bookings, and the first few by number."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, booking: str) -> None:
        """One more."""
        self.count += 1
        if self.count <= _MOST_NAMED:
            self.first.append(booking)

    def merge(self, other: "Tally") -> None:
        """Those of another tally as well."""
        self.first = (self.first + other.first)[:_MOST_NAMED]
        self.count += other.count

    def __str__(self) -> str:
        more = ", …" if self.count > len(self.first) else ""
        return f"{self.count} ({', '.join(self.first)}{more})" if self.count else "0"


@dataclass(slots=True)
class Census:
    """Who is held, as the records say; whoever was released while it was taken is not in it.

    Attributes:
        late: held, and should have been released more than `LONGEST_LATE` ago.
        without_timer: held, with no timer at or before the release.
        missing: how many timers there are of bookings that have no record.
        under: held, by the fingerprint of the profile that decides the record.
    """

    held: int = 0
    late: Tally = field(default_factory=Tally)
    without_timer: Tally = field(default_factory=Tally)
    unreadable: Tally = field(default_factory=Tally)
    missing: int = 0
    under: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))


def count(store: OpenStore) -> Census:
    """Count in every shard.

    Raises:
        redis.exceptions.RedisError: a record or a timer cannot be asked for.
    """
    census = Census()
    late_before = store.store_now() - LONGEST_LATE
    for shard in store.shards:
        found, timed = 0, timers.count(shard.client, shard.keys)
        for loaded in records.every(shard.client, shard.keys):
            found += len(loaded.records) + len(loaded.unreadable)
            for error in loaded.unreadable:
                census.unreadable.add(error.booking)
            _count_held(census, shard, list(loaded.records.values()), late_before)
        # Counted before the records, of which none is ever removed while it has a timer.
        census.missing += max(0, timed - found)
    return census


def _count_held(census: Census, shard: Shard, found: Sequence[Record], late_before: datetime) -> None:
    held = [record for record in found if record.state == "held"]
    census.held += len(held)
    for record in held:
        census.under[record.profile.fingerprint].add(record.booking)
        if record.release_due_at is not None and record.release_due_at < late_before:
            census.late.add(record.booking)
    suspects = _without_timer(shard, held)
    if suspects:
        # Released since its record was read, a booking has lost its timer with good reason.
        again = records.load(shard.client, shard.keys, [record.booking for record in suspects])
        still = [record for record in again.records.values() if record.state == "held"]
        for record in _without_timer(shard, still):
            census.without_timer.add(record.booking)


def _without_timer(shard: Shard, held: Sequence[Record]) -> list[Record]:
    timed = timers.of_all(shard.client, shard.keys, [record.booking for record in held])
    return [record for record in held if not _is_timed(record, timed[record.booking])]


def _is_timed(record: Record, timer: datetime | None) -> bool:
    return timer is not None and record.release_due_at is not None and timer <= record.release_due_at
