"""The extra forty-eight hours that an immigration detainer requests: computed, never granted.

A detainer is a request, not an order (Galarza v. Szalczyk, 745 F.3d 634 (3d Cir. 2014)). No profile may
enable it; it serves to report how much further detention was declined.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from worker.law.calendar import Calendar
from worker.law.counting import counted_hours, weekends_and_holidays
from worker.law.errors import LawError
from worker.law.federal.holidays import federal_calendar
from worker.law.rounding import whole_milliseconds_up

NAME: Final = "detainer_48h"
CITATION: Final = "8 CFR § 287.7(d)"
QUOTE: Final = "for a period not to exceed 48 hours, excluding Saturdays, Sundays, and holidays"
IN_FORCE_FROM: Final = date(1997, 4, 1)
WHY_NEVER_ENABLED: Final = "a detainer is a request; it is computed only to report what was declined"

_LENGTH = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class DeclinedDetention:
    """The further detention that a declined hold request would have meant.

    Attributes:
        expires_at: in UTC, rounded up to a whole millisecond.
        elapsed_hours: hours of elapsed time from the release until then, days that are not counted included.
    """

    expires_at: datetime
    elapsed_hours: float
    citation: str = CITATION


def declined_detention_hours(otherwise_released_at: datetime, calendar: Calendar) -> DeclinedDetention:
    """How long a detainer would have kept a person past the release: 48 h without the days not counted.

    Saturdays, Sundays and federal holidays are not counted (8 CFR § 287.7(d)). Only the time zone of
    `calendar` is used: court holidays and closures are not federal holidays.

    Raises:
        LawError: the instant has no offset, or the count runs outside the years 1 to 9999.
    """
    if otherwise_released_at.tzinfo is None:
        raise LawError("otherwise_released_at needs an offset, as in 2016-11-15T10:00:00-08:00")
    federal = federal_calendar(calendar.zone)
    try:
        released_at = otherwise_released_at.astimezone(UTC)
        exact = counted_hours(released_at, _LENGTH, federal, weekends_and_holidays, [])
        expires_at = whole_milliseconds_up(exact)
    except OverflowError as error:
        raise LawError("the detainer would run outside the years 1 to 9999") from error
    return DeclinedDetention(expires_at, (exact - released_at) / timedelta(hours=1))
