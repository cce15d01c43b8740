"""The second court day after the arrest, the practice of counties."""

from datetime import date, datetime

from worker.law.arrest import Arrest
from worker.law.court import Court
from worker.law.limit import Limit
from worker.law.steps import Step, StepKind, Trail

_COURT_DAYS = 2


def expires_at(arrest: Arrest, court: Court, trail: Trail) -> datetime:
    """The close of court on the second court day after the day of arrest.

    Saturdays, Sundays and court holidays are not court days.
    """
    calendar = court.calendar
    reached, day, sat = arrest.arrested_at, calendar.day_of(arrest.arrested_at), 0
    trail.append(Step(f"{day.label} not counted: the day of arrest", reached, day.ends_at, "left_out"))
    while True:
        reached, day = day.ends_at, calendar.day(day.ordinal + 1)
        sits = court.sits_on(day)
        sat += sits
        if sat == _COURT_DAYS:
            break
        counts = f": court day {sat}" if sits else f" not counted: {day.holiday or 'weekend'}"
        kind: StepKind = "session" if sits else "left_out"
        trail.append(Step(f"{day.label}{counts}", reached, day.ends_at, kind))
    close = court.closes_at(day)
    text = f"{day.label}: court day {sat}, until its close at {calendar.label(close)}"
    trail.append(Step(text, reached, close, "session"))
    return close


LIMIT = Limit(
    name="second_court_day",
    citation="county practice under Cal. Penal Code § 825(a)(1); Cal. Code Civ. Proc. § 135 (Saturdays)",
    quote="Every Saturday and the day after Thanksgiving Day",
    in_force_from=date(1997, 1, 1),
    in_force_until=None,
    applies_to="every_arrest",
    awaits_probable_cause=False,
    rule=expires_at,
)
