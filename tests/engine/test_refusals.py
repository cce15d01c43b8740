"""The watch hears of each refusal: with source, reason, booking and type where they can be read."""

from datetime import timedelta
from hashlib import sha256

from tests.support.bookings import bail_posted, booked, now, raw
from tests.support.waiting_alarms import acknowledge_all, stored
from tests.support.worker_by_hand import alarms, everything_sent, put, rejected, take_in
from worker.engine import intake
from worker.engine.refusals import REFUSED_QUIET_SECONDS
from worker.store import rejects
from worker.store.context import Context

HOUR = timedelta(hours=1)


def details(context: Context) -> list[str]:
    sent = everything_sent(context)
    return [event["data"]["detail"] for event in sent if event["data"].get("code") == "event_refused"]


def test_a_refusal_names_source_type_reason_and_booking(context: Context) -> None:
    take_in(context, raw(bail_posted("B1", now())).replace(b"posted_at", b"posted"))
    assert alarms(context) == [("event_refused", "B1")]
    (detail,) = details(context)
    for part in ("urn:test:jms", "custody.bail.posted.v1", "invalid_data", "1 today", "B1"):
        assert part in detail


def test_what_cannot_be_read_at_all_is_an_alarm_of_the_service(context: Context) -> None:
    take_in(context, b"garbage")
    assert alarms(context) == [("event_refused", "clock")]


def test_many_of_a_kind_are_one_alarm_with_their_count(context: Context) -> None:
    booking = raw(booked("B1", due_at=now() + HOUR))
    take_in(context, *(booking.replace(b"created", b"eaten") for _ in range(3)), booking[:-9])
    assert sorted(alarms(context)) == [("event_refused", "B1"), ("event_refused", "B1")]
    assert len(rejected(context)) == 4
    assert ["3 today" in detail for detail in details(context)].count(True) == 1


def test_a_kind_is_quiet_for_a_minute_and_then_counted_on(context: Context) -> None:
    take_in(context, b"garbage")
    take_in(context, b"more of it")
    assert len(details(context)) == 1
    quiet = context.shards[0].keys.alarmed("event_refused::not_json")
    assert 0 < context.client.ttl(quiet) <= REFUSED_QUIET_SECONDS
    context.client.delete(quiet)
    take_in(context, b"and again")
    assert len(details(context)) == 1, "while the alarm waits, the next one counts"
    [(_, alarm)] = stored(context)
    assert alarm.count == 2
    assert "3 today" in alarm.detail
    assert "1 today" in alarm.earlier[0]


def test_the_next_refusal_after_an_acknowledgement_is_a_new_alarm_however_soon_it_comes(
    context: Context,
) -> None:
    take_in(context, b"garbage")
    acknowledge_all(context)
    take_in(context, b"more of it")
    assert len(details(context)) == 2


def test_no_content_of_an_event_is_in_the_alarm(context: Context) -> None:
    secret = b'{"type": "a description of somebody", "source": "Jane Doe", "subject": "Jane Doe"'
    take_in(context, secret)
    (detail,) = details(context)
    assert "Jane" not in detail
    assert "somebody" not in detail


def test_a_refusal_whose_commit_was_lost_is_alarmed_all_the_same(context: Context) -> None:
    put(context, b"garbage")
    entry = context.shards[0].inbox.oldest_id()
    assert entry is not None
    # As if this entry had been worked before, and its commit had not arrived.
    context.client.set(context.shards[0].keys.alarmed("event_refused::not_json"), entry, ex=60)
    intake.drain(context, context.shards[0])
    assert alarms(context) == [("event_refused", "clock")]


def test_an_event_that_is_too_large_is_kept_by_its_beginning_its_length_and_its_digest(
    context: Context,
) -> None:
    large = raw(bail_posted("B1", now())) + b" " * 70_000
    data_first = b'{"data": {"note": "' + b"x" * 70_000 + b'"}, "subject": "B2"}'
    take_in(context, large, data_first)
    found = rejects.every(context.client, context.shards[0].keys)
    for event, kept in zip((large, data_first), found, strict=True):
        assert kept.reason == "too_large"
        assert kept.event == event[:65_536]
        assert f"of {len(event)} bytes with the SHA-256 {sha256(event).hexdigest()} " in kept.detail
        assert not kept.is_whole
        assert kept.detail.endswith("; booking B2") == (event is data_first)


def test_an_entry_without_an_event_is_kept_by_its_beginning_too(context: Context) -> None:
    context.client.xadd(context.shards[0].keys.inbox, {"payload": "y" * 70_000})
    take_in(context)
    [(reason, kept)] = rejected(context)
    assert (reason, len(kept)) == ("too_large", 65_536)
