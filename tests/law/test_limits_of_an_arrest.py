"""When each limit expires, for arrests on ordinary days, before weekends, holidays and changes of clocks."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.support.law_vectors import arrested, expiry, la
from worker.law.arrest import Arrest

ELAPSED = ("cap_72h", "pc_determination_48h")


@pytest.mark.parametrize(
    ("arrest", "court_48h", "cap_72h", "pc_determination_48h", "pc_825", "second_court_day"),
    [
        pytest.param(
            "2016-11-14 10:00",
            "2016-11-16 10:00",
            "2016-11-17 10:00",
            "2016-11-16 10:00",
            "2016-11-16 16:30",
            "2016-11-16 16:30",
            id="a Monday morning",
        ),
        pytest.param(
            "2016-11-16 18:00",
            "2016-11-18 18:00",
            "2016-11-19 18:00",
            "2016-11-18 18:00",
            "2016-11-18 16:30",
            "2016-11-18 16:30",
            id="a Wednesday after court",
        ),
        pytest.param(
            "2016-11-18 10:00",
            "2016-11-21 10:00",
            "2016-11-21 10:00",
            "2016-11-20 10:00",
            "2016-11-21 16:30",
            "2016-11-22 16:30",
            id="a Friday morning",
        ),
        pytest.param(
            "2016-11-23 18:00",
            "2016-11-28 18:00",
            "2016-11-26 18:00",
            "2016-11-25 18:00",
            "2016-11-29 16:30",
            "2016-11-29 16:30",
            id="the evening before Thanksgiving",
        ),
        pytest.param(
            "2016-11-04 23:00",
            "2016-11-07 23:00",
            "2016-11-07 22:00",
            "2016-11-06 22:00",
            "2016-11-08 16:30",
            "2016-11-08 16:30",
            id="the Friday before clocks go back",
        ),
    ],
)
def test_every_limit_of_an_arrest_expires_when_it_was_worked_out_by_hand(
    arrest: str,
    court_48h: str,
    cap_72h: str,
    pc_determination_48h: str,
    pc_825: str,
    second_court_day: str,
) -> None:
    expected = {
        "court_48h": court_48h,
        "cap_72h": cap_72h,
        "pc_determination_48h": pc_determination_48h,
        "pc_825": pc_825,
        "second_court_day": second_court_day,
    }
    assert {limit: expiry(limit, arrested(arrest)) for limit in expected} == {
        limit: la(text) for limit, text in expected.items()
    }


def test_a_type_1_facility_counts_from_the_booking_and_counts_weekends_but_no_holidays() -> None:
    arrest = Arrest(la("2016-11-20 02:00"), la("2016-11-20 12:00"))
    assert expiry("type1_96h", arrest) == la("2016-11-26 12:00")


def test_forty_eight_hours_across_the_spring_change_of_clocks_are_forty_eight_hours() -> None:
    arrest = arrested("2017-03-11 22:00")
    assert expiry("pc_determination_48h", arrest) == la("2017-03-13 23:00")


def test_a_sunday_of_twenty_three_hours_is_left_out_whole() -> None:
    assert expiry("court_48h", arrested("2017-03-11 22:00")) == la("2017-03-14 22:00")


def test_a_sunday_of_twenty_five_hours_is_left_out_whole() -> None:
    assert expiry("court_48h", arrested("2016-11-05 22:00")) == la("2016-11-08 22:00")


def test_the_hour_that_comes_twice_in_autumn_is_two_hours() -> None:
    first, second = la("2016-11-06 01:30"), la("2016-11-06 01:30", fold=1)
    assert second - first == timedelta(hours=1)
    for limit in ELAPSED:
        assert expiry(limit, Arrest(second, second)) - expiry(limit, Arrest(first, first)) == timedelta(
            hours=1
        )


def test_the_leap_day_is_counted() -> None:
    assert expiry("court_48h", arrested("2016-02-28 12:00")) == la("2016-03-02 00:00")
    assert expiry("cap_72h", arrested("2016-02-28 12:00")) == la("2016-03-02 12:00")


def test_new_years_day_on_a_sunday_keeps_the_monday_after_out_of_the_count() -> None:
    assert expiry("court_48h", arrested("2016-12-30 18:00")) == la("2017-01-03 18:00")


def test_new_years_day_on_a_saturday_keeps_the_last_day_of_the_year_out_of_the_count() -> None:
    assert expiry("court_48h", arrested("2021-12-30 12:00")) == la("2022-01-03 12:00")


def test_hours_used_up_at_the_midnight_before_a_day_left_out_end_at_that_midnight() -> None:
    assert expiry("court_48h", arrested("2016-11-18 00:00")) == la("2016-11-20 00:00")


def test_one_microsecond_left_at_that_midnight_is_counted_after_the_day_left_out() -> None:
    arrest = arrested("2016-11-18 00:00:00.000001")
    assert expiry("court_48h", arrest) == la("2016-11-21 00:00:00.000001")


@pytest.mark.parametrize("at", ["00:00", "11:17", "23:59:59.999999"])
def test_an_arrest_within_a_day_left_out_counts_from_the_end_of_that_day(at: str) -> None:
    assert expiry("court_48h", arrested(f"2016-11-20 {at}")) == la("2016-11-23 00:00")


def test_an_arrest_on_the_first_of_several_days_left_out_counts_from_the_end_of_the_last() -> None:
    assert expiry("type1_96h", arrested("2016-11-24 09:00")) == la("2016-11-30 00:00")


def test_midnight_belongs_to_the_day_that_it_begins() -> None:
    assert expiry("second_court_day", arrested("2016-11-15 00:00")) == la("2016-11-17 16:30")
    assert expiry("second_court_day", arrested("2016-11-14 23:59:59.999999")) == la("2016-11-16 16:30")


@pytest.mark.parametrize("offset_hours", [-11, -8, 0, 5.5, 14])
def test_the_offset_in_which_an_instant_is_written_changes_nothing(offset_hours: float) -> None:
    elsewhere = timezone(timedelta(hours=offset_hours))
    there = datetime(2016, 11, 18, 18, 0, tzinfo=UTC).astimezone(elsewhere)
    written = Arrest(there, there)
    assert written == arrested("2016-11-18 10:00")
    assert expiry("court_48h", written) == la("2016-11-21 10:00")


def test_a_saturday_is_no_court_day_but_its_hours_count_towards_the_forty_eight() -> None:
    arrest = arrested("2016-11-18 09:00")
    assert expiry("second_court_day", arrest) == la("2016-11-22 16:30")
    assert expiry("court_48h", arrest) == la("2016-11-21 09:00")
