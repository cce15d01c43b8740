"""Records as they are after custody ended, made directly: for reports on many of them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from worker.custody.record import Facts, ProfileOnRecord, Record

NOW: Final = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)
"""The present: Monday, noon in Los Angeles."""

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)


def record(booking: str, deadline: datetime, *, facility: str | None = "Central", **more: Any) -> Record:
    """A held record with this deadline, 48 h after the arrest, unless `more` says otherwise."""
    arrested_at = deadline - 48 * HOUR
    fields: dict[str, Any] = {
        "state": "held",
        "facts": Facts(facility=facility, arrested_at=arrested_at, booked_at=arrested_at),
        "heard_at": arrested_at,
        "first_heard_at": arrested_at,
        "attended_until": arrested_at,
        "profile": ProfileOnRecord("site", "0" * 16),
        "governing_limit": "court_48h",
    }
    return Record(booking=booking, deadline=deadline, **(fields | more))


def released(
    booking: str,
    entitled_at: datetime,
    *,
    after: timedelta = timedelta(0),
    left: datetime | None,
    **more: Any,
) -> Record:
    """Released this long after the entitlement, which is the deadline unless `more` names another."""
    fields: dict[str, Any] = {
        "state": "released",
        "basis": "deadline",
        "entitled_at": entitled_at,
        "released_at": entitled_at + after,
        "departed_at": left,
    }
    return record(booking, more.pop("deadline", entitled_at), **(fields | more))


def closed(booking: str, deadline: datetime, basis: str, ended_at: datetime, **more: Any) -> Record:
    """Closed without a release, as reported for this instant and committed then."""
    fields: dict[str, Any] = {"state": "closed", "basis": basis, "ended_at": ended_at, "closed_at": ended_at}
    return record(booking, deadline, **(fields | more))
