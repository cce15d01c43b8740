"""The time that a report is about."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from worker.desk.local_time import read_moment

EVER: Final = datetime.min.replace(tzinfo=UTC)
"""Before everything."""

_USUAL: Final = timedelta(days=30)


class PeriodError(ValueError):
    """No report can be made of what was asked for; the text says why."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to, not including, `until`; both UTC."""

    since: datetime
    until: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.since <= instant < self.until


def read_period(
    since: str | None, until: str | None, now: datetime, zone: ZoneInfo, names: tuple[str, str]
) -> Period:
    """The period that a person means, by local dates or times.

    Args:
        since: where it begins; the 30 days before its end if there is nothing.
        until: where it ends; `now` if there is nothing.
        now: the present, in UTC.
        names: what the person calls the two, for an error's text.

    Raises:
        PeriodError: one is not understood, or the period has no length.
    """
    first, last = names
    ends = _moment(last, until, now, zone) if until else now
    if since:
        begins = _moment(first, since, now, zone)
    else:
        try:
            begins = ends - _USUAL
        except OverflowError:
            raise PeriodError(f"{last} is too early: give {first} as well") from None
    if begins >= ends:
        raise PeriodError(f"{first} must be before {last}; a date alone means its midnight")
    return Period(begins, ends)


def _moment(name: str, text: str, now: datetime, zone: ZoneInfo) -> datetime:
    try:
        return read_moment(text, now, zone)
    except ValueError as error:
        raise PeriodError(f"{name} {text}: {error}") from None
