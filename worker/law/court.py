"""When a court sits."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Final

from worker.law.calendar import SATURDAY, Calendar, Day

_CLOSING_SECOND: Final = timedelta(seconds=1)
_DAYS_KEPT = 16_384


class Court:
    """A court's calendar and the local hours of its session, one on each court day.

    Attributes:
        opens: the local time at which the session begins.
        closes: the local time at which it ends.
        closes_at: gives the UTC instant at which the session of a day ends.
    """

    __slots__ = ("calendar", "closes", "closes_at", "opens")

    def __init__(self, calendar: Calendar, opens: time, closes: time) -> None:
        self.calendar = calendar
        self.opens = opens
        self.closes = closes
        self.closes_at: Callable[[Day], datetime] = lru_cache(maxsize=_DAYS_KEPT)(self._closes_at)

    def sits_on(self, day: Day) -> bool:
        """Whether a day is a court day: Monday to Friday, and neither a holiday nor a closure."""
        return day.weekday < SATURDAY and day.holiday is None

    def opens_at(self, day: Day) -> datetime:
        """The UTC instant at which the session of a day begins."""
        return self.calendar.instant_at(day, self.opens)

    def session_is_over(self, day: Day, instant: datetime) -> bool:
        """Whether a day's session is over at an instant; the closing second still belongs to the session."""
        return instant >= self.closes_at(day) + _CLOSING_SECOND

    def next_court_day(self, day: Day) -> Day:
        """The first court day after the given day."""
        following = self.calendar.day(day.ordinal + 1)
        while not self.sits_on(following):
            following = self.calendar.day(following.ordinal + 1)
        return following

    def _closes_at(self, day: Day) -> datetime:
        return self.calendar.instant_at(day, self.closes)
