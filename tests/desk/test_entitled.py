"""Who was entitled to leave, and for how many minutes each was kept: every vector computed by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.ended import HOUR, MINUTE, NOW, closed, record, released
from worker.custody.record import Record
from worker.desk.reports.entitled import Entitled, Entitlements
from worker.desk.reports.period import Period

DEADLINE = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)
DAYS_30 = Period(NOW - timedelta(days=30), NOW)


def entitled(
    records: Sequence[Record], *, departures_expected: bool = True, period: Period = DAYS_30
) -> list[Entitled]:
    found = Entitlements(period, NOW, departures_expected=departures_expected, late_after=MINUTE)
    for one in records:  # page by page
        found.read([one])
    return found.people()


def only(*records: Record, departures_expected: bool = True) -> Entitled:
    [person] = entitled(records, departures_expected=departures_expected)
    return person


@pytest.mark.parametrize(
    ("one", "minutes", "why"),
    [
        # Out 25 min 59 s after a release on time: whole minutes, never rounded up.
        (released("A", DEADLINE, left=DEADLINE + 25 * MINUTE + timedelta(seconds=59)), 25, "not_departed"),
        (released("A", DEADLINE, left=DEADLINE + timedelta(seconds=59)), 0, None),
        # Reported gone before the entitlement, by a report that came after the release.
        (released("A", DEADLINE, left=DEADLINE - HOUR), 0, None),
        # Still in: from Sunday 10:00 to Monday 12:00 local time.
        (released("A", DEADLINE, left=None), 26 * 60, "not_departed"),
        # Reported gone while held, before the entitlement: does not count, as in `custody due`.
        (released("A", DEADLINE, left=DEADLINE - HOUR, gone_while_held=True), 26 * 60, "not_departed"),
        # The clock stood still for three hours; out an hour later.
        (released("A", DEADLINE, after=3 * HOUR, left=DEADLINE + 4 * HOUR), 240, "clock_late"),
        # The same, where the deadline had passed when the clock heard of it.
        (
            released("A", DEADLINE, after=3 * HOUR, left=DEADLINE + 4 * HOUR, learned_late=True),
            240,
            "learned_late",
        ),
        # Two minutes late by the clock, and five hours on the way out.
        (released("A", DEADLINE, after=2 * MINUTE, left=DEADLINE + 302 * MINUTE), 302, "not_departed"),
        # Bail six hours before the deadline, of which the clock heard an hour late.
        (
            released(
                "A",
                DEADLINE - 6 * HOUR,
                after=HOUR,
                left=DEADLINE - 270 * MINUTE,
                deadline=DEADLINE,
                basis="bail",
            ),
            90,
            "learned_late",
        ),
        # Released at the deadline; bail for two hours before it was reported afterwards.
        (
            released(
                "A",
                DEADLINE - 2 * HOUR,
                after=2 * HOUR,
                left=DEADLINE + HOUR,
                deadline=DEADLINE,
            ),
            180,
            "learned_late",
        ),
        # Held past the deadline, and not released.
        (record("A", NOW - 90 * MINUTE), 90, "clock_late"),
        (record("A", NOW - 90 * MINUTE, learned_late=True), 90, "learned_late"),
        (record("A", NOW - 90 * MINUTE, departed_at=NOW - HOUR, gone_while_held=True), 30, "clock_late"),
        # Taken over by another authority an hour after the deadline.
        (closed("A", DEADLINE, "transferred", DEADLINE + HOUR, learned_late=True), 60, "learned_late"),
        # Dated later than it was reported: what the clock can know ends when it was reported.
        (closed("A", DEADLINE, "transferred", NOW, closed_at=DEADLINE + HOUR), 60, "clock_late"),
        # A departure that is dated in the future has not been.
        (released("A", NOW - HOUR, left=NOW + 5 * HOUR), 60, "not_departed"),
    ],
)
def test_the_minutes_and_what_took_longest(one: Record, minutes: int, why: str | None) -> None:
    person = only(one)
    assert (person.minutes, person.why) == (minutes, why)


@pytest.mark.parametrize(
    "one",
    [
        record("A", NOW + HOUR),
        record("A", DEADLINE, state="awaiting_booking"),
        closed("A", DEADLINE, "voided", DEADLINE + HOUR),
        closed("A", DEADLINE, "renumbered", DEADLINE + HOUR, renumbered_to="B"),
        closed("A", DEADLINE, "transferred", DEADLINE - MINUTE),
        closed("A", DEADLINE, "transferred", DEADLINE),
        closed("A", DEADLINE, "handed_over", DEADLINE - MINUTE),
        released("A", DAYS_30.since - MINUTE, left=None),
    ],
)
def test_who_was_not_entitled_here_then_is_left_out(one: Record) -> None:
    assert entitled([one]) == []


def test_a_period_begins_with_its_first_instant_and_ends_before_its_last() -> None:
    period = Period(DEADLINE, DEADLINE + HOUR)
    records = [released(f"A{shift}", DEADLINE + shift * HOUR, left=NOW) for shift in (0, 1)]
    assert [person.booking for person in entitled(records, period=period)] == ["A0"]


def test_where_departures_are_not_reported_people_are_counted_until_the_release() -> None:
    person = only(released("A", DEADLINE, after=2 * HOUR, left=None), departures_expected=False)
    assert (person.minutes, person.kept_until) == (120, DEADLINE + 2 * HOUR)
    still_held = only(record("A", NOW - HOUR), departures_expected=False)
    assert still_held.minutes == 60


@pytest.mark.parametrize("order", [1, -1])
def test_a_person_with_a_new_number_is_counted_once(order: int) -> None:
    old = released("OLD", DEADLINE, left=None, renumbered_to="NEW")
    dated_beforehand = -timedelta(milliseconds=1)
    new = released("NEW", DEADLINE, after=dated_beforehand, left=DEADLINE + HOUR, former_numbers=("OLD",))
    person = only(*[old, new][::order])
    assert (person.booking, person.minutes) == ("NEW", 60)


@pytest.mark.parametrize("order", [1, -1])
def test_a_release_that_the_new_number_does_not_have_is_counted_and_ends_with_its_departure(
    order: int,
) -> None:
    """The new number's custody had ended already: it took nothing over, and hears of the departure."""
    old = released("OLD", DEADLINE, left=None, renumbered_to="NEW")
    new = released("NEW", DEADLINE + HOUR, left=DEADLINE + 3 * HOUR)
    people = entitled([old, new][::order])
    assert [(person.booking, person.minutes) for person in people] == [("NEW", 120), ("OLD", 180)]


def test_a_number_that_was_released_and_merged_into_one_still_held_is_not_lost() -> None:
    old = released("OLD", DEADLINE, left=DEADLINE + HOUR, renumbered_to="NEW")
    new = record("NEW", NOW + HOUR, former_numbers=("OLD",))
    assert only(old, new).booking == "OLD"


def test_the_night_on_which_the_clocks_go_back_has_an_hour_more() -> None:
    """Sunday 1 November 2026: from 00:30 PDT to 02:30 PST are three hours."""
    entitled_at = datetime(2026, 11, 1, 7, 30, tzinfo=UTC)
    left_at = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
    assert only(released("A", entitled_at, left=left_at)).minutes == 180
