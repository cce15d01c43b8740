"""Instants on the wire: RFC 3339 with an offset, exact to the microsecond, never rounded down."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.instants import format_instant, parse_instant

TEN = datetime(2016, 11, 15, 18, 0, tzinfo=UTC)
"""10:00 in Los Angeles."""


@pytest.mark.parametrize(
    "text",
    [
        "2016-11-15T18:00:00Z",
        "2016-11-15T10:00:00-08:00",
        "2016-11-15T18:00:00+00:00",
        "2016-11-15T18:00:00-00:00",
        "2016-11-16T03:30:00+09:30",
        "2016-11-16T17:59:00+23:59",
        "2016-11-15t18:00:00z",
        "2016-11-15T18:00:00.0Z",
        "2016-11-15T18:00:00.000000000000Z",
    ],
)
def test_one_instant_may_be_written_in_many_ways(text: str) -> None:
    assert parse_instant(text) == TEN
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("digits", "microseconds"),
    [
        ("5", 500_000),
        ("123", 123_000),
        ("123456", 123_456),
        ("1234560", 123_456),
        ("1234561", 123_457),
        ("1234569", 123_457),
        ("0000000001", 1),
        ("9999999", 1_000_000),
    ],
)
def test_what_is_finer_than_a_microsecond_is_rounded_up(digits: str, microseconds: int) -> None:
    """A deadline computed from the instant is then never early."""
    assert parse_instant(f"2016-11-15T18:00:00.{digits}Z") == TEN + timedelta(microseconds=microseconds)


@pytest.mark.parametrize(
    "text",
    [
        "2016-11-15T10:00:00",  # no offset
        "2016-11-15",
        "10:00:00Z",
        "2016-11-15 10:00:00Z",
        "2016-11-15T10:00Z",
        "2016-11-15T10:00:00.Z",
        "2016-11-15T10:00:00,5Z",
        "2016-11-15T10:00:00+0800",
        "2016-11-15T10:00:00+08",
        "2016-11-15T10:00:00 Z",
        " 2016-11-15T10:00:00Z",
        "2016-11-15T10:00:00Z\n",
        "20161115T100000Z",
        "2016-W46-2T10:00:00Z",
        "2016-11-15T10:00:00PST",
        "２016-11-15T10:00:00Z",  # a digit that is none of ASCII
        "2016-11-15T10:00:00.１Z",
        "+2016-11-15T10:00:00Z",
        "116-11-15T10:00:00Z",
        "2016-02-30T10:00:00Z",
        "2015-02-29T10:00:00Z",
        "2016-13-01T10:00:00Z",
        "2016-11-00T10:00:00Z",
        "2016-11-15T24:00:00Z",
        "2016-11-15T10:60:00Z",
        "2016-12-31T23:59:61Z",
        "9999-12-31T23:59:60Z",  # the second after is in the year 10000
        "2016-11-15T10:00:00+24:00",
        "2016-11-15T10:00:00+05:60",
        "2016-11-15T10:00:00-07:99",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",  # before the year 1 in UTC
        "9999-12-31T23:59:00-00:01",  # after the year 9999 in UTC
        "9999-12-31T23:59:59.9999999Z",
        "",
        1479232800,
        1479232800.5,
        None,
        True,
        ["2016-11-15T10:00:00Z"],
        b"2016-11-15T10:00:00Z",
    ],
    ids=str,
)
def test_anything_else_is_no_instant(text: object) -> None:
    with pytest.raises(ValueError, match="as in 2016-11-15T10:00:00-08:00"):
        parse_instant(text)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("2016-12-31T15:59:60-08:00", "2017-01-01T00:00:00.000Z"),
        ("2017-01-01T05:29:60+05:30", "2017-01-01T00:00:00.000Z"),
        ("2016-12-31t23:59:60.25z", "2017-01-01T00:00:00.250Z"),
        ("2016-12-31T23:59:60.0000001Z", "2017-01-01T00:00:00.000001Z"),
        ("2016-12-31T23:59:60.9999999Z", "2017-01-01T00:00:01.000Z"),
        ("2015-06-30T16:59:60.000-07:00", "2015-07-01T00:00:00.000Z"),
    ],
)
def test_a_leap_second_is_the_second_after(text: str, after: str) -> None:
    assert format_instant(parse_instant(text)) == after


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2016-02-29T12:00:00Z"])
def test_the_first_and_the_last_year_and_a_leap_day_are_instants(text: str) -> None:
    assert format_instant(parse_instant(text)) == text.replace("Z", ".000Z")


def test_a_datetime_needs_an_offset_too() -> None:
    assert parse_instant(TEN.astimezone(timezone(timedelta(hours=-8)))) == TEN
    with pytest.raises(ValueError, match="needs an offset"):
        parse_instant(TEN.replace(tzinfo=None))


def test_an_instant_is_written_in_utc_with_milliseconds_and_with_microseconds_where_it_has_them() -> None:
    assert format_instant(TEN) == "2016-11-15T18:00:00.000Z"
    assert format_instant(TEN + timedelta(milliseconds=5)) == "2016-11-15T18:00:00.005Z"
    assert format_instant(TEN + timedelta(microseconds=5)) == "2016-11-15T18:00:00.000005Z"


@given(
    st.integers(0, 9_997 * 365 * 86_400 * 1_000_000).map(lambda after: timedelta(days=1, microseconds=after)),
    st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_what_is_written_reads_back_exactly_from_any_offset(after: timedelta, offset: timezone) -> None:
    instant = datetime(1, 1, 1, tzinfo=UTC) + after
    instant = instant.astimezone(offset)
    assert parse_instant(instant.isoformat()) == instant
    assert parse_instant(format_instant(instant)) == instant
