"""Every contender is asked for the same timers, and the law gives ours the deadlines that were asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from events.parse import Parsed, parse
from ops.bench.arrests import ArrestFinder, NoSuchArrestError
from ops.bench.bookings import ANY_DAY, POLICY, booking_events, number_of, profile_for
from ops.bench.cases import CASES
from ops.bench.timers import Shape, Timer, Workload
from worker.law.arrest import Arrest
from worker.law.deadline import governing
from worker.law.profiles import load_profile
from worker.store.unix_ms import from_ms, to_ms

TUESDAY = datetime(2016, 11, 15, 20, tzinfo=UTC)
SUNDAY_NOON = datetime(2016, 11, 20, 20, tzinfo=UTC)
THANKSGIVING_FRIDAY = datetime(2016, 11, 25, 20, tzinfo=UTC)


def test_scattered_timers_lie_within_their_time_and_are_the_same_in_every_run() -> None:
    workload = Workload(1_000, Shape.SCATTERED, 10_000)
    due = [timer.due_ms for timer in workload.timers(5)]
    assert due == sorted(due)
    assert due[0] >= 5
    assert due[-1] < 10_005
    assert workload.timers(5) == workload.timers(5)


def test_steady_timers_keep_their_rate_when_there_are_fewer_of_them() -> None:
    workload = Workload(12_000, Shape.STEADY, 60_000)
    assert [timer.due_ms for timer in workload.timers(0)[:3]] == [0, 5, 10]
    assert [timer.due_ms for timer in workload.timers(0, count=10)] == list(range(0, 50, 5))


def test_timers_of_one_instant_share_it_and_have_different_numbers() -> None:
    timers = Workload(5, Shape.ONE_INSTANT).timers(7, first_number=3)
    assert {timer.due_ms for timer in timers} == {7}
    assert [timer.number for timer in timers] == [3, 4, 5, 6, 7]


@pytest.mark.parametrize("wanted", [TUESDAY, THANKSGIVING_FRIDAY, TUESDAY + timedelta(milliseconds=1)])
def test_the_arrest_that_is_found_has_the_wanted_deadline_by_law(wanted: datetime) -> None:
    profile = load_profile(POLICY)
    arrested_at = ArrestFinder(profile).arrested_at(wanted)
    arrest = Arrest(arrested_at, arrested_at)
    assert governing(arrest, profile, probable_cause_found=False).deadline == wanted


def test_no_arrest_ends_on_a_sunday_and_the_finder_says_so() -> None:
    with pytest.raises(NoSuchArrestError, match="no arrest ends at 2016-11-20"):
        ArrestFinder(load_profile(POLICY)).arrested_at(SUNDAY_NOON)


def test_near_a_sunday_the_benchmark_takes_a_profile_that_counts_every_hour() -> None:
    assert profile_for(TUESDAY) == POLICY
    assert profile_for(SUNDAY_NOON) == ANY_DAY
    assert profile_for(SUNDAY_NOON - timedelta(hours=14)) == ANY_DAY


@pytest.mark.parametrize(("profile", "due_at"), [(POLICY, TUESDAY), (ANY_DAY, SUNDAY_NOON)])
def test_each_booking_keeps_the_contract_and_ends_when_its_timer_is_due(
    profile: str, due_at: datetime
) -> None:
    timers = [Timer(number, to_ms(due_at) + 7 * number) for number in range(20)]
    for timer, raw in zip(timers, booking_events(timers, profile), strict=True):
        parsed = parse(raw)
        assert isinstance(parsed, Parsed)
        assert not parsed.doubts
        event = parsed.event
        assert number_of(event.subject) == timer.number
        arrested_at = event.instants()["arrested_at"]
        found = governing(Arrest(arrested_at, arrested_at), load_profile(profile), probable_cause_found=False)
        assert found.deadline == from_ms(timer.due_ms)


def test_a_quick_case_is_small_and_of_the_same_shape() -> None:
    for case in CASES.values():
        assert case.quick.count <= 200
        assert case.quick.shape == case.workload.shape
