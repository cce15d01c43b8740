"""A person acknowledges an alarm: it ends, and who it was is kept, in the same commit."""

from typing import Final

import msgspec

from worker.custody.decide import AlarmAcknowledged, decide
from worker.custody.transition import Transition
from worker.store import alarms, records
from worker.store.alarms import Acknowledging, StoredAlarm
from worker.store.commit import Commit, CommitOutcome
from worker.store.context import Context, Shard
from worker.store.records import UnreadableRecordError

_ATTEMPTS: Final = 20
_RAISED_BY_EVENTS: Final = frozenset({"event_refused"})
"""Not by something that lasts, so the next of them is raised however soon it comes."""


def acknowledge(
    context: Context, shard: Shard, same: str, alarm: StoredAlarm, by: str, note: str | None
) -> bool:
    """Acknowledge an alarm, in the journal of its booking too where there is one.

    An alarm can be acknowledged whatever is wrong with its booking: if the journal cannot take the entry, the
    acknowledgement is in the stream `acknowledged` alone, as that of an alarm about the service.

    Args:
        same: what makes alarms the same, see `worker.store.alarms.waiting`.
        by: the name of a person; `note` what was done.

    Returns:
        False if it does not wait: somebody else was faster.
    """
    who = msgspec.json.encode({"by": by} | ({"note": note} if note else {}))
    fact = AlarmAcknowledged(alarm.id, alarm.code, by, note)
    acknowledging = (Acknowledging(same, alarm.id, who),)
    outcome = CommitOutcome.CONFLICT
    for _ in range(_ATTEMPTS):
        transition = _transition(context, shard, alarm.subject, fact)
        commit = Commit(transition, acknowledging=acknowledging)
        outcome = shard.committer.commit([commit], context.clock.now())[0].outcome
        if outcome != CommitOutcome.CONFLICT:
            break
    if outcome not in {CommitOutcome.COMMITTED, CommitOutcome.NOT_WAITING}:
        commit = Commit(None, acknowledging=acknowledging)
        outcome = shard.committer.commit([commit], context.clock.now())[0].outcome
    if alarm.code in _RAISED_BY_EVENTS:
        shard.client.delete(shard.keys.alarmed(same))
    return outcome == CommitOutcome.COMMITTED


def acknowledge_same(context: Context, shard: Shard, same: str, by: str, note: str) -> bool:
    """Acknowledge the alarm that waits under this name, if one does; whether one did."""
    alarm = alarms.waiting(shard.client, shard.keys).get(same)
    return alarm is not None and acknowledge(context, shard, same, alarm, by, note)


def _transition(context: Context, shard: Shard, booking: str, fact: AlarmAcknowledged) -> Transition | None:
    """The entry in the booking's journal; None where no record can take it."""
    try:
        record = records.load_one(shard.client, shard.keys, booking)
    except UnreadableRecordError:
        return None
    if record is None:
        return None
    return decide(record, [fact], context.rules_by_record.of(record), context.store_now())
