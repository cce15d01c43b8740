"""When a record next needs attention, and what is done then: one timer a record."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from events.outbound import ApproachingRelease, OverdueRelease, ReleaseApproaching, ReleaseOverdue
from worker.custody import notices
from worker.custody.policy import OVERDUE_AFTER, UNKNOWN_BOOKING_AFTER, WARN_BEFORE, Policy
from worker.custody.record import Record
from worker.custody.release import release_at_deadline, whole_minutes
from worker.custody.transition import Notice, Outcome, Step, alarm, settled

_NOT_DUE: Final = None


def next_attention(record: Record, policy: Policy, now: datetime) -> datetime | None:
    """The earliest instant at which this record needs the clock; None if it never will again.

    A held record always has one, at or before its deadline. A closed record has none.
    """
    up_to = record.attended_up_to
    pending = next((moment for moment in _moments(record, policy, now) if moment > up_to), None)
    if record.state == "held":
        return pending or record.deadline
    return pending


def attend(record: Record, policy: Policy, now: datetime) -> Step | None:
    """Do what is due at this instant: release, or warn; None if nothing is."""
    if record.state == "held" and record.deadline is not None and now >= record.deadline:
        return release_at_deadline(record, policy, now)
    due = [moment for moment in _moments(record, policy, now) if record.attended_up_to < moment <= now]
    if not due:
        return _NOT_DUE
    changes = {"attended_until": now}
    match record.state:
        case "held":
            return Step(
                Outcome.RELEASE_APPROACHING,
                changes,
                (_approaching(record, now), *notices.approaching(record, policy)),
            )
        case "released":
            return Step(Outcome.RELEASE_OVERDUE, changes, (_overdue(record, now),))
        case _:
            told = alarm(record, "unknown_booking", "events came for it, but no booking within 15 minutes")
            return Step(Outcome.UNKNOWN_BOOKING, changes, (told,))


def _moments(record: Record, policy: Policy, now: datetime) -> Iterator[datetime]:
    """The instants at which the watch is told something, soonest first and past ones included."""
    match record.state:
        case "held":
            assert record.deadline is not None
            for before in WARN_BEFORE:
                yield record.deadline - before
        case "released":
            assert record.released_at is not None and record.entitled_at is not None
            if _has_left(record, record.entitled_at) or not policy.departures_expected:
                return
            released_at = settled(record.released_at, now)
            for after in OVERDUE_AFTER:
                yield released_at + after
        case "awaiting_booking":
            yield record.first_heard_at + UNKNOWN_BOOKING_AFTER
        case "closed":
            return


def _has_left(record: Record, entitled_at: datetime) -> bool:
    """Whoever was reported gone while held, before being free to go, has not been seen to leave since."""
    if record.departed_at is None:
        return False
    return not record.gone_while_held or record.departed_at >= entitled_at


def _approaching(record: Record, now: datetime) -> Notice:
    assert record.deadline is not None
    remaining = max(0, -((now - record.deadline) // timedelta(minutes=1)))
    return Notice(
        ReleaseApproaching, ApproachingRelease(release_at=record.deadline, remaining_minutes=remaining)
    )


def _overdue(record: Record, now: datetime) -> Notice:
    assert record.entitled_at is not None
    minutes = whole_minutes(record.entitled_at, now)
    return Notice(ReleaseOverdue, OverdueRelease(entitled_at=record.entitled_at, overdue_minutes=minutes))
