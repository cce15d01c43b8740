"""Reads the board from the store."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from worker.clock import ScaledClock
from worker.custody.record import Record
from worker.desk import words
from worker.desk.alarms import waiting_alarms
from worker.desk.board.answers import Board, Health, Line, Pulse
from worker.desk.custody_list import Person, in_order, is_at
from worker.store import records, sinks
from worker.store.awake import beat_age
from worker.store.context import Context, OpenStore

_SHIFT: Final = timedelta(hours=12)
_LATE_AFTER: Final = timedelta(seconds=60)


def read_board(context: Context, facility: str | None = None) -> Board:
    """Read every record once, of every shard, and no timer.

    Args:
        facility: only people there; capitals make no difference.
    """
    now = context.store_now()
    loaded = [one for shard in context.shards for one in records.every(shard.client, shard.keys)]
    found = [record for page in loaded for record in page.records.values()]
    people = in_order(
        context,
        [person for record in found if (person := Person.of(record))],
        list(chain.from_iterable(page.unreadable for page in loaded)),
        now,
        facility=facility,
    )
    here = [one for one in found if facility is None or is_at(_place(one), facility)]
    return Board(
        as_of=now,
        facility=facility,
        people=people,
        due_within_12h=sum(person.deadline <= now + _SHIFT for person in people.held),
        waiting=_waiting(context),
        ice=(),
        ended=tuple(sorted(_ended(here), key=lambda line: line.at, reverse=True)),
        health=_health(context, found, now - _SHIFT),
    )


def read_pulse(store: OpenStore) -> Pulse:
    """Ask for the signs of life.

    Raises:
        redis.exceptions.RedisError: the store does not answer.
    """
    ages = [beat_age(shard.client, shard.keys) for shard in store.shards]
    known = [age for age in ages if age is not None]
    speed = store.clock.speed if isinstance(store.clock, ScaledClock) else 1.0
    return Pulse(store.store_now(), speed, max(known) if len(known) == len(ages) else None)


def _place(record: Record) -> str | None:
    return record.facts.facility if record.facts else None


def _waiting(store: OpenStore) -> tuple[Line, ...]:
    return tuple(
        Line(store.by_clock(item.alarm.last_at), _booking(item.alarm.subject), words.alarm(item.alarm.code))
        for item in reversed(waiting_alarms(store))
    )


def _booking(subject: str) -> str | None:
    return None if subject == "clock" else subject


def _ended(found: Iterable[Record]) -> Iterator[Line]:
    for record in found:
        at = record.released_at or record.closed_at
        if at is not None and record.renumbered_to is None:
            by_deadline = record.basis == "deadline"
            why = words.limit(record.governing_limit) if by_deadline else words.basis_of_end(record.basis)
            yield Line(at, record.booking, why)


def _health(context: Context, found: Iterable[Record], since: datetime) -> Health:
    released = [one for one in found if one.released_at is not None and one.released_at >= since]
    shards = [(shard.client, shard.keys) for shard in context.shards]
    return Health(
        released=len(released),
        released_late=sum(
            one.entitled_at is not None
            and one.released_at is not None
            and one.released_at - one.entitled_at > _LATE_AFTER
            for one in released
        ),
        events_waiting=sum(shard.inbox.waiting() for shard in context.shards),
        notices_undelivered=sum(
            sinks.count_waiting(*shard) + len(sinks.dead_letters(*shard)) for shard in shards
        ),
        is_on_disk=None,
        rules=context.rules_by_record.current.profile.name,
    )
