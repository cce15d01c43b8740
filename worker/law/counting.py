"""How hours are counted: as elapsed time in UTC, with whole local days left out.

Forty-eight hours are forty-eight hours of elapsed time, even if the clocks change in between. A day that is
not counted is left out from one local midnight to the next, whether it lasts 23, 24 or 25 hours.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

from worker.law.calendar import SATURDAY, SUNDAY, Calendar, Day
from worker.law.steps import Step, Trail, plain_duration

NotCounted: TypeAlias = Callable[[Day], str | None]
"""Gives the reason why a day is not counted; None for a day that counts."""


def sundays_and_holidays(day: Day) -> str | None:
    """The reason not to count a day where Sundays and holidays are not counted."""
    return day.holiday or ("Sunday" if day.weekday == SUNDAY else None)


def holidays_only(day: Day) -> str | None:
    """The reason not to count a day where holidays are not counted but weekends are."""
    return day.holiday


def weekends_and_holidays(day: Day) -> str | None:
    """The reason not to count a day where Saturdays, Sundays and holidays are not counted."""
    if day.holiday is None and day.weekday >= SATURDAY:
        return "Saturday" if day.weekday == SATURDAY else "Sunday"
    return day.holiday


def elapsed_hours(start: datetime, length: timedelta, calendar: Calendar, trail: Trail) -> datetime:
    """The UTC instant at which `length` has elapsed since `start`; every hour counts.

    Raises:
        OverflowError: the instant is past the year 9999.
    """
    end = start + length
    trail.append(_counted(start, end, timedelta(0), calendar))
    return end


def counted_hours(
    start: datetime, length: timedelta, calendar: Calendar, not_counted: NotCounted, trail: Trail
) -> datetime:
    """The UTC instant at which `length` has been counted since `start`, with some days left out.

    If `start` falls in a day that is not counted, counting begins at that day's end. If the hours are used up
    exactly at the midnight before such a day, they end at that midnight.

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
