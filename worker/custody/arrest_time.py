"""Which instants the clock runs from, where what was reported cannot be, or can hardly be, right.

Doubt costs nobody a clock, and keeps nobody: what cannot be right is replaced by the nearest instant that
can, never by a later one than the clock's own first knowledge of the booking. What was reported is kept, the
watch is alarmed, and an amendment sets it right.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from worker.custody.same_alarm import IN_THE_FUTURE
from worker.law.arrest import Arrest, ArrestKind

TOLERANCE: Final = timedelta(minutes=5)
"""How far ahead of the store's time an instant may be without an alarm: clocks differ."""

_SAME_MINUTE: Final = timedelta(minutes=1)
_LONGEST_BEFORE: Final = timedelta(days=7)
_LONGEST_AFTER_BOOKING: Final = timedelta(hours=24)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ArrestAsCounted(Struct, frozen=True):
    """The arrest that the limits are computed from, and what was doubtful about the one reported."""

    arrest: Arrest
    doubts: tuple[str, ...] = ()


def as_counted(
    arrested_at: datetime,
    booked_at: datetime,
    kind: ArrestKind,
    heard_at: datetime,
    *,
    is_amended: bool = False,
) -> ArrestAsCounted:
    """The arrest as the clock counts it.

    Args:
        arrested_at, booked_at: as reported, in UTC.
        heard_at: when the booking arrived: the store's time, in UTC. Nothing later starts the clock.
        is_amended: whether an amendment reports it. Then an arrest after `heard_at` is always doubtful.
    """
    doubts: list[str] = []
    booking = min(booked_at, heard_at)
    if booked_at - heard_at > TOLERANCE:
        doubts.append(f"booked_at is {IN_THE_FUTURE}: the time of arrival counts")
    booking_is_recent = booking >= heard_at - _LONGEST_BEFORE
    start = arrested_at
    if reason := _cannot_be(arrested_at, booked_at, heard_at):
        start = booking if booking_is_recent else heard_at
        counts = "booked_at" if booking_is_recent else "the time of arrival"
        doubts.append(f"arrested_at is {reason}: {counts} counts")
    elif arrested_at > booked_at:
        start = booked_at
        if arrested_at - booked_at > _SAME_MINUTE:
            doubts.append("booked_at is before arrested_at: the earlier of the two counts")
    if start > heard_at:
        if is_amended or start - heard_at > TOLERANCE:
            doubts.append("arrested_at is after the clock first heard of the booking: that instant counts")
        start = heard_at
    return ArrestAsCounted(
        Arrest(start, max(booking, start) if booking_is_recent else start, kind), tuple(doubts)
    )


def _cannot_be(arrested_at: datetime, booked_at: datetime, heard_at: datetime) -> str | None:
    if arrested_at < _EPOCH:
        return "before 1970"
    if arrested_at - booked_at > _LONGEST_AFTER_BOOKING:
        return "more than 24 h after the booking"
    if booked_at - arrested_at > _LONGEST_BEFORE:
        return "more than 7 days before the booking"
    if heard_at - arrested_at > _LONGEST_BEFORE:
        return "more than 7 days before it was reported"
    return None
