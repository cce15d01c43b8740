"""Without Celery the pacemaker delivers notices; that delays no deadline, and a backlog hides nothing."""

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
from worker.engine import firing, intake
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
    """Keeps the ids of the notices it takes; calls `before` ahead of each batch."""

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
    monkeypatch.setattr(look_around, "STALLED_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(deliver, "STALLED_AFTER_SECONDS", 0.0)
    for chore in (ShowLife, LookAround, Deliver):
        monkeypatch.setattr(chore, "interval_seconds", 0.0)


@contextmanager
def pacemaker_at_work(context: Context, sink: Sink, data_dir: Path) -> Iterator[None]:
    """A running pacemaker whose signals reach nobody."""
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
    """Whether every notice has been taken, in order, and settled."""
    return (
        wait_until(lambda: context.shards[0].outbox.waiting() == 0, PATIENCE_SECONDS)
        and [event["id"] for event in everything_sent(context)] == receiver.ids
    )


def test_the_pacemaker_delivers_what_waits_in_the_outbox(context: Context, tmp_path: Path) -> None:
    receiver = Receiver()
    take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    with pacemaker_at_work(context, receiver, tmp_path):
        assert is_all_delivered(context, receiver)
        assert len(receiver.ids) == 1


def test_a_slow_receiver_delays_no_deadline(context: Context, tmp_path: Path) -> None:
    go_on = threading.Event()
    receiver = Receiver(before=lambda: go_on.wait(PATIENCE_SECONDS))
    take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    with pacemaker_at_work(context, receiver, tmp_path):
        assert wait_until(lambda: receiver.asked, PATIENCE_SECONDS)
        assert is_released_on_time(context, "B2")
        assert (receiver.asked, receiver.ids) == (1, []), "one round at a time"
        go_on.set()
        assert is_all_delivered(context, receiver)


def test_a_failing_receiver_delays_no_release_and_gets_everything_when_it_is_back(
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


def test_an_intake_that_fails_delays_no_release(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError("a defect")

    take_in(context, booked("B1", due_at=now() + SECOND))
    monkeypatch.setattr(intake, "work_one_batch", fail)
    put(context, booked("B2", due_at=now() + HOUR))
    with pacemaker_at_work(context, Receiver(), tmp_path):
        assert wait_until(lambda: the_record(context, "B1").state == "released", PATIENCE_SECONDS)
    record = the_record(context, "B1")
    assert record.released_at
    assert record.deadline
    assert timedelta(0) <= record.released_at - record.deadline < LATEST


# A backlog


@pytest.fixture
def backlog(store: Store) -> Iterator[Context]:
    """A store with simulated time on which more than one batch is due."""
    before = simulated_context(store, now())
    take_in(before, *(booked(f"B{number}", due_at=now() + HOUR / 2) for number in range(firing.BATCH + 1)))
    before.client.close()
    context = simulated_context(store, now() + HOUR)
    yield context
    context.client.close()


def test_in_a_backlog_the_pacemaker_still_shows_life_and_looks_at_intake_outbox_and_clocks(
    backlog: Context, tmp_path: Path
) -> None:
    put(backlog, booked("waits", due_at=now() + 3 * HOUR))
    as_if_real, receiver = replace(backlog, simulated=False), Receiver()
    pacemaker = Pacemaker(lambda: backlog, NoCelery(), helpers=1, data_dir=tmp_path, sinks=[receiver])
    assert pacemaker.beat(as_if_real) == 0, "more is due at once"
    pacemaker.beat(as_if_real)  # an inbox that waits at one look may just be between two tasks
    assert wait_until(lambda: heartbeat.is_alive(tmp_path, datetime.now(UTC).timestamp()), PATIENCE_SECONDS)
    assert {("intake_stalled", "clock"), ("clock_skew", "clock")} <= set(alarms(backlog))
    assert is_all_delivered(backlog, receiver)
