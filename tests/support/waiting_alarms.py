"""The alarms of the first shard that wait for a person, and how one acknowledges them."""

from worker.engine.acknowledge import acknowledge
from worker.store import alarms
from worker.store.alarms import StoredAlarm
from worker.store.context import Context


def stored(context: Context) -> list[tuple[str, StoredAlarm]]:
    """What makes each the same, and the alarm, the one raised first before the others."""
    found = alarms.waiting(context.client, context.shards[0].keys)
    return sorted(found.items(), key=lambda item: (item[1].first_at_ms, item[1].id))


def alarms_waiting(context: Context) -> list[tuple[str, str, int]]:
    """Code, subject and count of each, the one raised first before the others."""
    return [(alarm.code, alarm.subject, alarm.count) for _, alarm in stored(context)]


def acknowledge_all(context: Context, by: str = "A. Okafor", note: str | None = None) -> None:
    """A person acknowledges all that wait."""
    for same, alarm in stored(context):
        assert acknowledge(context, context.shards[0], same, alarm, by, note)
