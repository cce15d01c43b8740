"""Content that the service has not written, in keys of the right type, stops no release."""

import math
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.bookings import PROFILE, booked, now
from tests.support.signals import NoCelery
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store, take_in, the_record
from worker.engine.pacemaker import Pacemaker
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import losses, timers
from worker.store.context import Context
from worker.store.keys import Keys

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
PATIENCE_SECONDS = 20.0
KEYS = Keys()
NOT_UTF8 = b"\xff\xfe"


SPOILINGS: dict[str, Callable[[Any], Any]] = {
    "a timer whose booking is no text": lambda client: client.zadd(KEYS.timers, {NOT_UTF8: 0}),
    "timers at no time": lambda client: client.zadd(KEYS.timers, {"X": -math.inf, "Y": math.inf}),
    "timers out of all times": lambda client: client.zadd(KEYS.timers, {"X": -1e17, "Y": 1e17}),
    "a count of events that is none": lambda client: client.set(KEYS.settled, "not ours"),
    "a loss that is none": lambda client: client.hset(KEYS.losses, "X", "not ours"),
    "cursors that are none": lambda client: client.hset(
        KEYS.sink_cursors, mapping={"X": NOT_UTF8, NOT_UTF8: "X"}
    ),
    "dead letters that are none": lambda client: client.hset(KEYS.dead_letters, NOT_UTF8, NOT_UTF8),
    "a record of no shard": lambda client: client.set("{custody:7}:record:X", "not ours"),
    "a record whose booking is no text": lambda client: client.set(KEYS.record("").encode() + NOT_UTF8, "X"),
    "a mark that is none": lambda client: client.set(KEYS.identity, "not ours"),
}


@pytest.fixture
def pacemaker(store: Store, tmp_path: Path) -> Iterator[Pacemaker]:
    """A pacemaker at work."""
    running = Pacemaker(
        lambda: open_context(Settings(profile=PROFILE), store.url),
        NoCelery(),
        helpers=1,
        data_dir=tmp_path,
    )
    running.start()
    yield running
    running.stop()
    running.join()


@pytest.mark.usefixtures("pacemaker")
@pytest.mark.parametrize("spoiling", SPOILINGS)
def test_whatever_another_program_writes_people_are_released(context: Context, spoiling: str) -> None:
    SPOILINGS[spoiling](context.client)
    take_in(context, booked("B1", due_at=now() + SECOND), booked("B2", due_at=now() + 3 * SECOND))
    for booking in ("B1", "B2"):
        assert wait_until(lambda: the_record(context, booking).state == "released", PATIENCE_SECONDS)  # noqa: B023
        record = the_record(context, booking)
        assert record.released_at
        assert record.deadline
        assert record.released_at - record.deadline < 10 * SECOND


def test_a_timer_without_a_time_is_put_right_from_its_record(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    context.client.zadd(KEYS.timers, {"B1": math.inf})
    [due_at] = timers.of_all(context.client, KEYS, ["B1"]).values()
    assert due_at
    assert due_at > now() + HOUR


def test_events_are_counted_again_where_their_count_was_overwritten(context: Context) -> None:
    context.client.set(KEYS.settled, "not ours")
    losses.count(context.client, KEYS)
    assert context.client.get(KEYS.settled) == b"0"
    assert losses.unaccepted(context.client, KEYS) == []
