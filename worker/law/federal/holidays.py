"""The federal holidays of the United States, on the days on which they are observed."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from worker.law.calendar import SATURDAY, Calendar


def federal_holidays_of_year(year: int) -> Mapping[date, str]:
    """The days of a calendar year on which federal holidays are observed, by the `holidays` package.

    Source: 5 U.S.C. § 6103. A holiday on a Saturday is observed on the Friday before and one on a Sunday on
    the Monday after; the weekend day itself is not listed. Empty for years that the package does not cover.
    """
    from holidays import country_holidays  # slow to import, and seldom needed

    listed = country_holidays("US", years=year, observed=True, expand=False)
    return {day: name for day, name in listed.items() if day.weekday() < SATURDAY}


@lru_cache(maxsize=16)
def federal_calendar(zone: ZoneInfo) -> Calendar:
    """The calendar of a time zone with the federal holidays."""
    return Calendar(zone, federal_holidays_of_year)
