"""Penal Code § 825(a): the hours, the session that they end in or the next one, and the Wednesday rule."""

import pytest

from tests.support.law_vectors import arrested, expiry, la


@pytest.mark.parametrize(
    ("arrest", "expires"),
    [
        pytest.param("2016-11-14 08:29:59.999999", "2016-11-16 16:30", id="before the session opens"),
        pytest.param("2016-11-14 08:30", "2016-11-16 16:30", id="as the session opens"),
        pytest.param("2016-11-14 00:00", "2016-11-16 16:30", id="at midnight before a court day"),
        pytest.param("2016-11-14 16:29:59.999999", "2016-11-16 16:30", id="just before the close"),
        pytest.param("2016-11-14 16:30", "2016-11-16 16:30", id="at the close"),
        pytest.param("2016-11-14 16:30:00.999999", "2016-11-16 16:30", id="within the closing second"),
        pytest.param("2016-11-14 16:30:01", "2016-11-17 16:30", id="one second after the close"),
    ],
)
def test_hours_that_end_in_a_session_or_before_it_run_to_its_end(arrest: str, expires: str) -> None:
    assert expiry("pc_825", arrested(arrest)) == la(expires)


@pytest.mark.parametrize(
    ("arrest", "expires"),
    [
        pytest.param("2016-11-17 10:00", "2016-11-21 16:30", id="on a Saturday: Monday's session"),
        pytest.param("2016-11-18 00:00", "2016-11-21 16:30", id="at the midnight before a Sunday: Monday's"),
        pytest.param(
            "2016-11-22 00:00", "2016-11-28 16:30", id="at the midnight before Thanksgiving: Monday's"
        ),
        pytest.param("2016-11-18 17:00", "2016-11-22 16:30", id="on a Monday evening: Tuesday's"),
        pytest.param(
            "2016-11-06 12:00", "2016-11-09 16:30", id="at midnight after two whole days: that day's"
        ),
    ],
)
def test_hours_that_end_outside_a_session_run_to_the_end_of_the_next(arrest: str, expires: str) -> None:
    assert expiry("pc_825", arrested(arrest)) == la(expires)


@pytest.mark.parametrize("at", ["16:30", "16:30:01", "18:00", "23:59:59.999999"])
def test_someone_arrested_on_a_wednesday_at_or_after_the_close_goes_by_fridays_close(at: str) -> None:
    assert expiry("pc_825", arrested(f"2016-11-16 {at}")) == la("2016-11-18 16:30")


def test_the_thursday_after_midnight_is_no_wednesday() -> None:
    assert expiry("pc_825", arrested("2016-11-17 00:00")) == la("2016-11-21 16:30")


def test_no_wednesday_rule_when_that_friday_is_a_court_holiday() -> None:
    assert expiry("pc_825", arrested("2023-11-08 18:00")) == la("2023-11-13 16:30")


def test_no_wednesday_rule_when_that_wednesday_is_a_court_holiday() -> None:
    assert expiry("pc_825", arrested("2018-07-04 18:00")) == la("2018-07-09 16:30")


def test_the_wednesday_rule_lets_a_later_arrest_expire_before_an_earlier_one() -> None:
    """With a holiday on the Thursday, the one arrested before the close waits longer than the one after."""
    before_close, after_close = arrested("2019-07-03 16:29"), arrested("2019-07-03 16:31")
    assert expiry("pc_825", before_close) == la("2019-07-08 16:30")
    assert expiry("pc_825", after_close) == la("2019-07-05 16:30")


def test_the_close_itself_is_after_that_days_session() -> None:
    assert expiry("pc_825", arrested("2019-07-03 16:30")) == la("2019-07-05 16:30")
    assert expiry("pc_825", arrested("2019-07-03 16:29:59.999999")) == la("2019-07-08 16:30")
