"""The pictures of a shift and of ICE's contacts: each is counted in its hour, day, month or year."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from worker.desk.custody_list import CustodyList, Person
from worker.desk.reports.from_ice import FromIce
from worker.desk.reports.ice import IceReport
from worker.desk.reports.period import EVER, Period
from worker.desk.reports.shift import Ended, Shift, Waiting
from worker.desk.reports.time_pictures import ice_svg, shift_svg

LA = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 1, 20, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def counts(drawn: str) -> list[tuple[str, int]]:
    """Of each column, its name and its number, by the title that a pointer shows."""
    return [(name, int(count)) for name, count in re.findall(r"<g><title>([^<]+): (\d+)</title>", drawn)]


def shift(released: list[timedelta], due: list[timedelta]) -> Shift:
    held = tuple(Person("B", None, NOW + ahead, None, ice_contacted=False) for ahead in due)
    custody = CustodyList(NOW, (), (), (), held, (), len(held), bool(held), (), ())
    ended = tuple(Ended("B", None, NOW - ago, "bail") for ago in released)
    waiting = Waiting((), 0, 0, 0, (), (), Counter())
    return Shift(NOW, (), ended, (), (), custody, waiting)


def test_each_release_is_in_its_hour_before_or_after_the_present() -> None:
    drawn = shift_svg(
        shift([0 * MINUTE, 59 * MINUTE, 60 * MINUTE, 720 * MINUTE], [1 * MINUTE, 61 * MINUTE, 720 * MINUTE]),
        LA,
    )
    found = counts(drawn)
    assert len(found) == 24
    assert [count for _, count in found] == [1, *[0] * 9, 1, 2, 1, 1, *[0] * 9, 1]
    # The clocks were set back at 02:00 that night.
    assert [name for name, _ in found][:4] == ["01:30", "01:30", "02:30", "03:30"]
    assert 'class="ended"' in drawn


def from_ice(*at: datetime) -> IceReport:
    received = tuple(FromIce("B", 1, "contact", one, "ice_told", ("s", "i")) for one in at)
    return IceReport(Period(EVER, NOW), received, (), 0)


@pytest.mark.parametrize(
    ("at", "columns"),
    [
        ([datetime(2026, 11, 1, 6, 59, tzinfo=UTC), NOW], [("31 Oct", 1), ("01 Nov", 1)]),
        ([NOW, NOW, NOW + timedelta(days=2)], [("01 Nov", 2), ("02 Nov", 0), ("03 Nov", 1)]),
        ([NOW, NOW + timedelta(days=62)], [("Nov 2026", 1), ("Dec 2026", 0), ("Jan 2027", 1)]),
        ([NOW, NOW.replace(year=2030)], [("2026", 1), ("2027", 0), ("2028", 0), ("2029", 0), ("2030", 1)]),
    ],
)
def test_what_came_from_ice_is_counted_by_local_day_month_or_year(
    at: list[datetime], columns: list[tuple[str, int]]
) -> None:
    drawn = ice_svg(from_ice(*at), LA)
    assert drawn is not None
    assert counts(drawn) == columns


def test_nothing_from_ice_is_no_picture() -> None:
    assert ice_svg(from_ice(), LA) is None
