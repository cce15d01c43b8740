"""When a record next needs attention, and what is done then. One timer per record."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from events.outbound import ApproachingRelease, OverdueRelease, ReleaseApproaching, ReleaseOverdue
from worker.custody import notices
from worker.custody.changes import Changes
from worker.custody.commit_time import settled
from worker.custody.record import Record
from worker.custody.release import release_at_deadline, whole_minutes
from worker.custody.rules import OVERDUE_AFTER, UNKNOWN_BOOKING_AFTER, WARN_BEFORE, Rules
from worker.custody.transition import Notice, Outcome, Step, alarm

_NOT_DUE: Final = None


def next_attention(record: Record, rules: Rules, now: datetime) -> datetime | None:
    """The earliest instant at which this record needs the clock; None if it never will again.

    A held record always has one, at or before its deadline. A closed record has none.
    """
    moments = _moments(record, rules, now)
    pending = next((moment for moment in moments if moment > record.attended_until), None)
    if record.state == "held":
        return pending or record.release_due_at
    return pending


def is_due(record: Record, now: datetime) -> bool:
    """Whether the record is held and must be released by now."""
    due_at = record.release_due_at
    return record.state == "held" and due_at is not None and due_at <= now


def is_past_deadline(record: Record, now: datetime) -> bool:
    """Whether the deadline has come, be the person released already or not."""
    return record.deadline is not None and record.deadline <= now


def awaits_departure(record: Record) -> bool:
    """Whether the person was released and is here, as far as was reported.

    Of one who has a new number the departure is reported there.
    """
    if record.state != "released" or record.renumbered_to is not None:
        return False
    assert record.entitled_at is not None
    return not _has_left(record, record.entitled_at)


def attend(record: Record, rules: Rules, now: datetime) -> Step | None:
    """Do what is due at this instant: release, warn or alarm; None if nothing is."""
    if is_due(record, now):
        return release_at_deadline(record, rules, now)
    due = [moment for moment in _moments(record, rules, now) if record.attended_until < moment <= now]
    if not due:
        return _NOT_DUE
    changes: Changes = {"attended_until": now}
    match record.state:
        case "held":
            return Step(
                Outcome.RELEASE_APPROACHING,
                changes,
                (_approaching(record, now), *notices.approaching(record, rules)),
            )
        case "released":
            return Step(Outcome.RELEASE_OVERDUE, changes, (_overdue(record, now),))
        case _:
            unknown = alarm(record, "unknown_booking", "events came for it, but no booking within 15 minutes")
            return Step(Outcome.UNKNOWN_BOOKING, changes, (unknown,))


def _moments(record: Record, rules: Rules, now: datetime) -> Iterator[datetime]:
    """The instants at which the watch is sent something, soonest first, past ones included."""
    match record.state:
        case "held":
            assert record.deadline is not None
            for before in WARN_BEFORE:
                yield record.deadline - before
        case "released":
            assert record.released_at is not None and record.entitled_at is not None
            if not awaits_departure(record) or not rules.departures_expected:
                return
            released_at = settled(record.released_at, now)
            for after in OVERDUE_AFTER:
                yield released_at + after
        case "awaiting_booking":
            yield record.first_heard_at + UNKNOWN_BOOKING_AFTER
        case "closed":
            return


def _has_left(record: Record, entitled_at: datetime) -> bool:
    """Whether the person has left; one reported while held and before the entitlement does not count."""
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
