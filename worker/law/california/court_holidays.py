"""The judicial holidays of California, computed by rule.

Sources: Code of Civil Procedure § 135 (which days are judicial holidays), Government Code § 6700 (the days
themselves), California Rules of Court, rule 1.11 (a holiday on a Saturday is observed on the Friday before,
one on a Sunday on the Monday after). Weekends are not listed: limits differ in how they treat them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

from worker.law.calendar import SATURDAY, SUNDAY

_MONDAY, _THURSDAY, _FRIDAY = 0, 3, 4


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """A holiday, the date on which it falls in a year, and the years in which it is observed, inclusive."""

    name: str
    falls_on: Callable[[int], date]
    first_year: int = MINYEAR
    last_year: int = MAXYEAR


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _nth(ordinal: int, weekday: int, month: int, *, days_after: int = 0) -> Callable[[int], date]:
    def falls_on(year: int) -> date:
        first = date(year, month, 1)
        offset = (weekday - first.weekday()) % 7 + 7 * (ordinal - 1) + days_after
        return first + timedelta(days=offset)

    return falls_on


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


COURT_HOLIDAYS: tuple[HolidayRule, ...] = (
    HolidayRule("New Year's Day", _fixed(1, 1)),
    HolidayRule("Martin Luther King Jr. Day", _nth(3, _MONDAY, 1)),
    HolidayRule("Lincoln's Birthday", _fixed(2, 12)),
    HolidayRule("Presidents' Day", _nth(3, _MONDAY, 2)),
    HolidayRule("César Chávez Day", _fixed(3, 31), last_year=2025),
    HolidayRule("Farmworkers Day", _fixed(3, 31), first_year=2026),
    HolidayRule("Memorial Day", _last_monday_of_may),
    HolidayRule("Juneteenth", _fixed(6, 19), first_year=2023),
    HolidayRule("Independence Day", _fixed(7, 4)),
    HolidayRule("Labor Day", _nth(1, _MONDAY, 9)),
    HolidayRule("Native American Day", _nth(4, _FRIDAY, 9), first_year=2022),
    HolidayRule("Columbus Day", _nth(2, _MONDAY, 10), last_year=2021),
    HolidayRule("Veterans Day", _fixed(11, 11)),
    HolidayRule("Thanksgiving Day", _nth(4, _THURSDAY, 11)),
    HolidayRule("the day after Thanksgiving", _nth(4, _THURSDAY, 11, days_after=1)),
    HolidayRule("Christmas Day", _fixed(12, 25)),
)


def court_holidays_of_year(year: int) -> dict[date, str]:
    """The days of a calendar year on which California courts are closed for a holiday, with its name.

    The year is that of the day observed: 31 December 2021, for New Year's Day of 2022, belongs to 2021.
    """
    observed: dict[date, str] = {}
    for holiday_year in (year, year + 1):
        for rule in COURT_HOLIDAYS:
            if rule.first_year <= holiday_year <= rule.last_year:
                falls_on = rule.falls_on(holiday_year)
                day = _observed(falls_on)
                if day is not None and day.year == year:
                    observed[day] = rule.name if day == falls_on else f"{rule.name} (observed)"
    return observed


def _observed(falls_on: date) -> date | None:
    """The day on which a holiday is observed; None if that is before the year 1."""
    shift_days = {SATURDAY: -1, SUNDAY: 1}.get(falls_on.weekday(), 0)
    try:
        return falls_on + timedelta(days=shift_days)
    except OverflowError:
        return None
