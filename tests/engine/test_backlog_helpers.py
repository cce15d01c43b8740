"""Helpers with a backlog leave its front to the pacemaker and release everybody else."""

from datetime import timedelta

from tests.support.bookings import booked, now
from tests.support.worker_by_hand import Store, releases, simulated_context, take_in
from worker.engine.firing import BATCH, help_with_backlog
from worker.store import audit, timers

HOUR = timedelta(hours=1)


def test_a_helper_releases_everyone_but_those_at_the_front(store: Store) -> None:
    start, count = now(), 2 * BATCH + 300
    before = simulated_context(store, start)
    due = [booked(f"B{number}", due_at=start + HOUR + number * HOUR / count) for number in range(count)]
    take_in(before, *due)
    before.client.close()
    context = simulated_context(store, start + 3 * HOUR)
    keys = context.shards[0].keys
    front = list(timers.due(context.client, keys, context.clock.now(), limit=BATCH))
    for _ in range(20):
        # A helper stops after a second, which may not be enough on a slow machine.
        help_with_backlog(context, context.shards[0])
    left = timers.due(context.client, keys, context.clock.now(), limit=count)
    assert list(left)[:BATCH] == front
    assert len(left) < 2 * BATCH
    assert sorted([*releases(context), *left]) == sorted(f"B{number}" for number in range(count))
    assert audit.verify(context.client, keys).problems == []
    context.client.close()


def test_a_helper_stops_at_once_when_little_is_left(store: Store) -> None:
    start = now()
    before = simulated_context(store, start)
    take_in(before, *(booked(f"B{number}", due_at=start + HOUR) for number in range(10)))
    before.client.close()
    context = simulated_context(store, start + 3 * HOUR)
    help_with_backlog(context, context.shards[0])
    assert releases(context) == []
    context.client.close()
