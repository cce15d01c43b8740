"""The detention that a declined detainer would have added: reported, never granted."""

from datetime import datetime

import pytest

from tests.support.law_vectors import COURT, la
from worker.law.errors import LawError
from worker.law.federal.detainer_48h import declined_detention_hours
from worker.law.federal.holidays import federal_calendar
from worker.law.jurisdiction import limits, never_enabled


@pytest.mark.parametrize(
    ("released", "would_end", "hours"),
    [
        pytest.param("2016-11-17 17:00", "2016-11-21 17:00", 96, id="a weekend is not counted"),
        pytest.param(
            "2016-11-23 12:00", "2016-11-28 12:00", 120, id="Thanksgiving is not counted, the Friday is"
        ),
        pytest.param("2016-11-14 10:00", "2016-11-16 10:00", 48, id="ordinary days"),
        pytest.param("2016-11-19 10:00", "2016-11-23 00:00", 86, id="released on a Saturday"),
        pytest.param(
            "2018-02-12 09:00", "2018-02-14 09:00", 48, id="Lincoln's Birthday is no federal holiday"
        ),
        pytest.param(
            "2022-10-09 09:00", "2022-10-13 00:00", 87, id="Columbus Day is still a federal holiday"
        ),
        pytest.param("2021-12-30 12:00", "2022-01-04 12:00", 120, id="New Year's Day observed on the Friday"),
    ],
)
def test_a_detainer_would_have_lasted(released: str, would_end: str, hours: float) -> None:
    declined = declined_detention_hours(la(released), COURT.calendar)
    assert declined.expires_at == la(would_end)
    assert declined.elapsed_hours == hours


def test_the_expiry_is_rounded_up_to_the_millisecond() -> None:
    declined = declined_detention_hours(la("2016-11-14 10:00:00.000001"), COURT.calendar)
    assert declined.expires_at == la("2016-11-16 10:00:00.001")
    assert declined.elapsed_hours == 48


def test_another_offset_changes_nothing() -> None:
    there = datetime.fromisoformat("2016-11-18T02:00:00+01:00")
    assert declined_detention_hours(there, COURT.calendar).expires_at == la("2016-11-21 17:00")


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(LawError, match="offset"):
        declined_detention_hours(la("2016-11-14 10:00").replace(tzinfo=None), COURT.calendar)


def test_a_detainer_is_no_limit_that_a_profile_could_enable() -> None:
    assert "detainer_48h" in never_enabled()
    assert never_enabled().keys().isdisjoint(limits())


def test_the_federal_calendar_knows_the_days_observed() -> None:
    calendar = federal_calendar(COURT.calendar.zone)
    assert calendar.day_of(la("2023-11-10 12:00")).holiday is not None
    assert calendar.day_of(la("2016-11-25 12:00")).holiday is None
