"""What the release desk and the watch commander read. No length of time counts from when they read it."""

from zoneinfo import ZoneInfo

from events.outbound import (
    ClockAlarmed,
    RecordClosed,
    RecordReleased,
    ReleaseApproaching,
    ReleaseAuthorityChanged,
    ReleaseOverdue,
)
from worker.desk.letter import Letter, paragraphs
from worker.desk.letter_words import holds, in_hours, limit, official_time, short_time
from worker.desk.words import ALARMS, BASES, LATE_CAUSES
from worker.plain_text import escaped


def release_order(event: RecordReleased, zone: ZoneInfo) -> Letter:
    """The order that people carry out."""
    data = event.data
    return Letter(
        f"Release now: booking {event.subject}",
        paragraphs(
            f"Release the person booked as {event.subject} now: the authority to hold ended at "
            f"{official_time(data.entitled_at, zone)}.",
            f"Reason: {BASES[data.basis]}{limit(data.governing_limit)}.\n"
            f"Ordered at {official_time(data.released_at, zone)}.",
            holds(data.remaining_authority),
        ),
    )


def record_closed(event: RecordClosed, zone: ZoneInfo) -> Letter:
    """Custody has ended without a release."""
    return Letter(
        f"Record closed: booking {event.subject}",
        paragraphs(
            f"The record of booking {event.subject} was closed at "
            f"{official_time(event.data.closed_at, zone)}: {BASES[event.data.basis]}.",
            "This notice orders no release.",
        ),
    )


def holds_changed(event: ReleaseAuthorityChanged, zone: ZoneInfo) -> Letter:
    """Other authority to hold has changed since the order."""
    return Letter(
        f"Holds have changed: booking {event.subject}",
        paragraphs(
            f"The holds on the person booked as {event.subject} changed at "
            f"{official_time(event.time, zone)}, after the release ordered at "
            f"{official_time(event.data.released_at, zone)}.",
            holds(event.data.remaining_authority),
        ),
    )


def release_approaching(event: ReleaseApproaching, zone: ZoneInfo) -> Letter:
    """Time to prepare the release."""
    data = event.data
    return Letter(
        f"Release by {short_time(data.release_at, zone)}: booking {event.subject}",
        paragraphs(
            f"The person booked as {event.subject} must be released by "
            f"{official_time(data.release_at, zone)}.",
            f"When this was written, at {official_time(event.time, zone)}, "
            f"{in_hours(data.remaining_minutes)} were left. Prepare the release.",
        ),
    )


def overdue(event: ReleaseOverdue, zone: ZoneInfo) -> Letter:
    """A release came late, or no departure followed it."""
    data = event.data
    what = (
        f"The person booked as {event.subject} was released late"
        if data.fired_late
        else f"No departure is reported for the person booked as {event.subject}"
    )
    why = f"Why it was late: {LATE_CAUSES[data.cause]}." if data.cause else ""
    return Letter(
        f"Overdue: booking {event.subject}",
        paragraphs(
            f"{what}: the authority to hold ended at {official_time(data.entitled_at, zone)}.",
            f"When this was written, at {official_time(event.time, zone)}, that was "
            f"{in_hours(data.overdue_minutes)} ago.",
            why,
            "See that the person leaves at once, then report the departure.",
        ),
    )


def alarm(event: ClockAlarmed, zone: ZoneInfo) -> Letter:
    """Something that a person has to look at."""
    code = event.data.code
    meaning = ALARMS.get(code, code.replace("_", " "))
    return Letter(
        f"Alarm: {meaning} ({event.subject})",
        paragraphs(
            f"Alarm of the custody clock at {official_time(event.time, zone)}: {meaning}.",
            escaped(event.data.detail),
            f"What to do is in the runbook {code.replace('_', '-')}.md.",
        ),
    )
