"""A poison message holds up what is newer until it is set aside, and nothing after that."""

from datetime import timedelta
from typing import Any

import pytest
from redis.exceptions import ConnectionError as StoreConnectionError

from events import inbound, parse
from tests.support.bookings import bail_posted, booked, departed, ice_contacted, now, raw
from tests.support.waiting_alarms import alarms_waiting
from tests.support.worker_by_hand import alarms, held, put, rejected, take_in, the_record
from worker.custody import decide
from worker.engine import apply, intake, sorting
from worker.store import records
from worker.store.context import Context

HOUR = timedelta(hours=1)
HANDLERS: dict[Any, Any] = decide._HANDLERS


def fail(*_: object) -> None:
    """A handler with a defect."""
    raise RuntimeError("a defect")


@pytest.fixture
def departures_break(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core has a defect: it fails on every departure."""
    monkeypatch.setitem(HANDLERS, inbound.PersonDeparted, fail)


def deliver(context: Context) -> int:
    """Work the inbox as one signal does; return how many entries were worked."""
    return intake.drain(context, context.shards[0])


def waiting(context: Context) -> int:
    return context.shards[0].inbox.waiting()


@pytest.mark.usefixtures("departures_break")
def test_a_poison_event_is_set_aside_at_its_third_delivery_and_what_is_newer_about_its_booking_waits_for_that(
    context: Context,
) -> None:
    poison = departed("B1", now())
    put(
        context,
        booked("B1", due_at=now() + HOUR),
        poison,
        bail_posted("B1", now()),
        booked("B2", due_at=now() + HOUR),
    )
    for _ in range(2):
        deliver(context)
        assert the_record(context, "B1").state == "held"
        assert the_record(context, "B2").state == "held"
        assert (rejected(context), alarms(context), waiting(context)) == ([], [], 2)
    deliver(context)
    assert rejected(context) == [("set_aside", raw(poison))]
    assert alarms(context) == [("event_set_aside", "B1")]
    assert the_record(context, "B1").state == "released"
    assert waiting(context) == 0


@pytest.mark.usefixtures("departures_break")
def test_nothing_newer_is_read_before_a_failed_event_has_been_tried_again(context: Context) -> None:
    put(context, booked("B1", due_at=now() + HOUR), departed("B1", now()))
    deliver(context)
    put(context, booked("B2", due_at=now() + HOUR))
    deliver(context)
    assert records.load_one(context.client, context.shards[0].keys, "B2") is None
    assert held(context) == 1
    deliver(context)
    assert the_record(context, "B2").state == "held"
    assert len(rejected(context)) == 1


@pytest.mark.usefixtures("departures_break")
def test_each_of_several_poison_events_is_set_aside_and_alarmed_by_booking(
    context: Context,
) -> None:
    poison = [departed("B1", now()), departed("B1", now()), departed("B2", now())]
    take_in(context, booked("B1", due_at=now() + HOUR), booked("B2", due_at=now() + HOUR), *poison)
    assert [text for _, text in rejected(context)] == [raw(event) for event in poison]
    assert alarms(context) == [("event_set_aside", booking) for booking in ("B1", "B2")]
    assert alarms_waiting(context) == [("event_set_aside", "B1", 2), ("event_set_aside", "B2", 1)]


def test_an_event_set_aside_is_applied_once_the_defect_is_gone(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setitem(HANDLERS, inbound.PersonDeparted, fail)
        take_in(context, booked("B1", due_at=now() + HOUR), departed("B1", now()))
    [(_, text)] = rejected(context)
    take_in(context, text)
    assert the_record(context, "B1").departed_at is not None


def test_an_unreadable_record_holds_up_no_other_and_its_events_are_kept(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), booked("B2", due_at=now() + HOUR))
    key = context.shards[0].keys.record("B1")
    whole = context.client.hget(key, "doc") or b""
    context.client.hset(key, "doc", whole[:-1])
    contact = ice_contacted("B1", now())
    put(context, contact, bail_posted("B2", now()))
    deliver(context)
    assert the_record(context, "B2").state == "released"
    for _ in range(2):
        deliver(context)
    assert rejected(context) == [("set_aside", raw(contact))]
    context.client.hset(key, "doc", whole)
    take_in(context, raw(contact))
    assert len(the_record(context, "B1").contacts) == 1


def test_an_event_that_the_parser_fails_on_is_set_aside_too_and_holds_up_its_booking_until_then(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse_or_fail(text: bytes) -> parse.Parsed | parse.Rejection:
        if b"departed" in text:
            raise RecursionError("a defect")
        return parse.parse(text)

    monkeypatch.setattr(sorting, "parse", parse_or_fail)
    poison = departed("B1", now())
    put(context, booked("B1", due_at=now() + HOUR), poison, bail_posted("B1", now()))
    put(context, booked("B2", due_at=now() + HOUR))
    for _ in range(2):
        deliver(context)
        assert (the_record(context, "B1").state, the_record(context, "B2").state) == ("held", "held")
    deliver(context)
    assert rejected(context) == [("set_aside", raw(poison))]
    assert alarms(context) == [("event_set_aside", "B1")]
    assert the_record(context, "B1").state == "released"


def test_an_event_that_others_keep_overtaking_is_tried_again_before_anything_newer(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    with monkeypatch.context() as overtaken:
        overtaken.setattr(apply, "_ATTEMPTS", 0)
        put(context, ice_contacted("B1", now()), bail_posted("B1", now()))
        assert deliver(context) == 2
    assert (the_record(context, "B1").version, waiting(context)) == (1, 2)
    deliver(context)
    assert the_record(context, "B1").state == "released"
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
    deliver(context)
    assert the_record(context, "B1").state == "held"
    assert rejected(context) == []
