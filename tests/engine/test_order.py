"""A booking's events take effect in the order of the inbox, however many tasks drain it at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.bookings import (
    PROFILE,
    amended,
    bail_posted,
    booked,
    custody_requested,
    ice_contacted,
    now,
    raw,
)
from tests.support.signals import NoCelery
from tests.support.upstream import put_as_arrived, said
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import (
    Store,
    alarms,
    audit_problems,
    everything_sent,
    fire_all,
    put,
    releases,
    take_in,
    the_record,
)
from worker.clock import ScaledClock
from worker.engine import firing, intake
from worker.engine.pacemaker import Pacemaker
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
TASKS = 4
PATIENCE_SECONDS = 20.0


@contextmanager
def tasks_draining(store: Store, profile: str = PROFILE) -> Iterator[None]:
    """Several tasks drain the inbox over and over, each as its own worker, until the block ends."""
    stop = threading.Event()
    failed: list[Exception] = []

    def drain_over_and_over(number: int) -> None:
        context = open_context(Settings(profile=profile), store.url, f".{number}")
        try:
            while not stop.is_set():
                intake.drain(context, context.shards[0])
        except Exception as error:
            failed.append(error)
        finally:
            context.client.close()

    threads = [threading.Thread(target=drain_over_and_over, args=(number,)) for number in range(TASKS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []


def until_empty(context: Context) -> None:
    assert wait_until(lambda: context.shards[0].inbox.waiting() == 0, PATIENCE_SECONDS)


# Several tasks at once


def test_events_sent_back_to_back_take_effect_in_their_order(context: Context, store: Store) -> None:
    bookings = [f"B{number}" for number in range(40)]
    with tasks_draining(store):
        for booking in bookings:
            put(context, booked(booking, due_at=now() + HOUR))
            put(context, said("hold.placed", booking, hold_id="H1", kind="parole"))
            put(context, amended(booking, now(), facility="first"))
            put(
                context,
                amended(booking, now(), facility="second"),
                said("hold.lifted", booking, hold_id="H1"),
            )
            put(context, bail_posted(booking, now()))
            put(context, custody_requested(booking, now()))
        until_empty(context)
    for booking in bookings:
        record = the_record(context, booking)
        assert record.facts
        assert (record.facts.facility, record.holds, record.basis) == ("second", (), "bail"), booking
    assert sorted(alarms(context)) == sorted(("custody_refused", booking) for booking in bookings)
    assert audit_problems(context) == []


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_of_two_amendments_the_later_counts_also_across_a_border_between_batches(
    context: Context, store: Store, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(intake, "BATCH", batch)
    bookings = [f"B{number}" for number in range(15)]
    put(context, *(booked(booking, due_at=now() + HOUR) for booking in bookings))
    for facility in ("first", "second", "third"):
        put(context, *(amended(booking, now(), facility=facility) for booking in bookings))
    with tasks_draining(store):
        until_empty(context)
    facilities = {facts.facility for b in bookings if (facts := the_record(context, b).facts) is not None}
    assert facilities == {"third"}
    assert {the_record(context, booking).version for booking in bookings} == {4}


def test_a_copy_for_counsel_is_sent_wherever_counsel_was_named_before_ice_made_contact(store: Store) -> None:
    context = open_context(Settings(profile="ca-truth-2017"), store.url)
    bookings = [f"B{number}" for number in range(30)]
    with tasks_draining(store, "ca-truth-2017"):
        for booking in bookings:
            put(context, said("counsel.designated", booking, deliver_to="public-defender"))
            put(context, booked(booking, due_at=now() + 70 * HOUR))
            put(context, ice_contacted(booking, now(), requests=("hold",)))
        until_empty(context)
    copies = [
        event["subject"]
        for event in everything_sent(context)
        if (event["type"], event["audience"]) == ("custody.subject.ice_request_served.v1", "counsel")
    ]
    assert sorted(copies) == sorted(bookings)
    context.client.close()


def test_bail_before_ice_at_the_counter_releases_however_many_others_stand_before_it(
    context: Context, store: Store
) -> None:
    """The bail is the last entry of a batch, and ICE's request the first of the next."""
    others = [booked(f"other-{number}", due_at=now() + HOUR) for number in range(intake.BATCH - 2)]
    put(context, *others, booked("X", due_at=now() + HOUR), bail_posted("X", now()))
    put(context, custody_requested("X", now()))
    with tasks_draining(store):
        until_empty(context)
    assert (the_record(context, "X").state, the_record(context, "X").basis) == ("released", "bail")
    assert ("custody_refused", "X") in alarms(context)


