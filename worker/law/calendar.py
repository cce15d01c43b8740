"""Local days as the law counts them: from midnight to midnight, with their holidays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from worker.law.errors import LawError

HolidaysOfYear = Callable[[int], Mapping[date, str]]
"""Gives the days of a calendar year on which holidays are observed, with their names."""

DAY_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEDNESDAY: Final = 2
SATURDAY: Final = 5
SUNDAY: Final = 6

_DAYS_KEPT = 16_384
_INSTANTS_KEPT = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """One local calendar day: from `starts_at` up to, not including, `ends_at` (both UTC).

    `weekday` is 0 for Monday; `holiday` is the name of the holiday or closure observed on the day, if any. A
    day on which the clocks change is 23 or 25 hours long.
    """

    ordinal: int
    date: date
    weekday: int
    holiday: str | None
    starts_at: datetime
    ends_at: datetime
    label: str


class Calendar:
    """The local days of one time zone, with holidays and any closures.

    Attributes:
        day: gives the local day of a proleptic Gregorian ordinal (`date.toordinal`), computed once and
            cached; raises LawError outside the years 1 to 9999.
        label: formats an instant as the local clocks show it, as in `Mon 2016-11-14 10:00 PST`.
    """

    __slots__ = ("_closures", "_holidays_of_year", "day", "label", "zone")

    def __init__(
        self, zone: ZoneInfo, holidays_of_year: HolidaysOfYear, closures: Mapping[date, str] | None = None
    ) -> None:
        self.zone = zone
        self._closures = dict(closures or {})
        self._holidays_of_year: HolidaysOfYear = lru_cache(maxsize=512)(holidays_of_year)
        self.day: Callable[[int], Day] = lru_cache(maxsize=_DAYS_KEPT)(self._build_day)
        self.label: Callable[[datetime], str] = lru_cache(maxsize=_INSTANTS_KEPT)(self._build_label)

    def day_of(self, instant: datetime) -> Day:
        """The local day that contains an aware instant; midnight belongs to the day that it begins."""
        day = self.day(instant.astimezone(self.zone).toordinal())
        # Where clocks go back across midnight, the old date is shown again after the new day has begun.
        while instant >= day.ends_at:
            day = self.day(day.ordinal + 1)
        return day

    def holiday_on(self, on: date) -> str | None:
        """The name of the holiday or closure observed on a date; None if there is none."""
        return self._closures.get(on) or self._holidays_of_year(on.year).get(on)

    def instant_at(self, day: Day, clock: time) -> datetime:
        """The UTC instant at which the local clocks first show the given time on a day."""
        return datetime.combine(day.date, clock, tzinfo=self.zone).astimezone(UTC)

    def _build_day(self, ordinal: int) -> Day:
        try:
            on, following = date.fromordinal(ordinal), date.fromordinal(ordinal + 1)
            starts_at, ends_at = self._midnight(on), self._midnight(following)
        except (OverflowError, ValueError) as error:
            raise LawError("a limit would run outside the years 1 to 9999") from error
        weekday = on.weekday()
        label = f"{DAY_NAMES[weekday]} {on.isoformat()}"
        return Day(ordinal, on, weekday, self.holiday_on(on), starts_at, ends_at, label)

    def _midnight(self, on: date) -> datetime:
        return datetime(on.year, on.month, on.day, tzinfo=self.zone).astimezone(UTC)

    def _build_label(self, instant: datetime) -> str:
        local = instant.astimezone(self.zone)
        shown = local.replace(tzinfo=None).isoformat(sep=" ", timespec=_coarsest_exact_unit(local))
        return f"{DAY_NAMES[local.weekday()]} {shown} {local.tzname()}"


def _coarsest_exact_unit(instant: datetime) -> str:
    if instant.microsecond:
        return "microseconds" if instant.microsecond % 1000 else "milliseconds"
    return "seconds" if instant.second else "minutes"
