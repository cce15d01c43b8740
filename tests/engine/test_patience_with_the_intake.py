"""How long a release waits for older events: while the intake makes progress, and never long."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.support.bookings import departed, raw
from tests.support.signals import NoCelery
from tests.support.upstream import hold_already, put_as_arrived, to_court
from tests.support.worker_by_hand import alarms, let_the_lease_expire, read_as_another, releases, the_record
from worker.engine import intake
from worker.engine.chores import fire as fire_module
from worker.engine.chores import patience
from worker.engine.chores.fire import Fire
from worker.store.context import Context

MS = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class MovedFire:
    """The pacemaker's chore of firing, on a monotonic clock that is moved by hand."""

    def __init__(self, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 1_000.0
        self._context = context
        self._chore = Fire(NoCelery(), helpers=1)
        moved = SimpleNamespace(monotonic=lambda: self.seconds)
        for module in (fire_module, patience):
            monkeypatch.setattr(module, "time", moved)

    def beat(self) -> list[str]:
        """Fire once; return who is released by now."""
        self._chore.do(self._context)
        return releases(self._context)

    def beat_for(self, seconds: float, *, step: float = 0.5) -> list[str]:
        """Fire every so often for so many seconds; return who is released by then."""
        ends_at = self.seconds + seconds
        while self.seconds < ends_at:
            self.seconds += step
            released = self.beat()
        return released


@pytest.fixture
def moved(past_due: Context, monkeypatch: pytest.MonkeyPatch) -> MovedFire:
    return MovedFire(past_due, monkeypatch)


def let_events_wait(context: Context, deadline: datetime, *, others: int = 0) -> None:
    """Events about others and then a transfer of B/1 wait; a reader that stalls has them."""
    about_others = ((deadline - SECOND, raw(departed(f"other-{n}", deadline))) for n in range(others))
    put_as_arrived(context, *about_others, (deadline - MS, to_court("B/1", deadline - MINUTE)))
    read_as_another(context)


def take_one_in(context: Context) -> None:
    """The intake makes progress."""
    context.client.xdel(context.shards[0].keys.inbox, context.shards[0].inbox.oldest_id() or "")


def test_a_release_waits_no_longer_than_5_s_for_an_intake_that_makes_no_progress(
    moved: MovedFire, past_due: Context, deadline: datetime
) -> None:
    let_events_wait(past_due, deadline)
    assert moved.beat() == ["B2"]
    assert moved.beat_for(4.5) == ["B2"]
    assert alarms(past_due) == []
    assert moved.beat_for(1.0) == ["B2", "B/1"]
    assert alarms(past_due) == [("intake_stalled", "clock")]
    assert the_record(past_due, "B/1").basis == "deadline"


def test_a_release_waits_no_longer_than_30_s_for_an_intake_that_makes_progress(
    moved: MovedFire, past_due: Context, deadline: datetime
) -> None:
    let_events_wait(past_due, deadline, others=100)
    moved.beat()
    for _ in range(29):
        take_one_in(past_due)
        assert moved.beat_for(1.0) == ["B2"]
    assert alarms(past_due) == []
    take_one_in(past_due)
    assert moved.beat_for(1.5) == ["B2", "B/1"]
    assert alarms(past_due) == [("intake_stalled", "clock")]


def test_while_the_intake_stands_still_no_other_release_waits_5_s_again(
    moved: MovedFire, past_due: Context, deadline: datetime
) -> None:
    let_events_wait(past_due, deadline)
    put_as_arrived(past_due, (deadline, to_court("B3", deadline - MINUTE)))
    moved.beat_for(6.0)
    hold_already(past_due, "B3", due_at=deadline + SECOND)
    moved.beat()
    assert moved.beat_for(0.5) == ["B2", "B/1", "B3"]


def test_each_release_waits_for_itself_however_long_others_have_been_waiting(
    moved: MovedFire, past_due: Context, deadline: datetime
) -> None:
    """On a busy service some release waits at any time, each for a moment."""
    let_events_wait(past_due, deadline, others=100)
    for _ in range(25):
        take_one_in(past_due)
        moved.beat_for(1.0)
    put_as_arrived(past_due, (deadline, to_court("B3", deadline - MINUTE)))
    hold_already(past_due, "B3", due_at=deadline + SECOND)
    for _ in range(10):
        take_one_in(past_due)
        assert "B3" not in moved.beat_for(1.0)
    assert releases(past_due) == ["B2", "B/1"]


def test_a_pause_of_the_worker_does_not_count_as_waiting(
    moved: MovedFire, past_due: Context, deadline: datetime
) -> None:
    let_events_wait(past_due, deadline)
    moved.beat()
    moved.seconds += 600
    assert moved.beat() == ["B2"]
    let_the_lease_expire(past_due)
    moved.beat_for(0.5)
    assert the_record(past_due, "B/1").basis == "transferred"
    assert alarms(past_due) == []


def test_the_pacemaker_itself_takes_in_what_a_release_waits_for(
    moved: MovedFire, past_due: Context, deadline: datetime
) -> None:
    put_as_arrived(past_due, (deadline - MS, to_court("B/1", deadline - MINUTE)))
    assert moved.beat() == ["B2"]
    record = the_record(past_due, "B/1")
    assert (record.state, record.basis) == ("closed", "transferred")
    assert moved.beat_for(31.0) == ["B2"]


def test_an_intake_that_fails_keeps_nobody(
    moved: MovedFire, past_due: Context, deadline: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError("a defect")

    monkeypatch.setattr(intake, "work_one_batch", fail)
    let_events_wait(past_due, deadline)
    assert moved.beat_for(6.5) == ["B2", "B/1"]
    assert alarms(past_due) == [("intake_stalled", "clock")]


def test_beside_a_record_that_cannot_be_read_a_release_waits_no_longer_either(
    moved: MovedFire, past_due: Context, deadline: datetime
) -> None:
    past_due.client.hset(past_due.shards[0].keys.record("B2"), "doc", "{}")
    let_events_wait(past_due, deadline)
    assert moved.beat_for(8.0) == ["B/1"]
    assert alarms(past_due) == [("held_without_clock", "B2"), ("intake_stalled", "clock")]