# The pacemaker and the intake, in any order

INTERLEAVED: dict[str, Callable[[Pacemaker, Context], object]] = {
    "the pacemaker first": lambda pacemaker, context: pacemaker.beat(context),
    "the intake first": lambda _, context: intake.drain(context, context.shards[0]),
    "the timers alone": lambda _, context: fire_once(context),
}


def fire_once(context: Context) -> None:
    firing.fire(context, context.shards[0])


@pytest.mark.parametrize("begins", INTERLEAVED)
@pytest.mark.parametrize("batch", [1, 400])
def test_a_transfer_that_arrived_before_the_deadline_closes_the_record_though_nobody_worked_till_after_it(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begins: str, batch: int
) -> None:
    monkeypatch.setattr(intake, "BATCH", batch)
    deadline = now() - 60 * SECOND
    put_as_arrived(context, (deadline - HOUR, raw(booked("B1", due_at=deadline))))
    intake.drain(context, context.shards[0])
    transfer = said("person.transferred", "B1", transferred_at=deadline - 300 * SECOND, to="court")
    others = [raw(booked(f"other-{number}", due_at=now() + HOUR)) for number in range(5)]
    put_as_arrived(context, *((deadline - SECOND, text) for text in (*others, transfer)))
    pacemaker = Pacemaker(lambda: context, NoCelery(), helpers=1, data_dir=tmp_path)
    INTERLEAVED[begins](pacemaker, context)
    for _ in range(10):
        pacemaker.beat(context)
        intake.work_one_batch(context, context.shards[0])
        fire_once(context)
    record = the_record(context, "B1")
    assert (record.state, record.basis) == ("closed", "transferred")
    assert releases(context) == []
    assert context.shards[0].inbox.waiting() == 0


@pytest.mark.parametrize("batch", [1, 400])
@pytest.mark.parametrize("arrived_before_seconds", [0, 30, 120])
def test_whose_probable_cause_was_found_in_time_is_not_released_at_the_limit_that_waited_for_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, arrived_before_seconds: int
) -> None:
    """A booking 60 h old, past the 48 h for a finding, with its finding right behind it."""
    monkeypatch.setattr(intake, "BATCH", batch)
    context = open_context(Settings(profile="ca-values-2018"), store.url)
    arrested_at, arrival = now() - 60 * HOUR, now() - arrived_before_seconds * SECOND
    booking = booked("B1", due_at=now(), arrested_at=arrested_at, booked_at=arrested_at)
    finding = said("probable_cause.determined", "B1", determined_at=arrested_at + 20 * HOUR, outcome="found")
    put_as_arrived(context, (arrival, raw(booking)), (arrival + SECOND / 100, finding))
    pacemaker = Pacemaker(lambda: context, NoCelery(), helpers=1, data_dir=tmp_path)
    for _ in range(10):
        pacemaker.beat(context)
        fire_all(context)
        intake.work_one_batch(context, context.shards[0])
    record = the_record(context, "B1")
    assert record.state == "held"
    assert record.deadline
    assert record.deadline > now()
    assert record.governing_limit != "pc_determination_48h"
    assert ("late_on_arrival", "B1") in alarms(context)
    assert releases(context) == []
    context.client.close()


# The store's time


@pytest.mark.parametrize("off_by", [-2 * HOUR, 2 * HOUR], ids=["behind", "ahead"])
def test_events_are_judged_by_the_stores_time_whatever_the_workers_clock_says(
    context: Context, off_by: timedelta
) -> None:
    real = datetime.now(UTC)
    wrong = replace(context, clock=ScaledClock(real + off_by, real, 1))
    at = now()
    events = [
        *(
            booked(booking, due_at=at + HOUR)
            for booking in ("just-now", "in-future", "counter", "old-request")
        ),
        bail_posted("just-now", at),
        bail_posted("in-future", at + HOUR),
        custody_requested("counter", at),
        custody_requested("old-request", at - HOUR),
    ]
    take_in(wrong, *events)
    assert alarms(context) == [("time_doubtful", "in-future"), ("custody_request_expired", "old-request")]
    assert the_record(context, "just-now").entitled_at == at
    assert the_record(context, "counter").basis == "handed_over"
    assert abs(the_record(context, "counter").first_heard_at - at) < 10 * SECOND
