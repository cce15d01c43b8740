"""Alarms about the service itself, raised by its shell. Alarms about one booking come from the core."""

from datetime import datetime
from typing import Final

import structlog

from events.outbound import SOURCE, Alarm, AlarmCode, ClockAlarmed
from worker.custody.commit_time import AT_COMMIT
from worker.store.commit import Commit
from worker.store.context import Shard

log = structlog.get_logger("custody")

SERVICE_SUBJECT: Final = "clock"
"""The subject of an alarm that is about no booking."""

_QUIET_SECONDS: Final = 600


def raise_alarm(
    shard: Shard, code: AlarmCode, detail: str, now: datetime, about: str = SERVICE_SUBJECT
) -> bool:
    """Alarm the watch, unless the same alarm about the same was raised in the last ten minutes."""
    quiet = shard.keys.alarmed(f"{code}:{about}")
    if not shard.client.set(quiet, "1", nx=True, ex=_QUIET_SECONDS):
        return False
    log.error("alarm", code=code, detail=detail)
    event_id = f"{about}:{code}:{shard.keys.shard}:{int(now.timestamp())}"
    try:
        shard.committer.commit(
            [Commit(None, alarms=(compose(code, detail, event_id=event_id, booking=about),))], now
        )
    except Exception:
        shard.client.delete(quiet)
        raise
    return True


def compose(code: AlarmCode, detail: str, *, event_id: str, booking: str = SERVICE_SUBJECT) -> ClockAlarmed:
    """An alarm event, to be committed."""
    return ClockAlarmed(
        specversion="1.0",
        id=event_id,
        source=SOURCE,
        subject=booking,
        time=AT_COMMIT,
        data=Alarm(code=code, detail=detail),
    )
