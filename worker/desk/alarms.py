"""Which alarms wait for a person, and who acknowledged the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from events.outbound import AlarmCode
from worker.desk.story import utc_ms
from worker.store import alarms
from worker.store.alarms import Acknowledgement, StoredAlarm
from worker.store.context import OpenStore, Shard

MAY_BE_HELD_UNLAWFULLY: Final[frozenset[AlarmCode]] = frozenset(
    {
        "end_in_doubt",
        "event_set_aside",
        "events_lost",
        "held_without_clock",
        "intake_stalled",
        "late_on_arrival",
        "profile_missing",
        "records_vanished",
        "roster_mismatch",
        "time_doubtful",
        "unknown_booking",
    }
)
"""Alarms that say so of somebody: without a clock, with a wrong one, or past a deadline already."""

_HANDLE_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class AlarmItem:
    """One alarm.

    Attributes:
        same: what makes alarms the same, of one that waits.
        acknowledgement: None if it waits.
    """

    shard: Shard
    same: str
    alarm: StoredAlarm
    acknowledgement: Acknowledgement | None = None

    @property
    def handle(self) -> str:
        """What a person types for its id: a part of the id's digest."""
        return sha256(self.alarm.id.encode()).hexdigest()[:_HANDLE_DIGITS]

    def to_document(self) -> dict[str, Any]:
        """For a program; instants are RFC 3339 in UTC with milliseconds."""
        alarm, done = self.alarm, self.acknowledgement
        return {
            "id": alarm.id,
            "handle": self.handle,
            "code": alarm.code,
            "subject": alarm.subject,
            "source": alarm.source,
            "first_at": utc_ms(alarm.first_at),
            "last_at": utc_ms(alarm.last_at),
            "count": alarm.count,
            "detail": alarm.detail,
            "earlier_details": list(alarm.earlier),
            "other_subjects": list(alarm.others),
            "waits": done is None,
            "acknowledged": done and {"by": done.by, "at": utc_ms(done.acknowledged_at), "note": done.note},
        }


def waiting_alarms(store: OpenStore) -> list[AlarmItem]:
    """The alarms that wait for a person, oldest first."""
    items = (
        AlarmItem(shard, same, alarm)
        for shard in store.shards
        for same, alarm in alarms.waiting(shard.client, shard.keys).items()
    )
    return sorted(items, key=_raised_ms)


def every_alarm(store: OpenStore) -> list[AlarmItem]:
    """All alarms that were ever raised, oldest first."""
    return sorted([*waiting_alarms(store), *_acknowledged(store)], key=_raised_ms)


def find_alarms(store: OpenStore, wanted: str) -> list[AlarmItem]:
    """The alarms with this id or handle; those that wait if one does."""
    for items in (waiting_alarms(store), list(_acknowledged(store))):
        if found := [item for item in items if wanted in {item.alarm.id, item.handle}]:
            return found
    return []


def _acknowledged(store: OpenStore) -> Iterator[AlarmItem]:
    for shard in store.shards:
        for done in alarms.acknowledged(shard.client, shard.keys):
            yield AlarmItem(shard, "", done.alarm, done)


def _raised_ms(item: AlarmItem) -> int:
    return item.alarm.first_at_ms
