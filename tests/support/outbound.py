"""Short readings of the outbound events: the one field that a test compares."""

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


def release_orders(sent: Iterable[Outbound]) -> list[RecordReleased]:
    """The release orders."""
    return [notice for notice in sent if isinstance(notice, RecordReleased)]


def alarm_codes(sent: Iterable[Outbound]) -> list[str]:
    """The codes of the alarms."""
    return [notice.data.code for notice in sent if isinstance(notice, ClockAlarmed)]


def statuses(sent: Iterable[Outbound]) -> list[tuple[str | None, str]]:
    """The route and the status of each date sent to ICE."""
    return [(notice.route, notice.data.status) for notice in sent if isinstance(notice, IceReleaseDateGiven)]


def dates(sent: Iterable[Outbound]) -> list[datetime | None]:
    """The release dates sent to ICE."""
    return [notice.data.release_at for notice in sent if isinstance(notice, IceReleaseDateGiven)]


def decline_reasons(sent: Iterable[Outbound]) -> list[str]:
    """The reasons for which ICE got no date, or no person."""
    return [notice.data.reason for notice in sent if isinstance(notice, IceRequestDeclined)]


def compliance(sent: Iterable[Outbound]) -> list[bool]:
    """Whether the agency will comply, as the copies served on the person and counsel say."""
    return [notice.data.will_comply for notice in sent if isinstance(notice, SubjectIceRequestServed)]


def remaining_minutes(sent: Iterable[Outbound]) -> list[int]:
    """The minutes to the deadline in each warning to the watch."""
    return [notice.data.remaining_minutes for notice in sent if isinstance(notice, ReleaseApproaching)]


def overdue_minutes(sent: Iterable[Outbound]) -> list[int]:
    """The minutes since the entitlement in each overdue notice to the watch."""
    return [notice.data.overdue_minutes for notice in sent if isinstance(notice, ReleaseOverdue)]
