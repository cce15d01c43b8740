"""What others were told, read off in short."""

from collections.abc import Iterable
from datetime import datetime

from events.outbound import (
    ClockAlarmed,
    IceReleaseDateGiven,
    IceRequestDeclined,
    Outbound,
    RecordReleased,
    ReleaseApproaching,
    ReleaseOverdue,
    SubjectIceRequestServed,
)


def orders(told: Iterable[Outbound]) -> list[RecordReleased]:
    """The release orders."""
    return [notice for notice in told if isinstance(notice, RecordReleased)]


def codes(told: Iterable[Outbound]) -> list[str]:
    """The codes of the alarms."""
    return [notice.data.code for notice in told if isinstance(notice, ClockAlarmed)]


def statuses(told: Iterable[Outbound]) -> list[tuple[str | None, str]]:
    """By route, what ICE was told of the date."""
    return [(notice.route, notice.data.status) for notice in told if isinstance(notice, IceReleaseDateGiven)]


def dates(told: Iterable[Outbound]) -> list[datetime | None]:
    """The release dates that ICE was told."""
    return [notice.data.release_at for notice in told if isinstance(notice, IceReleaseDateGiven)]


def refusals(told: Iterable[Outbound]) -> list[str]:
    """The reasons for which ICE got no date, or no person."""
    return [notice.data.reason for notice in told if isinstance(notice, IceRequestDeclined)]


def compliance(told: Iterable[Outbound]) -> list[bool]:
    """What the person was told of whether the agency will comply."""
    return [notice.data.will_comply for notice in told if isinstance(notice, SubjectIceRequestServed)]


def remaining(told: Iterable[Outbound]) -> list[int]:
    """The minutes that remained, as the watch was warned."""
    return [notice.data.remaining_minutes for notice in told if isinstance(notice, ReleaseApproaching)]


def overdue(told: Iterable[Outbound]) -> list[int]:
    """The minutes overdue, as the watch was told."""
    return [notice.data.overdue_minutes for notice in told if isinstance(notice, ReleaseOverdue)]
