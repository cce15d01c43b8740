"""The upper bound of the department's policy: seventy-two hours, which nothing extends."""

from datetime import date, datetime, timedelta

from worker.law.arrest import Arrest
from worker.law.counting import elapsed_hours
from worker.law.court import Court
from worker.law.limit import Limit
from worker.law.steps import Trail

_LENGTH = timedelta(hours=72)


def expires_at(arrest: Arrest, court: Court, trail: Trail) -> datetime:
    """72 h from the arrest; every hour counts."""
    return elapsed_hours(arrest.arrested_at, _LENGTH, court.calendar, trail)


LIMIT = Limit(
    name="cap_72h",
    citation="LAPD policy as reported 15 November 2016",
    quote="the typical 48 to 72 hours",
    in_force_from=date(2016, 11, 15),
    in_force_until=None,
    applies_to="every_arrest",
    awaits_probable_cause=False,
    rule=expires_at,
)
