"""The benchmark's accounts are right, whatever a contender did. All firings here are sample data."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.bench.accounting import Firing, Spread, account
from ops.bench.timers import Timer

DUE_MS = 1_480_000_000_000


def timers(count: int) -> list[Timer]:
    """This many timers, a second apart."""
    return [Timer(number, DUE_MS + 1000 * number) for number in range(count)]


def fired(timer: Timer, late_us: int, **more: int) -> Firing:
    """A firing this many microseconds after the timer was due."""
    return Firing(timer.number, timer.due_ms * 1000 + late_us, **more)


def test_lateness_is_the_firing_less_the_wanted_instant_in_milliseconds() -> None:
    asked = timers(100)
    kept = account(asked, [fired(timer, 1000 * (timer.number + 1)) for timer in asked])
    assert kept.lateness == Spread(p50=50.0, p99=99.0, max=100.0)
    assert (kept.fired, kept.unfired, kept.repeated, kept.early) == (100, 0, 0, 0)


def test_the_order_in_which_firings_are_seen_does_not_matter() -> None:
    asked = timers(50)
    firings = [fired(timer, 1000 * timer.number) for timer in asked]
    shuffled = random.Random(1).sample(firings, len(firings))
    assert account(asked, shuffled) == account(asked, firings)


def test_a_timer_that_never_fired_is_missing_and_spoils_no_percentile() -> None:
    asked = timers(10)
    kept = account(asked, [fired(timer, 2000) for timer in asked[:7]])
    assert (kept.wanted, kept.fired, kept.unfired) == (10, 7, 3)
    assert kept.lateness == Spread(2.0, 2.0, 2.0)


def test_of_a_repeated_timer_the_first_firing_counts_and_the_others_are_reported() -> None:
    asked = timers(3)
    firings = [fired(asked[0], 9000), fired(asked[0], 1000), fired(asked[0], 5000), fired(asked[1], 1000)]
    kept = account(asked, firings)
    assert (kept.repeated, kept.extra_firings, kept.unfired) == (1, 2, 1)
    assert kept.lateness == Spread(1.0, 1.0, 1.0)


def test_early_by_one_microsecond_is_early_and_on_the_instant_is_not() -> None:
    asked = timers(3)
    kept = account(asked, [fired(asked[0], -1), fired(asked[1], 0), fired(asked[2], -2500)])
    assert (kept.early, kept.earliest_ms) == (2, 2.5)


def test_a_late_repeat_does_not_hide_that_the_first_was_early() -> None:
    asked = timers(1)
    kept = account(asked, [fired(asked[0], 4000), fired(asked[0], -4000)])
    assert (kept.early, kept.repeated) == (1, 1)


def test_what_an_onlooker_saw_is_kept_apart_from_what_the_contender_says() -> None:
    asked = timers(2)
    seen_us = asked[0].due_ms * 1000 + 7000
    kept = account(asked, [fired(asked[0], 1000, seen_us=seen_us), fired(asked[1], 1000)])
    assert kept.lateness == Spread(1.0, 1.0, 1.0)
    assert kept.seen == Spread(7.0, 7.0, 7.0)


def test_a_contender_that_kept_another_deadline_is_found_out() -> None:
    asked = timers(2)
    right = fired(asked[0], 1000, deadline_ms=asked[0].due_ms)
    wrong = fired(asked[1], 1000, deadline_ms=asked[1].due_ms + 1)
    assert account(asked, [right, wrong]).wrong_deadline == 1


def test_a_firing_that_nobody_asked_for_is_reported_and_counts_for_nothing_else() -> None:
    kept = account(timers(1), [Firing(99, DUE_MS * 1000)])
    assert (kept.unknown, kept.fired, kept.unfired) == (1, 0, 1)


def test_no_firing_at_all_is_no_lateness_rather_than_a_lateness_of_zero() -> None:
    document = account(timers(2), []).to_document()
    assert document["lateness_ms"] is None
    assert document["seen_ms"] is None
    assert document["unfired"] == 2


@pytest.mark.parametrize(("count", "p50", "p99"), [(1, 1, 1), (2, 1, 2), (100, 50, 99), (1000, 500, 990)])
def test_percentiles_are_values_that_occurred(count: int, p50: int, p99: int) -> None:
    spread = Spread.of(float(value) for value in range(count, 0, -1))
    assert spread == Spread(p50, p99, count)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-5000, 5000)), max_size=40))
def test_every_timer_is_fired_or_unfired_and_every_firing_is_a_first_or_an_extra(
    sample: list[tuple[int, int]],
) -> None:
    asked = timers(10)
    kept = account(asked, [fired(asked[number], late_us) for number, late_us in sample])
    assert kept.fired + kept.unfired == kept.wanted == 10
    assert kept.fired + kept.extra_firings == len(sample)
