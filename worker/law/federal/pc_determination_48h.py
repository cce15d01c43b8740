"""A judicial finding of probable cause within forty-eight hours of an arrest without a warrant."""

from datetime import date, datetime, timedelta

from worker.law.arrest import Arrest
from worker.law.counting import elapsed_hours
from worker.law.court import Court
from worker.law.limit import Limit
from worker.law.steps import Trail

_LENGTH = timedelta(hours=48)


def expires_at(arrest: Arrest, court: Court, trail: Trail) -> datetime:
    """48 h from the arrest; every hour counts, weekends included."""
    return elapsed_hours(arrest.arrested_at, _LENGTH, court.calendar, trail)


LIMIT = Limit(
    name="pc_determination_48h",
    citation="County of Riverside v. McLaughlin, 500 U.S. 44 (1991)",
    quote="judicial determinations of probable cause within 48 hours of arrest",
    in_force_from=date(1991, 5, 13),
    in_force_until=None,
    applies_to="warrantless_arrest",
    awaits_probable_cause=True,
    rule=expires_at,
)
