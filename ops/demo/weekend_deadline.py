"""The deadline under the rules of November 2016 in a few lines, for the demo to check the clock against."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from ops.demo.weekend_events import LOS_ANGELES

COURT_HOLIDAYS: Final = frozenset({date(2016, 11, 11), date(2016, 11, 24), date(2016, 11, 25)})
"""Veterans Day, Thanksgiving and the day after it."""

SUNDAY: Final = 6


def expected_deadline(arrested_at: datetime) -> datetime:
    """The deadline of an arrest in November 2016: 48 h without Sundays and holidays, or 72 h if earlier.

    The counting rule is that of Cal. Penal Code § 825(a)(1); the 72 h come from the department's statement of
    15 November 2016.

    Returns:
        The deadline in UTC.
    """
    at, uncounted = arrested_at.astimezone(UTC), timedelta(hours=48)
    while True:
        today = at.astimezone(LOS_ANGELES).date()
        midnight = datetime.combine(today + timedelta(days=1), time(), LOS_ANGELES).astimezone(UTC)
        if today.weekday() != SUNDAY and today not in COURT_HOLIDAYS:
            if uncounted <= midnight - at:
                return min(at + uncounted, arrested_at.astimezone(UTC) + timedelta(hours=72))
            uncounted -= midnight - at
        at = midnight
