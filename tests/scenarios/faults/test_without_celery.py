"""Without Celery the pacemaker delivers what waits; no deadline waits for that; a backlog hides nothing."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events.outbound import Outbound
from tests.support.bookings import bail_posted, booked, now
from tests.support.signals import NoCelery
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import (
    Store,
    alarms,
    everything_sent,
    put,
    simulated_context,
    take_in,
    the_record,
)
from worker import heartbeat
from worker.delivery.sink import Sink
from worker.engine import firing
from worker.engine.chores import deliver, look_around
from worker.engine.chores.deliver import Deliver
from worker.engine.chores.look_around import LookAround
from worker.engine.chores.show_life import ShowLife
from worker.engine.pacemaker import Pacemaker
from worker.store.context import Context

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
PATIENCE_SECONDS = 10.0
LATEST = SECOND / 2


class Receiver:
    """Keeps the ids of what it took; something happens before it takes a batch."""

    def __init__(self, before: Callable[[], object] = bool) -> None:
        self.ids: list[str] = []
        self.asked = 0
        self._before = before

    def deliver(self, notices: Sequence[tuple[Outbound, bytes]]) -> None:
        """Take them, in order."""
        self.asked += 1
        self._before()
        self.ids += [notice.id for notice, _ in notices]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits counts as stalled at once, and is looked for at every beat."""
    # A second less than none, which is how exactly the age of what waits is known.
    monkeypatch.setattr(look_around, "STALLED_AFTER_MS", -1_000)
    monkeypatch.setattr(deliver, "STALLED_AFTER_MS", -1_000)
    for chore in (ShowLife, LookAround, Deliver):
        monkeypatch.setattr(chore, "interval_seconds", 0.0)


@contextmanager
def pacemaker_at_work(context: Context, sink: Sink, data_dir: Path) -> Iterator[None]:
    """A pacemaker whose signals nobody hears."""
    pacemaker = Pacemaker(lambda: context, NoCelery(), helpers=1, data_dir=data_dir, sinks=[sink])
    pacemaker.start()
    try:
        yield
    finally:
        pacemaker.stop()
        pacemaker.join()


def is_released_on_time(context: Context, booking: str) -> bool:
    """Whether a booking due in a second is released then."""
    take_in(context, booked(booking, due_at=now() + SECOND))
    wait_until(lambda: the_record(context, booking).state == "released", PATIENCE_SECONDS)
    record = the_record(context, booking)
    assert record.released_at
    assert record.deadline
    return timedelta(0) <= record.released_at - record.deadline < LATEST


def is_all_delivered(context: Context, receiver: Receiver) -> bool:
    """Whether everything that was told has been taken, in its order, and settled."""
    return (
        wait_until(lambda: context.shards[0].outbox.waiting() == 0, PATIENCE_SECONDS)
        and [event["id"] for event in everything_sent(context)] == receiver.ids
    )


def test_what_waits_in_the_outbox_is_delivered(context: Context, tmp_path: Path) -> None:
    receiver = Receiver()
    take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    with pacemaker_at_work(context, receiver, tmp_path):
        assert is_all_delivered(context, receiver)
        assert len(receiver.ids) == 1


def test_a_receiver_that_is_slow_delays_no_deadline(context: Context, tmp_path: Path) -> None:
    awaited = threading.Event()
    receiver = Receiver(before=lambda: awaited.wait(PATIENCE_SECONDS))
    take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    with pacemaker_at_work(context, receiver, tmp_path):
        assert wait_until(lambda: receiver.asked, PATIENCE_SECONDS)
        assert is_released_on_time(context, "B2")
        assert (receiver.asked, receiver.ids) == (1, []), "one round at a time"
        awaited.set()
        assert is_all_delivered(context, receiver)


def test_a_receiver_that_fails_stops_no_release_and_gets_everything_when_it_is_back(
    context: Context, tmp_path: Path
) -> None:
    failures = iter([OSError("away"), ValueError("a defect")])

    def fail() -> None:
        if failure := next(failures, None):
            raise failure

    receiver = Receiver(before=fail)
    take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    with pacemaker_at_work(context, receiver, tmp_path):
        assert is_released_on_time(context, "B2")
        assert is_all_delivered(context, receiver)


def test_while_a_task_delivers_the_pacemaker_does_not(context: Context, tmp_path: Path) -> None:
    receiver = Receiver()
    take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    lease = context.shards[0].outbox.lease()
    assert lease.acquire()
    with pacemaker_at_work(context, receiver, tmp_path):
        assert is_released_on_time(context, "B2")
        assert receiver.asked == 0
        lease.release()
        assert is_all_delivered(context, receiver)


# A backlog


@pytest.fixture
def backlog(store: Store) -> Iterator[Context]:
    """A store on which more is due than one batch, and where the time is made up."""
    before = simulated_context(store, now())
    take_in(before, *(booked(f"B{number}", due_at=now() + HOUR / 2) for number in range(firing.BATCH + 1)))
    before.client.close()
    context = simulated_context(store, now() + HOUR)
    yield context
    context.client.close()


def test_a_pacemaker_that_works_a_backlog_shows_life_and_looks_at_intake_outbox_and_clocks(
    backlog: Context, tmp_path: Path
) -> None:
    put(backlog, booked("waits", due_at=now() + 3 * HOUR))
    taken_for_real, receiver = replace(backlog, simulated=False), Receiver()
    pacemaker = Pacemaker(lambda: backlog, NoCelery(), helpers=1, data_dir=tmp_path, sinks=[receiver])
    assert pacemaker.beat(taken_for_real) == 0, "more is due at once"
    assert heartbeat.is_alive(tmp_path, datetime.now(UTC).timestamp())
    assert {("intake_stalled", "clock"), ("clock_skew", "clock")} <= set(alarms(backlog))
    assert is_all_delivered(backlog, receiver)
