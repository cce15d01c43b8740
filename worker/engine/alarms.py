"""Alarms raised by the engine, which belong to no record's transition. `custody` raises those that do."""

import secrets
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import structlog
from redis.exceptions import RedisError, ResponseError

from events.outbound import SOURCE, Alarm, AlarmCode, ClockAlarmed, ReleaseOverdue
from worker.custody.commit_time import AT_COMMIT
from worker.custody.same_alarm import RaisedAlarm
from worker.store.commit import Commit
from worker.store.context import Shard
from worker.store.wrong_types import is_wrong_type

log = structlog.get_logger("custody")

SERVICE_SUBJECT: Final = "clock"
"""The subject of an alarm that is about no booking."""

QUIET_SECONDS: Final = 600


def raise_alarm(
    shard: Shard,
    code: AlarmCode,
    detail: str,
    now: datetime,
    about: str = SERVICE_SUBJECT,
    *,
    once: str | None = None,
    quiet_seconds: int = QUIET_SECONDS,
) -> bool:
    """Alarm the watch, unless the same alarm was raised within `quiet_seconds`; whether it was raised.

    While the same alarm waits for a person it only counts, and no notice is sent.

    Args:
        about: the booking number, or the service itself.
        once: what makes two alarms of a code the same; `about` if None.
    """
    event_id = _event_id(shard, code, about, now, once)
    alarm = compose(code, detail, event_id=event_id, booking=about)
    return _raise(shard, alarm, same_by(code, once or about), now, quiet_seconds)


def raise_sink_alarm(
    shard: Shard, code: AlarmCode, detail: str, now: datetime, about: str, sink: str
) -> bool:
    """Alarm the watch about a sink, once in `QUIET_SECONDS` per booking; the alarm goes by other sinks.

    Args:
        about: as `raise_alarm`.
    """
    event_id = _event_id(shard, code, about, now, sink)
    alarm = compose(code, detail, event_id=event_id, booking=about, sink=sink)
    return _raise(shard, alarm, same_by(code, f"{sink}:{about}"), now, QUIET_SECONDS)


def _event_id(shard: Shard, code: AlarmCode, about: str, now: datetime, distinction: str | None) -> str:
    event_id = f"{about}:{code}:{shard.keys.shard}:{int(now.timestamp())}"
    if distinction is None:
        return event_id
    # Two that differ may be raised in one second.
    return f"{event_id}:{sha256(distinction.encode()).hexdigest()[:8]}"


def _raise(shard: Shard, alarm: ClockAlarmed, kind: str, now: datetime, quiet_seconds: int) -> bool:
    try:
        if is_quiet(shard, kind, secrets.token_hex(8), quiet_seconds):
            return False
        log_alarm(alarm)
        shard.committer.commit([Commit(None, alarms=(RaisedAlarm(alarm, kind),))], now)
    except Exception:
        # Better twice than never.
        with suppress(RedisError):
            shard.client.delete(shard.keys.alarmed(kind))
        raise
    return True


def same_by(code: AlarmCode, distinction: str) -> str:
    """What makes two alarms raised by `raise_alarm` the same."""
    return f"{code}:{distinction}"


def log_alarm(alarm: ClockAlarmed | ReleaseOverdue) -> None:
    """Log an alarm, or a release that came late, for whoever reads nothing but the log."""
    booking = None if alarm.subject == SERVICE_SUBJECT else alarm.subject
    if isinstance(alarm, ClockAlarmed):
        log.error("alarm", code=alarm.data.code, detail=alarm.data.detail, booking=booking)
    else:
        late = f"{alarm.data.overdue_minutes} min after the entitlement ({alarm.data.cause})"
        log.error("alarm", code="fired_late", detail=f"booking {booking}: released {late}", booking=booking)


def is_quiet(shard: Shard, kind: str, by: str, seconds: int) -> bool:
    """Whether an alarm of this kind was raised within these seconds, by something else than `by`.

    If not, it counts as raised from now on. Whoever asks again because an answer was lost may raise it.
    """
    key = shard.keys.alarmed(kind)
    try:
        raised_by: Any = shard.client.set(key, by, nx=True, get=True, ex=seconds)
    except ResponseError as error:
        if not is_wrong_type(error):
            raise
        shard.client.set(key, by, ex=seconds)
        return False
    return raised_by not in {None, by.encode()}


def compose(
    code: AlarmCode,
    detail: str,
    *,
    event_id: str,
    booking: str = SERVICE_SUBJECT,
    sink: str | None = None,
) -> ClockAlarmed:
    """An alarm event, to be committed."""
    return ClockAlarmed(
        specversion="1.0",
        id=event_id,
        source=SOURCE,
        subject=booking,
        time=AT_COMMIT,
        data=Alarm(code=code, detail=detail, sink=sink),
    )
