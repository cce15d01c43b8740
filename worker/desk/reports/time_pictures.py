"""The pictures of two reports: a shift's hours, and what came from ICE by day or month."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from worker.desk.reports.columns_picture import Column, columns_svg
from worker.desk.reports.ice import IceReport
from worker.desk.reports.shift import SHIFT, Shift

HOURS: Final = "Released and to be released, by the hour"
CONTACTS: Final = "What came from ICE"

_HOUR: Final = timedelta(hours=1)
_MOST_DAYS: Final = 62
_MOST_MONTHS: Final = 36


def shift_svg(report: Shift, zone: ZoneInfo) -> str:
    """Who was released in each of the last 12 hours, and who must be in each of the next 12."""
    hours, now = SHIFT // _HOUR, report.as_of
    past = Counter(min((now - one.at) // _HOUR, hours - 1) for one in report.released)
    coming = Counter(min((one.deadline - now) // _HOUR, hours - 1) for one in report.custody.held)
    begins = now - SHIFT
    counts = [(past[ago], "past") for ago in reversed(range(hours))]
    counts += [(coming[ahead], "coming") for ahead in range(hours)]
    columns = [
        Column((begins + place * _HOUR).astimezone(zone).strftime("%H:%M"), *found)
        for place, found in enumerate(counts)
    ]
    return columns_svg(HOURS, columns, line_after=hours)


def ice_svg(report: IceReport, zone: ZoneInfo) -> str | None:
    """What came from ICE on each day, or in each month or year of a long period; None if nothing did."""
    days = [one.received_at.astimezone(zone).date() for one in report.received]
    if not days:
        return None
    first, last = days[0], days[-1]
    if (last - first).days < _MOST_DAYS:
        written, starts = "%d %b", [first + timedelta(days=n) for n in range((last - first).days + 1)]
    else:
        written, starts = "%b %Y", list(_months(first, last))
        if len(starts) > _MOST_MONTHS:
            written, starts = "%Y", [date(year, 1, 1) for year in range(first.year, last.year + 1)]
    counts = Counter(day.strftime(written) for day in days)
    names = [day.strftime(written) for day in starts]
    return columns_svg(CONTACTS, [Column(name, counts[name], "contact") for name in names])


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)
