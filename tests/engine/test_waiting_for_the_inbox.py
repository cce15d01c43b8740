"""What stood in the inbox before a deadline counts before that deadline: its release waits, no other does."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from events import inbound
from tests.support.bookings import amended, booked, departed, now, raw
from tests.support.upstream import put_as_arrived, to_court
from tests.support.worker_by_hand import audit_problems, put, releases, take_in, the_record
from worker.custody import decide
from worker.engine import firing, intake, waiting_events
from worker.engine.decided_ahead import DecidedAhead
from worker.store.context import Context

MS = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def fire(context: Context) -> firing.Fired:
    return firing.fire(context, context.shards[0])


# Whose release waits


def test_a_release_waits_for_an_event_about_its_booking_from_before_the_deadline_and_no_other_does(
    past_due: Context, deadline: datetime
) -> None:
    put_as_arrived(past_due, (deadline - MS, to_court("B/1", deadline - MINUTE)))
    assert fire(past_due).put_off == ("B/1",)
    assert releases(past_due) == ["B2"]
    intake.drain(past_due, past_due.shards[0])
    record = the_record(past_due, "B/1")
    assert (record.state, record.basis) == ("closed", "transferred")
    assert fire(past_due).found == 0
    assert releases(past_due) == ["B2"]
    assert audit_problems(past_due) == []


@pytest.mark.parametrize("after", [timedelta(0), MS, SECOND], ids=["in its millisecond", "after", "later"])
def test_a_release_does_not_wait_for_an_event_from_after_the_deadline(
    past_due: Context, deadline: datetime, after: timedelta
) -> None:
    other = deadline - MS, b"garbage"
    put_as_arrived(past_due, other, (deadline + after, to_court("B/1", deadline - MINUTE)))
    assert fire(past_due).put_off == ()
    assert releases(past_due) == ["B/1", "B2"]
    intake.drain(past_due, past_due.shards[0])
    assert the_record(past_due, "B/1").state == "released"


@pytest.mark.parametrize("after", [-MS, timedelta(0)], ids=["before", "in its millisecond"])
def test_intake_and_pacemaker_agree_on_which_events_come_before_a_deadline(
    past_due: Context, deadline: datetime, after: timedelta
) -> None:
    put_as_arrived(past_due, (deadline + after, to_court("B/1", deadline - MINUTE)))
    waits = fire(past_due).put_off == ("B/1",)
    intake.drain(past_due, past_due.shards[0])
    assert the_record(past_due, "B/1").basis == ("transferred" if waits else "deadline")


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text.replace(b"B/1", rb"B\/1"),
        lambda text: text.replace(b'"specversion"', b'"data2":{"subject":"B2"},"specversion"', 1),
        lambda text: b"\xef\xbb\xbf" + text.replace(b"B/1", rb"\u0042/1"),
    ],
    ids=["an escaped slash", "another subject inside", "a byte-order mark and an escaped letter"],
)
def test_it_waits_however_the_event_is_written(
    past_due: Context, deadline: datetime, written: Callable[[bytes], bytes]
) -> None:
    put_as_arrived(past_due, (deadline - MS, written(to_court("B/1", deadline - MINUTE))))
    assert fire(past_due).put_off == ("B/1",)
    intake.drain(past_due, past_due.shards[0])
    assert the_record(past_due, "B/1").basis == "transferred"


def test_nobody_waits_for_an_event_that_is_about_nobody(past_due: Context, deadline: datetime) -> None:
    garbage = (b"\xff garbage", b"[]", b'{"subject": 7}', b"")
    put_as_arrived(past_due, *((deadline - MS, text) for text in garbage))
    assert fire(past_due).put_off == ()
    assert releases(past_due) == ["B/1", "B2"]


def test_nobody_waits_for_a_poison_event_about_another_booking(
    past_due: Context, deadline: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setitem(decide._HANDLERS, inbound.PersonDeparted, fail)  # type: ignore[arg-type]
    put_as_arrived(past_due, (deadline - MS, raw(departed("B2", deadline - MINUTE))))
    for _ in range(2):
        intake.drain(past_due, past_due.shards[0])
        assert fire(past_due).put_off == ("B2",)
        assert releases(past_due) == ["B/1"]
    intake.drain(past_due, past_due.shards[0])
    assert fire(past_due).put_off == ()
    assert releases(past_due) == ["B/1", "B2"]


def test_a_backlog_too_large_to_look_through_holds_releases_back_until_it_has_shrunk(
    past_due: Context, deadline: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_events, "MOST_LOOKED_THROUGH", 5)
    monkeypatch.setattr(intake, "BATCH", 2)
    others = ((deadline - MS, raw(booked(f"other-{number}", due_at=now() + MINUTE))) for number in range(8))
    put_as_arrived(past_due, *others)
    for _ in range(2):
        assert fire(past_due).put_off == ("B/1", "B2")
        assert releases(past_due) == []
        intake.work_one_batch(past_due, past_due.shards[0])
    assert fire(past_due).put_off == ()
    assert releases(past_due) == ["B/1", "B2"]


def test_a_backlog_from_after_the_deadline_holds_nobody_back(
    past_due: Context, deadline: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_events, "MOST_LOOKED_THROUGH", 5)
    put(past_due, *(booked(f"other-{number}", due_at=now() + MINUTE) for number in range(8)))
    assert fire(past_due).put_off == ()
    assert releases(past_due) == ["B/1", "B2"]


def test_a_release_waits_beside_a_record_that_cannot_be_read(past_due: Context, deadline: datetime) -> None:
    past_due.client.hset(past_due.shards[0].keys.record("B2"), "doc", "{}")
    put_as_arrived(past_due, (deadline - MS, to_court("B/1", deadline - MINUTE)))
    fired = fire(past_due)
    assert (fired.failed, fired.put_off) == (("B2",), ("B/1",))
    assert releases(past_due) == []


def test_a_release_that_was_decided_ahead_waits_and_only_where_it_must(context: Context) -> None:
    due_at = now() + 0.3 * SECOND
    take_in(context, booked("B/1", due_at=due_at), booked("B2", due_at=due_at))
    ahead = DecidedAhead()
    while ahead.look_ahead(context, context.shards[0]):
        pass
    put(context, to_court("B/1", now() - SECOND))
    while now() <= due_at:
        pass
    fired = firing.fire(context, context.shards[0], decided_ahead=ahead)
    assert (fired.decided_ahead, fired.put_off) == (2, ("B/1",))
    assert releases(context) == ["B2"]
    intake.drain(context, context.shards[0])
    assert the_record(context, "B/1").basis == "transferred"


def test_a_release_at_a_later_deadline_than_was_looked_at_is_looked_at_again(
    past_due: Context, deadline: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the release the deadline moves, and more counts before it."""
    later = deadline + 30 * SECOND
    arrested_at = (later - timedelta(hours=72)).isoformat()
    put_as_arrived(
        past_due,
        (deadline - MS, raw(amended("B/1", deadline - MS, arrested_at=arrested_at, booked_at=arrested_at))),
        (later - MS, to_court("B/1", later - SECOND)),
    )
    look = firing.waiting_events

    def amendment_is_taken_in_first(*arguments: object) -> waiting_events.WaitingEvents:
        monkeypatch.setattr(intake, "BATCH", 1)
        intake.work_one_batch(past_due, past_due.shards[0])
        return look(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as interleaved:
        interleaved.setattr(firing, "waiting_events", amendment_is_taken_in_first)
        assert fire(past_due).put_off == ("B/1",)
    assert the_record(past_due, "B/1").deadline == later
    assert releases(past_due) == ["B2"]
    intake.drain(past_due, past_due.shards[0])
    assert the_record(past_due, "B/1").basis == "transferred"


def test_a_helper_with_a_backlog_stops_where_releases_wait(
    past_due: Context, deadline: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[firing.Fired] = []
    monkeypatch.setattr(firing, "BATCH", 1)
    monkeypatch.setattr(waiting_events, "MOST_LOOKED_THROUGH", 0)
    put_as_arrived(past_due, (deadline - MS, b"garbage"))
    real = firing.fire

    def counted(*arguments: object, **named: object) -> firing.Fired:
        looks.append(real(*arguments, **named))  # type: ignore[arg-type]
        return looks[-1]

    monkeypatch.setattr(firing, "fire", counted)
    firing.help_with_backlog(past_due, past_due.shards[0])
    assert [len(look.put_off) for look in looks] == [1]
