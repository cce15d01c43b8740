"""The timers: when each record next needs attention.

A view of the records, written with them; only `drop_orphan` removes one alone.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from redis.exceptions import WatchError

from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.pipelining import ask
from worker.store.unix_ms import LATEST_MS, from_ms, to_ms


class Look(NamedTuple):
    """What needs attention, as `due` gives it, and the first timer after that, if it was seen."""

    due: dict[str, int]
    next_at: datetime | None


def look(client: Client, keys: Keys, now: datetime, *, limit: int, skip: int = 0) -> Look:
    """What is due among the first timers, and when the first that is not due comes due."""
    now_ms = to_ms(now)
    seen = page(client, keys, skip, limit)
    due_ms = {booking: ms for booking, ms in seen.items() if ms <= now_ms}
    next_ms = next((ms for ms in seen.values() if ms > now_ms), None)
    return Look(due_ms, None if next_ms is None else from_ms(next_ms))


def due(client: Client, keys: Keys, now: datetime, *, limit: int, skip: int = 0) -> dict[str, int]:
    """Bookings that need attention at or before now, soonest first, each with the Unix ms of its timer."""
    return look(client, keys, now, limit=limit, skip=skip).due


def page(client: Client, keys: Keys, rank: int, count: int) -> dict[str, int]:
    """`count` bookings from a rank on, soonest first, each with the Unix ms of its timer."""
    # By rank: with a score and an offset the store would walk there from the first element.
    found: Any = client.zrange(keys.timers, rank, rank + count - 1, withscores=True)
    bookings = _bookings(client, keys, [member for member, _ in found])
    return {
        booking: _ms(score)
        for booking, (_, score) in zip(bookings, found, strict=True)
        if booking is not None
    }


def count_due(client: Client, keys: Keys, now: datetime) -> int:
    """How many bookings need attention at or before now."""
    return int(client.zcount(keys.timers, "-inf", to_ms(now)))


def earliest(client: Client, keys: Keys, *, skip: int = 0) -> datetime | None:
    """When the next booking needs attention, skipping the first few."""
    first = client.zrange(keys.timers, skip, skip, withscores=True)
    return from_ms(_ms(float(first[0][1]))) if first else None


def count(client: Client, keys: Keys) -> int:
    """How many timers are pending."""
    return int(client.zcard(keys.timers))


def of_all(client: Client, keys: Keys, bookings: Sequence[str]) -> dict[str, datetime | None]:
    """When each of these bookings next needs attention, in one round trip."""
    if not bookings:
        return {}
    scores: Any = client.zmscore(keys.timers, list(bookings))
    return {
        booking: None if score is None else from_ms(_ms(score))
        for booking, score in zip(bookings, scores, strict=True)
    }


def pages(client: Client, keys: Keys, count: int) -> Iterator[list[str]]:
    """The bookings that have a timer, about `count` at a time, in no order; some may come twice."""
    cursor = 0
    while True:
        found: Any
        cursor, found = client.zscan(keys.timers, cursor, count=count)
        yield [one for one in _bookings(client, keys, [member for member, _ in found]) if one is not None]
        if not cursor:
            return


def without_record(client: Client, keys: Keys, bookings: Sequence[str]) -> list[str]:
    """Those of these bookings that have no record, in one round trip."""
    exist = ask(client, [("EXISTS", keys.record(booking)) for booking in bookings])
    return [booking for booking, exists in zip(bookings, exist, strict=True) if exists == 0]


def drop_orphan(client: Client, keys: Keys, booking: str) -> bool:
    """Remove a timer that has no record, unless one appears meanwhile; whether it was removed."""
    pipeline: Any
    with client.pipeline() as pipeline:
        try:
            pipeline.watch(keys.record(booking))
            if pipeline.exists(keys.record(booking)):
                return False
            pipeline.multi()
            pipeline.zrem(keys.timers, booking)
            pipeline.execute()
        except WatchError:
            return False
    return True


def _ms(score: float) -> int:
    """A timer's Unix ms. Another program may have set it to a time that there is not."""
    return int(min(max(score, 0), LATEST_MS))


def _bookings(client: Client, keys: Keys, members: Sequence[bytes]) -> list[str | None]:
    """The booking number of each member. What cannot be one is removed: it would hide those behind it."""
    bookings: list[str | None] = []
    for member in members:
        try:
            bookings.append(member.decode())
        except UnicodeDecodeError:
            bookings.append(None)
            client.zrem(keys.timers, member)
    return bookings
