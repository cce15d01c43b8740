"""Doubt costs nobody a clock and keeps nobody: what counts where a reported instant can hardly be right.

Each bound of the contract's table is tried on both sides, a microsecond apart.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    MINUTE,
    amended,
    bail,
    booked,
    ice_at_the_counter,
    ice_contact,
    ordered,
    probable_cause,
)
from tests.support.outbound import alarm_codes, release_orders
from tests.support.tracked import PROFILES, held, tracked
from worker.custody.decide import Received

NOW = ARRESTED
"""When the bookings arrive: with the arrest, so that a clock that runs from the arrival ends at DEADLINE."""
MICROSECOND, SECOND, DAY = timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=1)
NEVER = timedelta(0)


def arrives(arrested_at: datetime, booked_at: datetime, now: datetime = NOW) -> TrackedBooking:
    """A booking with these instants, which arrives now."""
    booking = tracked(now=now)
    booking.receive(booked(arrested_at, booked_at=booked_at))
    return booking


def counted_from(booking: TrackedBooking) -> datetime:
    """The instant that the clock counts from."""
    return booking.known.arrest.arrested_at


def codes(booking: TrackedBooking) -> list[str]:
    """The alarms so far."""
    return alarm_codes(booking.outbound)


# A booking or a contact with an instant in the future: the store's time counts instead.


@pytest.mark.parametrize(
    ("ahead", "alarms"),
    [
        (MICROSECOND, []),
        (5 * MINUTE, []),
        (5 * MINUTE + MICROSECOND, ["time_doubtful"]),
        (DAY, ["time_doubtful"]),
        (366 * DAY, ["time_doubtful"]),
    ],
    ids=str,
)
def test_a_booking_from_the_future_runs_from_its_arrival(ahead: timedelta, alarms: list[str]) -> None:
    booking = arrives(NOW + ahead, NOW + ahead)
    assert (booking.state, booking.known.deadline, codes(booking)) == ("held", DEADLINE, alarms)


def test_a_booking_time_in_the_future_counts_as_the_arrival_where_a_limit_runs_from_it() -> None:
    booking = arrives(NOW - HOUR, NOW + HOUR)
    arrest = booking.known.arrest
    assert (arrest.arrested_at, arrest.booked_at) == (NOW - HOUR, NOW)
    assert codes(booking) == ["time_doubtful"]


@pytest.mark.parametrize(
    ("ahead", "alarms"),
    [(NEVER, []), (5 * MINUTE, []), (5 * MINUTE + MICROSECOND, ["time_doubtful"]), (DAY, ["time_doubtful"])],
    ids=str,
)
def test_a_contact_from_the_future_counts_as_made_now(ahead: timedelta, alarms: list[str]) -> None:
    booking = held()
    sent = booking.receive(ice_contact(contacted_at=booking.now + ahead))
    assert alarm_codes(sent) == alarms
    assert booking.known.contacts[0].contacted_at == booking.now


@pytest.mark.parametrize(
    ("ahead", "alarms"), [(5 * MINUTE, []), (5 * MINUTE + MICROSECOND, ["time_doubtful"])], ids=str
)
def test_a_request_for_custody_from_the_future_counts_as_made_now(
    ahead: timedelta, alarms: list[str]
) -> None:
    booking = held()
    sent = booking.receive(ice_at_the_counter(booking.now + ahead))
    assert (booking.known.basis, alarm_codes(sent)) == ("handed_over", alarms)


@pytest.mark.parametrize(
    ("ahead", "alarms"), [(5 * MINUTE, []), (5 * MINUTE + MICROSECOND, ["time_doubtful"])], ids=str
)
def test_a_finding_from_the_future_counts_as_made_now(ahead: timedelta, alarms: list[str]) -> None:
    booking = held("ca-values-2018")
    assert alarm_codes(booking.receive(probable_cause("found", booking.now + ahead))) == alarms
    assert booking.known.probable_cause_found_at == booking.now


# What ends custody, dated in the future or before the arrest: it takes effect now.

ENDS: dict[str, Callable[[datetime], Received]] = {
    "bail": bail,
    "order": ordered,
    "no probable cause": lambda at: probable_cause("not_found", at),
}


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize(
    "at",
    [
        ARRESTED + HOUR + 2 * SECOND + MICROSECOND,
        ARRESTED + 2 * HOUR,
        ARRESTED + 366 * DAY,
        ARRESTED - MICROSECOND,
        ARRESTED - 366 * DAY,
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ],
    ids=str,
)
def test_an_end_of_custody_at_an_impossible_instant_takes_effect_now_and_keeps_what_was_reported(
    name: str, at: datetime
) -> None:
    booking = held()
    sent = booking.receive(ENDS[name](at))
    assert (booking.state, booking.known.entitled_at) == ("released", booking.now)
    assert alarm_codes(sent) == ["time_doubtful"]
    assert booking.entries[-1].content["detail"]["at"].startswith(f"{at.year:04d}-")


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize(
    ("at", "entitled_at"),
    [
        (ARRESTED, ARRESTED),
        (ARRESTED + HOUR, ARRESTED + HOUR),
        (ARRESTED + HOUR + 2 * SECOND, ARRESTED + HOUR),
    ],
    ids=["at the arrest", "now", "two seconds ahead: clocks differ"],
)
def test_an_end_of_custody_at_a_possible_instant_raises_no_alarm(
    name: str, at: datetime, entitled_at: datetime
) -> None:
    booking = held()
    sent = booking.receive(ENDS[name](at))
    assert (booking.known.entitled_at, alarm_codes(sent)) == (entitled_at, [])


def test_after_the_release_an_end_from_before_the_arrest_corrects_nothing_and_is_doubted() -> None:
    booking = held()
    booking.receive(bail())
    assert alarm_codes(booking.receive(bail(ARRESTED - HOUR))) == ["time_doubtful"]
    assert booking.known.entitled_at == ARRESTED + HOUR


# Booked before arrested: the earlier of the two starts the clock.


@pytest.mark.parametrize(
    ("before", "alarms"),
    [
        (MICROSECOND, []),
        (MINUTE, []),
        (MINUTE + MICROSECOND, ["time_doubtful"]),
        (24 * HOUR, ["time_doubtful"]),
    ],
    ids=str,
)
def test_booked_before_arrested_runs_from_the_booking(before: timedelta, alarms: list[str]) -> None:
    booking = arrives(NOW, NOW - before)
    assert (counted_from(booking), codes(booking)) == (NOW - before, alarms)


@pytest.mark.parametrize(
    ("after_the_booking", "start"),
    [(24 * HOUR, NOW - 7 * DAY - HOUR), (24 * HOUR + MICROSECOND, NOW)],
    ids=["24 h: the earlier of the two", "more: the booking is too long ago, so the arrival"],
)
def test_an_arrest_more_than_24_hours_after_a_booking_of_long_ago_runs_from_the_arrival(
    after_the_booking: timedelta, start: datetime
) -> None:
    booked_at = NOW - 7 * DAY - HOUR
    booking = arrives(booked_at + after_the_booking, booked_at)
    assert counted_from(booking) == start
    assert "time_doubtful" in codes(booking)


# An arrest of long ago: the clock runs from the booking, or from the arrival.


@pytest.mark.parametrize(
    ("arrested_at", "booked_at", "start", "alarms"),
    [
        (NOW - 7 * DAY, NOW, NOW - 7 * DAY, ["late_on_arrival"]),
        (NOW - 7 * DAY - MICROSECOND, NOW, NOW, ["time_doubtful"]),
        (NOW - 7 * DAY, NOW - HOUR, NOW - 7 * DAY, ["late_on_arrival"]),
        (NOW - 7 * DAY - MICROSECOND, NOW - HOUR, NOW - HOUR, ["time_doubtful"]),
        (NOW - 20 * DAY, NOW - 7 * DAY, NOW - 7 * DAY, ["time_doubtful", "late_on_arrival"]),
        (NOW - 20 * DAY, NOW - 7 * DAY - MICROSECOND, NOW, ["time_doubtful"]),
        (NOW - 20 * DAY, NOW - 20 * DAY, NOW, ["time_doubtful"]),
        (NOW - 20 * DAY, NOW + HOUR, NOW, ["time_doubtful"]),
    ],
    ids=[
        "7 days before the booking",
        "more",
        "7 days before the arrival",
        "more than 7 days before it",
        "booked 7 days before the arrival",
        "booked longer ago",
        "both long ago",
        "booked in the future",
    ],
)
def test_an_arrest_of_more_than_seven_days_ago_does_not_start_the_clock(
    arrested_at: datetime, booked_at: datetime, start: datetime, alarms: list[str]
) -> None:
    booking = arrives(arrested_at, booked_at)
    assert (counted_from(booking), codes(booking)) == (start, alarms)


def test_an_arrest_before_1970_does_not_start_the_clock() -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    now = epoch + DAY
    assert counted_from(arrives(epoch, now, now)) == epoch
    before = arrives(epoch - MICROSECOND, now, now)
    assert (counted_from(before), codes(before)) == (now, ["time_doubtful"])


IMPOSSIBLE_ARRESTS = {
    "1900": datetime(1900, 1, 1, tzinfo=UTC),
    "year 1": datetime(1, 1, 1, tzinfo=UTC),
    "year 2": datetime(2, 11, 14, tzinfo=UTC),
    "last year": ARRESTED.replace(year=ARRESTED.year - 1),
    "next year": ARRESTED.replace(year=ARRESTED.year + 1),
    "year 9999": datetime(9999, 12, 31, tzinfo=UTC),
}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", IMPOSSIBLE_ARRESTS)
@pytest.mark.parametrize("booked_too", [False, True], ids=["booked now", "booked then too"])
def test_an_impossible_arrest_costs_nobody_a_clock_and_frees_nobody(
    profile: str, name: str, booked_too: bool
) -> None:
    """Whether the arrest alone is mistyped, or the booking is too."""
    sound, booking = tracked(rules_of(profile), NOW), tracked(rules_of(profile), NOW)
    sound.receive(booked(NOW))
    arrested_at = IMPOSSIBLE_ARRESTS[name]
    booking.receive(booked(arrested_at, booked_at=arrested_at if booked_too else NOW))
    assert (booking.state, booking.rejected) == ("held", [])
    assert (booking.known.deadline, codes(booking)) == (sound.known.deadline, ["time_doubtful"])


@pytest.mark.parametrize("name", IMPOSSIBLE_ARRESTS)
def test_an_amendment_sets_an_impossible_arrest_right(name: str) -> None:
    booking = arrives(IMPOSSIBLE_ARRESTS[name], NOW)
    sent = booking.receive(amended(arrested_at=ARRESTED - 5 * HOUR))
    assert (booking.known.deadline, alarm_codes(sent)) == (DEADLINE - 5 * HOUR, [])


@pytest.mark.parametrize("name", IMPOSSIBLE_ARRESTS)
def test_an_amendment_to_an_impossible_arrest_frees_nobody_and_keeps_nobody_longer(name: str) -> None:
    booking = held()
    sent = booking.receive(amended(arrested_at=IMPOSSIBLE_ARRESTS[name]))
    assert (booking.state, booking.known.deadline) == ("held", DEADLINE)
    assert alarm_codes(sent) == ["time_doubtful"]


# An arrest amended to after the clock first heard of the booking: that instant counts.


@pytest.mark.parametrize(
    ("after", "alarms"),
    [(NEVER, []), (MICROSECOND, ["time_doubtful"]), (5 * MINUTE, ["time_doubtful"])],
    ids=str,
)
def test_an_arrest_amended_to_after_the_clock_first_heard_of_it_runs_from_then(
    after: timedelta, alarms: list[str]
) -> None:
    booking = held()
    heard_at = booking.now
    arrested_at = heard_at + after
    sent = booking.at(heard_at + 10 * HOUR).receive(amended(arrested_at=arrested_at, booked_at=arrested_at))
    assert booking.known.deadline == heard_at + 48 * HOUR
    assert alarm_codes(sent) == [*alarms, "deadline_moved_later"]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("fields", [("arrested_at",), ("booked_at",), ("arrested_at", "booked_at")], ids=str)
def test_ten_amendments_hold_nobody_a_moment_longer_than_an_arrest_at_the_first_report(
    profile: str, fields: tuple[str, ...]
) -> None:
    booking, latest = held(profile), tracked(rules_of(profile))
    latest.receive(booked(latest.now))
    assert latest.known.deadline is not None
    for hours in range(1, 11):
        booking.at(booking.now + 2 * HOUR)
        booking.receive(amended(**dict.fromkeys(fields, booking.now + hours * HOUR)))
        assert booking.known.deadline is not None
        assert booking.known.deadline <= latest.known.deadline
    booking.at(latest.known.deadline).tick()
    assert booking.state == "released"


def test_an_amendment_of_anything_else_raises_no_doubt_again() -> None:
    booking = arrives(IMPOSSIBLE_ARRESTS["1900"], NOW)
    assert alarm_codes(booking.receive(amended(facility="Van Nuys"))) == []


def test_an_arrest_reported_a_little_ahead_is_not_doubted_because_something_else_is_amended() -> None:
    booking = arrives(NOW + MINUTE, NOW + MINUTE)
    assert alarm_codes(booking.receive(amended(charges=[]))) == []


def test_an_impossible_arrest_is_doubted_even_after_the_release() -> None:
    booking = held()
    booking.receive(bail())
    assert alarm_codes(booking.receive(amended(arrested_at=IMPOSSIBLE_ARRESTS["1900"]))) == ["time_doubtful"]
    assert booking.known.entitled_at == ARRESTED + HOUR


def test_a_deadline_that_a_finding_moves_later_is_no_alarm() -> None:
    booking = held("ca-values-2018")
    before = booking.known.deadline
    assert alarm_codes(booking.receive(probable_cause("found"))) == []
    assert before is not None and booking.known.deadline is not None
    assert booking.known.deadline > before


def test_an_amendment_that_lets_a_finding_count_is_an_alarm_for_the_deadline_that_it_moves_later() -> None:
    """The finding was too late for the arrest as it was first reported."""
    booking = tracked(rules_of("ca-values-2018"), DEADLINE + HOUR)
    booking.receive(booked(ARRESTED - HOUR), probable_cause("found", DEADLINE - 30 * MINUTE))
    assert booking.known.deadline == DEADLINE - HOUR
    sent = booking.receive(amended(arrested_at=ARRESTED, booked_at=ARRESTED))
    assert alarm_codes(sent) == ["deadline_moved_later"]
    assert (booking.state, release_orders(sent)) == ("held", [])
    assert booking.known.governing_limit == "pc_825"


def test_an_amendment_that_makes_a_finding_late_takes_back_what_it_gave() -> None:
    booking = tracked(rules_of("ca-values-2018"), DEADLINE - MINUTE)
    booking.receive(booked(), probable_cause("found", DEADLINE - 2 * MINUTE))
    assert booking.known.governing_limit == "pc_825"
    booking.receive(amended(arrested_at=ARRESTED - 3 * MINUTE))
    assert (booking.state, booking.known.governing_limit) == ("released", "pc_determination_48h")
    assert booking.known.entitled_at == DEADLINE - 3 * MINUTE
