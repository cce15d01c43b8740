"""The rules of a site as the core needs them: its profile, and how it watches releases."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from worker.law.profile import Profile

UNKNOWN_BOOKING_AFTER: Final = timedelta(minutes=15)
"""How long an event may wait for its booking before the watch is alarmed."""

WARN_BEFORE: Final = (timedelta(hours=12), timedelta(hours=4), timedelta(hours=1))
"""How long before a deadline the watch is warned, longest first."""

CUSTODY_REQUEST_LASTS: Final = timedelta(minutes=15)

OVERDUE_AFTER: Final = (
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""How long after a release a person who has not departed is reported, soonest first."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The profile, and the site's settings that the core needs.

    Attributes:
        departures_expected: whether upstream reports departures; if not, nobody is reported as still in the
            building; late releases still are.
        late_after: a release later than this after the entitlement is reported as late.
        late_grace: how long a booking that is past its deadline when it arrives waits for the rest of
            upstream's report.
        custody_request_lasts: an older request by ICE at the counter is a contact only: whoever asked may
            have left.
    """

    profile: Profile
    departures_expected: bool = True
    late_after: timedelta = timedelta(seconds=60)
    late_grace: timedelta = timedelta(seconds=60)
    custody_request_lasts: timedelta = CUSTODY_REQUEST_LASTS
