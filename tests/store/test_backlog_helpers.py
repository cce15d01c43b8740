"""Those who help with a backlog leave its front to the pacemaker, and stay out of each other's way."""

from datetime import timedelta

import pytest
from bookings import booked, now
from hypothesis import given
from hypothesis import strategies as st
from working import Store, releases, simulated_site, take_in

from worker.firing import BATCH, HELP_BATCH, help_with_backlog, stretch_of
from worker.store import audit, timers
from worker.store.commit import COMMITS_A_CALL

HOUR = timedelta(hours=1)


@given(due=st.integers(0, 200_000), helpers=st.integers(1, 8), draws=st.data())
def test_stretches_are_behind_the_front_and_apart_from_each_other(
    due: int, helpers: int, draws: st.DataObject
) -> None:
    drawn = [
        stretch_of(helper, helpers, due, lambda below: draws.draw(st.integers(0, below - 1)))
        for helper in range(helpers)
    ]
    free_from = BATCH
    for stretch in filter(None, drawn):
        assert stretch.skip >= free_from
        assert COMMITS_A_CALL <= stretch.limit <= HELP_BATCH
        free_from = stretch.skip + stretch.limit
    assert free_from <= max(due, BATCH)


@pytest.mark.parametrize("helpers", [1, 2, 3])
def test_helpers_stop_when_little_is_left_for_each(helpers: int) -> None:
    least = BATCH + helpers * COMMITS_A_CALL
    for helper in range(helpers):
        assert stretch_of(helper, helpers, least - 1, lambda _: 0) is None
        assert stretch_of(helper, helpers, least, lambda _: 0) is not None


@pytest.mark.parametrize(("helper", "helpers"), [(0, 1), (0, 2), (1, 2)])
def test_a_helper_releases_everyone_but_those_at_the_front(store: Store, helper: int, helpers: int) -> None:
    begun, count = now(), BATCH + 500
    before = simulated_site(store, begun)
    due = [booked(f"B{number}", due_at=begun + HOUR + number * HOUR / count) for number in range(count)]
    take_in(before, *due)
    before.client.close()
    site = simulated_site(store, begun + 3 * HOUR)
    keys = site.shards[0].keys
    front = list(timers.due(site.client, keys, site.clock.now(), limit=BATCH))
    for _ in range(20):
        # On a slow machine a task's second may not be enough.
        help_with_backlog(site, site.shards[0], helper, helpers)
    left = timers.due(site.client, keys, site.clock.now(), limit=count)
    assert list(left)[:BATCH] == front
    assert len(left) < BATCH + helpers * COMMITS_A_CALL
    assert sorted([*releases(site), *left]) == sorted(f"B{number}" for number in range(count))
    assert audit.verify(site.client, keys).problems == []
    site.client.close()
