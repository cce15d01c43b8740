"""Instants as a person types them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from worker.desk.local_time import read_instant, read_moment

LA = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 30, 8, 10, 30, tzinfo=UTC)
"""00:10:30 of 30 November in Los Angeles."""


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("now", "2026-11-30T08:10:30"),
        ("0:05", "2026-11-30T08:05:00"),
        ("23:50", "2026-11-30T07:50:00"),
        ("today 23:50", "2026-12-01T07:50:00"),
        ("Yesterday 22:10", "2026-11-30T06:10:00"),
        ("2026-11-28 14:05:30", "2026-11-28T22:05:30"),
        ("2026-11-28T14:05", "2026-11-28T22:05:00"),
        ("2026-11-28T14:05:00-05:00", "2026-11-28T19:05:00"),
        (" 00:10 ", "2026-11-30T08:10:00"),
    ],
)
def test_what_is_understood(text: str, utc: str) -> None:
    assert read_instant(text, NOW, LA) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("noon", "give a local time"),
        ("24:00", "no such time of day"),
        ("2026-02-30 10:00", "no such date"),
        ("2026-11-01 01:30", "pass it twice"),
        ("2026-03-08 02:30", "skip it"),
    ],
)
def test_what_is_not_understood_says_why(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_instant(text, NOW, LA)


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-11-01", LA, "2026-11-01T07:00:00"),  # the clocks go back that night
        ("2026-11-02", LA, "2026-11-02T08:00:00"),
        ("today", LA, "2026-11-30T08:00:00"),
        (" Yesterday ", LA, "2026-11-29T08:00:00"),
        ("2026-03-08", ZoneInfo("America/Havana"), "2026-03-08T05:00:00"),  # the clocks skip midnight
        ("2026-11-01", ZoneInfo("America/Havana"), "2026-11-01T04:00:00"),  # and pass it twice
        ("0001-01-01", LA, "0001-01-01T07:52:58"),
        ("2026-11-28 14:05", LA, "2026-11-28T22:05:00"),
        ("now", LA, "2026-11-30T08:10:30"),
    ],
)
def test_a_date_alone_is_its_first_instant(text: str, zone: ZoneInfo, utc: str) -> None:
    assert read_moment(text, NOW, zone) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone"), [("2026-02-30", LA), ("0000-01-01", LA), ("0001-01-01", ZoneInfo("Asia/Tokyo"))]
)
def test_a_date_that_is_none_says_so(text: str, zone: ZoneInfo) -> None:
    with pytest.raises(ValueError, match="no such date"):
        read_moment(text, NOW, zone)
