"""The deadlines of a county in Texas are right to the day.

The dates were worked out by hand from the calendar of 2026 (1 January is a Thursday) and from the dates on
which the clocks of America/Chicago change that year: forward on Sunday 8 March, back on Sunday 1 November.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.law.texas import Site, expiries, local, site_under
from worker.law.arrest import Arrest
from worker.law.deadline import governing


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return site_under(tmp_path)


@pytest.mark.parametrize(
    ("arrest", "court_48h", "cap_72h"),
    [
        pytest.param(
            # 14 h on Monday, 24 h on Tuesday 31 March, which California leaves out, 10 h on Wednesday.
            "2026-03-30 10:00",
            "2026-04-01 10:00",
            "2026-04-02 10:00",
            id="César Chávez Day is an ordinary court day",
        ),
        pytest.param(
            # Thursday 12 February counts: 48 h on, to the minute.
            "2026-02-11 09:15",
            "2026-02-13 09:15",
            "2026-02-14 09:15",
            id="Lincoln's Birthday is an ordinary court day",
        ),
        pytest.param(
            # Tuesday 21 April: state offices stay open, and the court's list does not have it.
            "2026-04-20 10:00",
            "2026-04-22 10:00",
            "2026-04-23 10:00",
            id="San Jacinto Day is no closure unless it is listed",
        ),
        pytest.param(
            # 14 h on Friday, 24 h on Saturday; Sunday and Monday 16 February left out; 10 h on Tuesday.
            "2026-02-13 10:00",
            "2026-02-17 10:00",
            "2026-02-16 10:00",
            id="Presidents' Day",
        ),
        pytest.param(
            # 12 h on Thursday; Friday left out; 24 h on Saturday; Sunday left out; 12 h on Monday.
            "2026-06-18 12:00",
            "2026-06-22 12:00",
            "2026-06-21 12:00",
            id="Juneteenth, a Friday",
        ),
        pytest.param(
            # The same: the list has Friday 3 July, on which it is observed, so Saturday the 4th counts.
            "2026-07-02 12:00",
            "2026-07-06 12:00",
            "2026-07-05 12:00",
            id="Independence Day, observed on a Friday",
        ),
        pytest.param(
            # 14 h on Wednesday; Thursday and Friday left out; 24 h on Saturday; 10 h on Monday.
            "2026-12-23 10:00",
            "2026-12-28 10:00",
            "2026-12-26 10:00",
            id="Christmas Eve, which this court keeps",
        ),
        pytest.param(
            # 14 h on Thursday; Friday 1 January left out; 24 h on Saturday; 10 h on Monday.
            "2026-12-31 10:00",
            "2027-01-04 10:00",
            "2027-01-03 10:00",
            id="New Year's Day of the year after",
        ),
        pytest.param(
            # 4 h on Friday, 24 h on Saturday, Sunday of 23 h left out, 20 h on Monday.
            # 72 h of elapsed time from 20:00 standard time are 21:00 daylight time, three days later.
            "2026-03-06 20:00",
            "2026-03-09 20:00",
            "2026-03-09 21:00",
            id="the Friday before clocks go forward",
        ),
        pytest.param(
            # 1 h on Friday, 24 h on Saturday, Sunday of 25 h left out, 23 h on Monday.
            # 72 h of elapsed time from 23:00 daylight time are 22:00 standard time, three days later.
            "2026-10-30 23:00",
            "2026-11-02 23:00",
            "2026-11-02 22:00",
            id="the Friday before clocks go back",
        ),
        pytest.param(
            # Sunday left out, Monday and Tuesday whole: used up at the midnight before Wednesday.
            # 72 h of elapsed time from 01:30 standard time are 02:30 daylight time.
            "2026-03-08 01:30",
            "2026-03-11 00:00",
            "2026-03-11 02:30",
            id="the night in which clocks go forward",
        ),
    ],
)
def test_each_limit_expires_when_it_was_worked_out_by_hand(
    site: Site, arrest: str, court_48h: str, cap_72h: str
) -> None:
    profile = site()
    expected = {"court_48h": local(court_48h), "cap_72h": local(cap_72h)}
    assert expiries(profile, local(arrest)) == expected
    decided = governing(Arrest(local(arrest), local(arrest)), profile, probable_cause_found=False)
    assert decided.deadline == min(expected.values())


def test_the_hour_that_comes_twice_is_two_hours(site: Site) -> None:
    """Arrested at 01:30 on 1 November, before or after clocks go back: 72 h end an hour apart.

    Counted hours do not: the Sunday is left out for both, and Monday and Tuesday are used up at midnight.
    """
    first, second = (expiries(site(), local("2026-11-01 01:30", fold)) for fold in (0, 1))
    assert (first["cap_72h"], second["cap_72h"]) == (local("2026-11-04 00:30"), local("2026-11-04 01:30"))
    assert first["court_48h"] == second["court_48h"] == local("2026-11-04 00:00")


def test_court_days_are_the_countys_own_and_end_at_its_own_hour(site: Site) -> None:
    """Friday 6 March: Monday and Tuesday are court days; court closes at 17:00 daylight time, 22:00 UTC."""
    profile = site({'["court_48h", "cap_72h"]': '["second_court_day", "cap_72h"]'})
    expected = datetime(2026, 3, 10, 22, 0, tzinfo=UTC)
    assert expiries(profile, local("2026-03-06 10:00"))["second_court_day"] == expected


def test_nobody_is_a_violent_felon_by_an_empty_list(site: Site) -> None:
    assert not site().is_violent_felony("187(A)PC", "felony")
