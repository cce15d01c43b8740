"""Old arrests are moved to the present as one block, for a rehearsal."""

from datetime import UTC, datetime, timedelta

import pytest

from events.importers.lapd import Imported, LeftOut, read_arrests, shift_latest_to, to_event
from tests.support.arrest_rows import bookings, padded_export

T = datetime(2016, 11, 18, 20, 0, tzinfo=UTC)
LONG_AFTER = T + timedelta(days=30)


@pytest.fixture
def arrests() -> list[Imported]:
    """Three arrests; the newest is number 2, in the middle of the file, booked 3 h 19 min later."""
    day = "Booking Date"
    return bookings(
        read_arrests(
            padded_export(
                {"Report ID": "1", "Arrest Date": "07/01/2016", "Time": "1000", day: "07/01/2016"}
                | {"Booking Time": "1200"},
                {"Report ID": "2", "Arrest Date": "07/05/2016", "Time": "0143"},
                {"Report ID": "3", "Arrest Date": "07/03/2016", "Time": "2330", day: "07/04/2016"},
            )
        )
    )


def test_the_newest_arrest_is_at_the_target(arrests: list[Imported]) -> None:
    moved = [booking for booking in shift_latest_to(arrests, T, LONG_AFTER) if isinstance(booking, Imported)]
    assert [booking.report_id for booking in moved] == ["1", "2", "3"]
    assert max(booking.arrested_at for booking in moved) == T
    assert moved[1].arrested_at == T


def test_every_instant_moves_by_the_same_time(arrests: list[Imported]) -> None:
    moved = shift_latest_to(arrests, T, LONG_AFTER)
    shifts = {
        after - before
        for old, new in zip(arrests, moved, strict=True)
        if isinstance(new, Imported)
        for before, after in ((old.arrested_at, new.arrested_at), (old.booked_at, new.booked_at))
    }
    assert shifts == {T - arrests[1].arrested_at}


def test_a_target_whole_weeks_away_keeps_weekdays_and_times_of_day(arrests: list[Imported]) -> None:
    ten_weeks_on = arrests[1].arrested_at + timedelta(weeks=10)
    for old, new in zip(arrests, shift_latest_to(arrests, ten_weeks_on, LONG_AFTER), strict=True):
        assert isinstance(new, Imported)
        assert new.arrested_at.strftime("%A %H:%M") == old.arrested_at.strftime("%A %H:%M")


def test_a_booking_that_would_lie_ahead_is_left_out(arrests: list[Imported]) -> None:
    first, newest, third = shift_latest_to(arrests, T, now=T)
    assert isinstance(first, Imported)
    assert isinstance(newest, LeftOut)
    assert (newest.report_id, newest.reason.value) == ("2", "not_yet_booked")
    assert isinstance(third, Imported)


def test_a_booking_of_this_very_instant_is_kept(arrests: list[Imported]) -> None:
    booked_now = T + (arrests[1].booked_at - arrests[1].arrested_at)
    assert all(isinstance(outcome, Imported) for outcome in shift_latest_to(arrests, T, booked_now))
    early = shift_latest_to(arrests, T, booked_now - timedelta(microseconds=1))
    assert [type(outcome) for outcome in early] == [Imported, LeftOut, Imported]


def test_a_moved_booking_keeps_its_number_its_id_and_its_charge(arrests: list[Imported]) -> None:
    before = to_event(arrests[0])
    (moved, *_) = shift_latest_to(arrests, T, LONG_AFTER)
    assert isinstance(moved, Imported)
    after = to_event(moved)
    for name in ("id", "source", "subject", "type"):
        assert after[name] == before[name]
    assert after["data"]["charges"] == before["data"]["charges"]
    assert after["data"]["arrested_at"] != before["data"]["arrested_at"]


def test_no_arrests_give_no_outcomes() -> None:
    assert shift_latest_to([], T, T) == []
