"""A watch can attend to its alarms: on realistic days there are few, however soon it acknowledges them."""

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.support.dirty_days import DirtyDays
from tests.support.waiting_alarms import acknowledge_all, alarms_waiting
from tests.support.worker_by_hand import Store, audit_problems, fire_all, simulated_context, take_in
from worker.clock import ScaledClock
from worker.desk.alarm_rates import Rates, rates_of
from worker.desk.alarms import every_alarm
from worker.store import simulation
from worker.store.context import Context

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAYS = timedelta(days=2)
STEP = timedelta(minutes=5)
MOST_AN_HOUR = 1.0
MOST_IN_10_MINUTES = 10
EXPECTED = {"word_unknown", "field_removed", "time_doubtful", "booking_conflict", "late_on_arrival"}


def live_through(store: Store, days: DirtyDays, acknowledge_every: timedelta | None) -> tuple[Context, Rates]:
    """Play the days, with a watch that acknowledges all that waits so often."""
    waiting, context, at = deque(days.arrivals), simulated_context(store, START), START
    while at < START + DAYS:
        at += STEP
        context = _moved(context, at)
        arrived = []
        while waiting and waiting[0][0] <= at:
            arrived.append(waiting.popleft()[1])
        take_in(context, *arrived)
        fire_all(context)
        if acknowledge_every and not (at - START) % acknowledge_every:
            acknowledge_all(context)
    found = [item.alarm for item in every_alarm(context)]
    zone = context.rules_by_record.current.profile.calendar.zone
    return context, rates_of(found, START, at, zone)


def _moved(context: Context, at: datetime) -> Context:
    clock = ScaledClock(at, datetime.now(UTC), 1)
    simulation.mark(context.client, context.shards[0].keys, clock)
    return replace(context, clock=clock)


@pytest.mark.parametrize(
    ("acknowledge_every", "with_a_fast_clock"),
    [(None, True), (timedelta(hours=8), True), (STEP, False)],
    ids=["never", "every shift", "at once"],
)
def test_a_watch_gets_at_most_one_alarm_an_hour_and_never_ten_at_once(
    store: Store, acknowledge_every: timedelta | None, with_a_fast_clock: bool
) -> None:
    """Who acknowledges a fast clock at once hears of it with the next event: only the jail can set it."""
    days = DirtyDays(START, DAYS, Random(825), with_a_fast_clock)
    context, rates = live_through(store, days, acknowledge_every)
    assert rates.per_hour <= MOST_AN_HOUR, rates
    assert rates.most_at_once <= MOST_IN_10_MINUTES, rates
    assert {worst.name for worst in rates.codes} >= EXPECTED
    assert context.client.xlen(context.shards[0].keys.journal) > 2 * len(days.arrivals) // 3
    assert audit_problems(context) == []
    assert (alarms_waiting(context) == []) is (acknowledge_every is not None)
    context.client.close()
