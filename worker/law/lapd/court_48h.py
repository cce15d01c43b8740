"""The forty-eight hours of the department's policy, counted as Cal. Penal Code § 825 counts them."""

from datetime import date, datetime, timedelta

from worker.law.arrest import Arrest
from worker.law.counting import counted_hours, sundays_and_holidays
from worker.law.court import Court
from worker.law.limit import Limit
from worker.law.steps import Trail

_LENGTH = timedelta(hours=48)


def expires_at(arrest: Arrest, court: Court, trail: Trail) -> datetime:
    """48 h from the arrest, without Sundays and court holidays; not extended to a court session."""
    return counted_hours(arrest.arrested_at, _LENGTH, court.calendar, sundays_and_holidays, trail)


LIMIT = Limit(
    name="court_48h",
    citation="LAPD policy as reported 15 November 2016; hours counted as in Cal. Penal Code § 825(a)(1)",
    quote="within 48 hours after his or her arrest, excluding Sundays and holidays",
    in_force_from=date(2016, 11, 15),
    in_force_until=None,
    applies_to="every_arrest",
    awaits_probable_cause=False,
    rule=expires_at,
)
