"""The federal holidays of the United States, with the day on which each is observed."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from worker.law.calendar import Calendar


def federal_holidays_of_year(year: int) -> Mapping[date, str]:
    """The federal holidays observed in a calendar year (5 U.S.C. § 6103), from the `holidays` package.

    Empty for years of which the package knows nothing.
    """
    from holidays import country_holidays  # slow to import, and needed for reports only

    return dict(country_holidays("US", years=year, observed=True, expand=False))


@lru_cache(maxsize=16)
def federal_calendar(zone: ZoneInfo) -> Calendar:
    """The local days of a time zone with the federal holidays."""
    return Calendar(zone, federal_holidays_of_year)
