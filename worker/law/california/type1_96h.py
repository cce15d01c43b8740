"""The ninety-six hours for which a Type I facility may hold a person after booking."""

from datetime import date, datetime, timedelta

from worker.law.arrest import Arrest
from worker.law.counting import counted_hours, holidays_only
from worker.law.court import Court
from worker.law.limit import Limit
from worker.law.steps import Trail

_LENGTH = timedelta(hours=96)


def expires_at(arrest: Arrest, court: Court, trail: Trail) -> datetime:
    """96 h from the booking, without court holidays; weekends count."""
    return counted_hours(arrest.booked_at, _LENGTH, court.calendar, holidays_only, trail)


LIMIT = Limit(
    name="type1_96h",
    citation="Cal. Code Regs., tit. 15, § 1006 (Type I facility)",
    quote="not more than 96 hours excluding holidays after booking",
    in_force_from=date(2012, 9, 19),
    in_force_until=None,
    applies_to="every_arrest",
    awaits_probable_cause=False,
    rule=expires_at,
)
