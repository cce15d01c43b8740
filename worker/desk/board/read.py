"""Reads the board from the store."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from worker.clock import ScaledClock
from worker.custody.record import Record
from worker.desk.alarms import waiting_alarms
from worker.desk.board.answers import Board, Health, Line, Pulse
from worker.desk.board.lines import ice_answer, of_alarm, of_ended, of_rejected
from worker.desk.custody_list import Person, caveats, in_order, is_at
from worker.desk.doctor.store import is_on_disk
from worker.desk.rejected import EVENT_REFUSED, waiting_for_a_person
from worker.store import losses, records, sinks
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
    zone = context.rules_by_record.current.profile.calendar.zone
    answers = {one.booking: ice_answer(one, context.rules_by_record.of(one), zone) for one in found}
    return Board(
        as_of=now,
        facility=facility,
        people=people,
        due_within_12h=sum(person.deadline <= now + _SHIFT for person in people.held),
        ice_answers={booking: answer for booking, answer in answers.items() if answer is not None},
        waiting=_waiting(context),
        ice=(),
        ended=tuple(sorted(_ended(here), key=lambda line: line.at, reverse=True)),
        health=_health(context, found, now - _SHIFT),
        changes_at=now,
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
    alarms = [
        of_alarm(item.alarm, store.by_clock(item.alarm.last_at))
        for item in waiting_alarms(store)
        if item.alarm.code != EVENT_REFUSED
    ]
    rejected = [
        of_rejected(store.by_clock(one.rejected_at), one.booking, one.type, one.reason)
        for item in waiting_for_a_person(store)
        if (one := item.rejection)
    ]
    return tuple(sorted([*alarms, *rejected], key=lambda line: line.at, reverse=True))


def _ended(found: Iterable[Record]) -> Iterator[Line]:
    return filter(None, (of_ended(record, None) for record in found))


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
            sinks.count_waiting(*shard) + len({id_ for _, id_ in sinks.dead_letters(*shard)})
            for shard in shards
        ),
        losses=sum(len(losses.unaccepted(*shard)) for shard in shards),
        is_on_disk=is_on_disk(context.client),
        rules=context.rules_by_record.current.profile.source,
        caveats=tuple(caveats(context)),
    )
