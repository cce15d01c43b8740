"""A poison message holds up neither the other events of its booking nor any other booking."""

from datetime import timedelta
from typing import Any

import pytest
from redis.exceptions import ConnectionError as StoreConnectionError

from events import inbound
from tests.support.bookings import bail_posted, booked, departed, ice_contacted, now, raw
from tests.support.worker_by_hand import age, alarms, put, rejected, take_in, the_record
from worker.custody import decide
from worker.engine import intake
from worker.store.context import Context
from worker.store.inbox import CLAIM_AFTER_MS

HOUR = timedelta(hours=1)
HANDLERS: dict[Any, Any] = decide._HANDLERS


def fail(*_: object) -> None:
    """A handler with a defect."""
    raise RuntimeError("a defect")


@pytest.fixture
def departures_break(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core has a defect: it fails on every departure."""
    monkeypatch.setitem(HANDLERS, inbound.PersonDeparted, fail)


def deliver_again(context: Context) -> None:
    """Another worker takes over what was left."""
    age(context, CLAIM_AFTER_MS)
    intake.drain(context, context.shards[0])


@pytest.mark.usefixtures("departures_break")
def test_a_poison_event_is_set_aside_at_its_third_delivery_and_the_others_are_applied_at_once(
    context: Context,
) -> None:
    poison = departed("B1", now())
    take_in(
        context,
        booked("B1", due_at=now() + HOUR),
        poison,
        bail_posted("B1", now()),
        booked("B2", due_at=now() + HOUR),
    )
    assert the_record(context, "B1").state == "released"
    assert the_record(context, "B2").state == "held"
    assert context.shards[0].inbox.waiting() == 1
    deliver_again(context)
    assert (rejected(context), alarms(context)) == ([], [])
    deliver_again(context)
    assert rejected(context) == [("set_aside", raw(poison))]
    assert alarms(context) == [("event_set_aside", "B1")]
    assert context.shards[0].inbox.waiting() == 0


@pytest.mark.usefixtures("departures_break")
def test_each_of_several_poison_events_is_set_aside_with_its_own_alarm(context: Context) -> None:
    poison = [departed("B1", now()), departed("B1", now()), departed("B2", now())]
    take_in(context, booked("B1", due_at=now() + HOUR), booked("B2", due_at=now() + HOUR), *poison)
    for _ in range(2):
        deliver_again(context)
    assert [text for _, text in rejected(context)] == [raw(event) for event in poison]
    assert alarms(context) == [("event_set_aside", booking) for booking in ("B1", "B1", "B2")]


def test_an_event_set_aside_is_applied_once_the_defect_is_gone(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setitem(HANDLERS, inbound.PersonDeparted, fail)
        take_in(context, booked("B1", due_at=now() + HOUR), departed("B1", now()))
        for _ in range(2):
            deliver_again(context)
    [(_, text)] = rejected(context)
    take_in(context, text)
    assert the_record(context, "B1").departed_at is not None


def test_an_unreadable_record_holds_up_no_other_and_its_events_are_kept(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), booked("B2", due_at=now() + HOUR))
    key = context.shards[0].keys.record("B1")
    whole = context.client.hget(key, "doc") or b""
    context.client.hset(key, "doc", whole[:-1])
    contact = ice_contacted("B1", now())
    take_in(context, contact, bail_posted("B2", now()))
    assert the_record(context, "B2").state == "released"
    for _ in range(2):
        deliver_again(context)
    assert rejected(context) == [("set_aside", raw(contact))]
    context.client.hset(key, "doc", whole)
    take_in(context, raw(contact))
    assert len(the_record(context, "B1").contacts) == 1


def test_no_event_is_set_aside_because_the_store_goes_away(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(context, booked("B1", due_at=now() + HOUR))

    def gone(*_: object) -> None:
        raise StoreConnectionError("gone")

    with monkeypatch.context() as unreachable:
        unreachable.setattr(type(context.shards[0].committer), "commit", gone)
        for _ in range(5):
            with pytest.raises(StoreConnectionError):
                intake.work_one_batch(context, context.shards[0])
            age(context, CLAIM_AFTER_MS)
    deliver_again(context)
    assert the_record(context, "B1").state == "held"
    assert rejected(context) == []
