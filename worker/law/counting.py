"""How hours are counted: elapsed time in UTC, with whole local days left out.

Forty-eight hours are forty-eight hours of elapsed time, whatever the clocks on the wall do meanwhile. A day
that is not counted is left out from one local midnight to the next, even when the clocks change on it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

from worker.law.calendar import SATURDAY, SUNDAY, Calendar, Day
from worker.law.steps import Step, Trail, plain_duration

NotCounted: TypeAlias = Callable[[Day], str | None]
"""Says why a day is not counted, or None for a day that is."""


def sundays_and_holidays(day: Day) -> str | None:
    """Sundays and holidays are not counted."""
    return day.holiday or ("Sunday" if day.weekday == SUNDAY else None)


def holidays_only(day: Day) -> str | None:
    """Holidays are not counted; weekends are."""
    return day.holiday


def weekends_and_holidays(day: Day) -> str | None:
    """Saturdays, Sundays and holidays are not counted."""
    if day.holiday is None and day.weekday >= SATURDAY:
        return "Saturday" if day.weekday == SATURDAY else "Sunday"
    return day.holiday


def elapsed_hours(start: datetime, length: timedelta, calendar: Calendar, trail: Trail) -> datetime:
    """The UTC instant at which a length of time has passed since `start`, every hour counted."""
    end = start + length
    trail.append(_counted(start, end, timedelta(0), calendar))
    return end


def counted_hours(
    start: datetime, length: timedelta, calendar: Calendar, not_counted: NotCounted, trail: Trail
) -> datetime:
    """The UTC instant at which a length of time has been counted since `start`, some days left out.

    A start within a day that is not counted begins at that day's end. Time used up exactly at the midnight
    before such a day ends at that midnight.

    Raises:
        LawError, OverflowError: the count runs outside the years 1 to 9999.
    """
    day = calendar.day_of(start)
    counting_from = reached = start
    left = length
    while True:
        reason = not_counted(day)
        if reason is None:
            available = day.ends_at - reached
            if left <= available:
                break
            left -= available
        else:
            if counting_from < reached:
                trail.append(_counted(counting_from, reached, left, calendar))
            trail.append(Step(f"{day.label} not counted: {reason}", reached, day.ends_at, "left_out"))
            counting_from = day.ends_at
        reached = day.ends_at
        day = calendar.day(day.ordinal + 1)
    end = reached + left
    trail.append(_counted(counting_from, end, timedelta(0), calendar))
    return end


def _counted(start: datetime, end: datetime, left: timedelta, calendar: Calendar) -> Step:
    rest = f"{plain_duration(left)} left" if left else "the hours are used up"
    text = f"{calendar.label(start)} to {calendar.label(end)}: {plain_duration(end - start)} counted, {rest}"
    return Step(text, start, end, "counted")
