"""Who must be released now and is not, and when the next deadline is: by timers and records."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from events.addressing import shard_of
from worker.custody.attention import is_due
from worker.desk.gauges.answers import Due
from worker.store import records, timers
from worker.store.context import OpenStore, Shard
from worker.store.record_head import heads
from worker.store.unix_ms import from_ms

_PAGE: Final = 500


def read_due(store: OpenStore, suspects: Iterable[str] = ()) -> Due:
    """Count them at the store's present time.

    Args:
        suspects: bookings whose records say that they may be due, whatever their timers say.

    Raises:
        redis.exceptions.RedisError: the store does not answer.
    """
    now = store.store_now()
    deadlines = [_next_deadline(shard) for shard in store.shards]
    known = [deadline for deadline in deadlines if deadline is not None]
    return Due(
        unreleased=count_unreleased(store, now, suspects),
        next_deadline_in=min(known) - now if known else None,
    )


def count_unreleased(store: OpenStore, due_by: datetime, suspects: Iterable[str] = ()) -> int:
    """How many people are held whose release was due by this instant, in UTC."""
    suspected: defaultdict[int, set[str]] = defaultdict(set)
    for booking in suspects:
        suspected[shard_of(booking, len(store.shards))].add(booking)
    return sum(_unreleased(shard, due_by, suspected[shard.keys.shard]) for shard in store.shards)


def _unreleased(shard: Shard, due_by: datetime, suspects: set[str]) -> int:
    due_timers = timers.count_due(shard.client, shard.keys, due_by)
    timed = timers.page(shard.client, shard.keys, 0, due_timers) if due_timers else {}
    bookings = list(suspects | timed.keys())
    found = 0
    for start in range(0, len(bookings), _PAGE):
        loaded = records.load(shard.client, shard.keys, bookings[start : start + _PAGE])
        found += sum(is_due(record, due_by) for record in loaded.records.values())
        # Nobody is released by a record that cannot be read; its timer says that somebody may have to be.
        found += len(loaded.unreadable)
    return found


def _next_deadline(shard: Shard) -> datetime | None:
    """The earliest deadline of anybody held. No timer of a held person is after the deadline."""
    earliest_ms: int | None = None
    rank = 0
    while page := timers.page(shard.client, shard.keys, rank, _PAGE):
        for timer_ms, head in zip(page.values(), heads(shard.client, shard.keys, list(page)), strict=True):
            if earliest_ms is not None and timer_ms >= earliest_ms:
                return from_ms(earliest_ms)
            if head is not None and head.state == "held" and head.deadline_ms is not None:
                earliest_ms = min(head.deadline_ms, earliest_ms or head.deadline_ms)
        rank += _PAGE
    return None if earliest_ms is None else from_ms(earliest_ms)
