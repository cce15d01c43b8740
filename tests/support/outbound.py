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


def orders(sent: Iterable[Outbound]) -> list[RecordReleased]:
    """The release orders."""
    return [notice for notice in sent if isinstance(notice, RecordReleased)]


def codes(sent: Iterable[Outbound]) -> list[str]:
    """The codes of the alarms."""
    return [notice.data.code for notice in sent if isinstance(notice, ClockAlarmed)]


def statuses(sent: Iterable[Outbound]) -> list[tuple[str | None, str]]:
    """By route, what ICE was told of the date."""
    return [(notice.route, notice.data.status) for notice in sent if isinstance(notice, IceReleaseDateGiven)]


def dates(sent: Iterable[Outbound]) -> list[datetime | None]:
    """The release dates that ICE was told."""
    return [notice.data.release_at for notice in sent if isinstance(notice, IceReleaseDateGiven)]


def refusals(sent: Iterable[Outbound]) -> list[str]:
    """The reasons for which ICE got no date, or no person."""
    return [notice.data.reason for notice in sent if isinstance(notice, IceRequestDeclined)]


def compliance(sent: Iterable[Outbound]) -> list[bool]:
    """What the person was told of whether the agency will comply."""
    return [notice.data.will_comply for notice in sent if isinstance(notice, SubjectIceRequestServed)]


def remaining(sent: Iterable[Outbound]) -> list[int]:
    """The minutes that remained, as the watch was warned."""
    return [notice.data.remaining_minutes for notice in sent if isinstance(notice, ReleaseApproaching)]


def overdue(sent: Iterable[Outbound]) -> list[int]:
    """The minutes overdue, as the watch was told."""
    return [notice.data.overdue_minutes for notice in sent if isinstance(notice, ReleaseOverdue)]
