"""The inbox: workers share it as a group, take over from a dead worker, and keep garbage whole."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis.exceptions import ResponseError

from events.addressing import shard_of
from tests.support.bookings import PROFILE, bail_posted, booked, ice_contacted, now, raw
from tests.support.worker_by_hand import Store, age, alarms, put, rejected, take_in, the_record
from worker.engine import intake
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import rejects
from worker.store.context import Context
from worker.store.inbox import CLAIM_AFTER_MS, PACEMAKER_SUFFIX, Inbox

HOUR = timedelta(hours=1)


def another(context: Context, consumer: str = "another") -> Inbox:
    """The inbox as another worker reads it."""
    return Inbox(context.client, context.shards[0].keys, consumer)


def waiting(context: Context) -> int:
    return context.shards[0].inbox.waiting()


# The group


def test_two_workers_share_the_inbox_and_claim_no_entry_twice(context: Context) -> None:
    ids = put(context, *(b"%d" % number for number in range(10)))
    here, there = context.shards[0].inbox.claim(6).deliveries, another(context).claim(6).deliveries
    assert [delivery.id for delivery in here + there] == ids
    assert another(context).claim(6).deliveries == []


def test_the_group_reads_from_the_beginning_and_is_created_once(store: Store) -> None:
    store.client.xadd("{custody:0}:inbox", {"event": raw(booked("B1", due_at=now() + HOUR))})
    for _ in range(2):
        context = open_context(Settings(profile=PROFILE), store.url)
        take_in(context)
        assert the_record(context, "B1").version == 1
        context.client.close()


def test_an_entry_leaves_the_inbox_once_it_is_processed(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), b"garbage")
    assert waiting(context) == 0
    assert context.client.xpending(context.shards[0].keys.inbox, "clock")["pending"] == 0
    put(context, booked("B2", due_at=now() + HOUR))
    assert waiting(context) == 1


# Taken over from a dead worker


def test_an_entry_that_a_worker_holds_is_left_to_it_for_a_while(context: Context) -> None:
    put(context, booked("B1", due_at=now() + HOUR))
    assert len(another(context).claim(10).deliveries) == 1
    age(context, CLAIM_AFTER_MS - 3_000)
    assert intake.drain(context, context.shards[0]) == 0
    assert waiting(context) == 1


def test_entries_of_a_dead_worker_are_processed_before_new_ones(context: Context) -> None:
    put(context, booked("B1", due_at=now() + HOUR))
    another(context).claim(10)
    put(context, bail_posted("B1", now()))
    age(context, CLAIM_AFTER_MS)
    assert intake.drain(context, context.shards[0]) == 2
    assert (the_record(context, "B1").state, the_record(context, "B1").version) == ("released", 2)
    assert waiting(context) == 0


def test_entries_of_a_dead_worker_can_be_claimed_soon_enough_to_be_processed_in_ten_seconds() -> None:
    assert CLAIM_AFTER_MS <= 8_000


def test_an_entry_deleted_before_it_was_processed_raises_an_alarm(context: Context) -> None:
    [lost, _] = put(context, booked("B1", due_at=now() + HOUR), booked("B2", due_at=now() + HOUR))
    another(context).claim(10)
    age(context, CLAIM_AFTER_MS)
    context.client.xdel(context.shards[0].keys.inbox, lost)
    intake.drain(context, context.shards[0])
    assert alarms(context) == [("event_set_aside", "clock")]
    assert the_record(context, "B2").state == "held"


def test_idle_consumers_are_forgotten_unless_they_hold_an_entry(context: Context) -> None:
    put(context, b"held")
    another(context, "holds").claim(1)
    another(context, "idle").claim(1)
    context.shards[0].inbox.forget_idle_consumers(-1)
    consumers = context.client.xinfo_consumers(context.shards[0].keys.inbox, "clock")
    assert [consumer["name"] for consumer in consumers] == [b"holds"]


def test_a_claim_returns_entries_of_dead_workers_then_new_ones_and_the_stores_time(
    context: Context,
) -> None:
    ids = put(context, *(b"%d" % number for number in range(8)))
    another(context).claim(5)
    age(context, CLAIM_AFTER_MS)
    before = context.store_now()
    taken = context.shards[0].inbox.claim(2)
    assert [delivery.id for delivery in taken.deliveries] == ids[:2] + ids[5:7]
    assert [delivery.raw for delivery in taken.deliveries] == [b"0", b"1", b"5", b"6"]
    assert before <= taken.store_now <= context.store_now()


def test_a_store_that_was_emptied_under_the_worker_is_an_error(context: Context) -> None:
    context.client.flushall()
    with pytest.raises(ResponseError, match="NOGROUP"):
        context.shards[0].inbox.claim(10)
    assert context.client.ping()


# Stalled


def test_an_inbox_is_stalled_when_an_entry_waits_and_no_task_asks_for_work(context: Context) -> None:
    inbox, patience_ms = context.shards[0].inbox, 60_000
    assert not inbox.is_stalled(patience_ms), "nothing waits"
    context.client.xadd(context.shards[0].keys.inbox, {"event": b"waits since 1970"}, id="1-1")
    assert inbox.is_stalled(patience_ms)
    another(context, f"host-1{PACEMAKER_SUFFIX}").claim(1)
    assert inbox.is_stalled(patience_ms), "a pacemaker is not a task"
    another(context, "host-1").claim(1)
    assert not inbox.is_stalled(patience_ms), "a task has just asked"


def test_an_inbox_is_not_stalled_by_an_entry_that_has_just_arrived(context: Context) -> None:
    put(context, b"just now")
    assert not context.shards[0].inbox.is_stalled(60_000)


# Garbage


def test_each_kind_of_garbage_is_rejected_with_its_reason_and_kept_byte_for_byte(context: Context) -> None:
    good = json.loads(raw(booked("B1", due_at=now() + HOUR)))
    arrested_at = good["data"]["arrested_at"]
    data = good["data"]

    def altered(**changes: object) -> bytes:
        return json.dumps(good | changes).encode()

    kinds = {
        b'{"specversion":"1.0",\xff': "not_json",
        b"": "not_json",
        b" " * 70_000: "too_large",
        b"[1]": "not_cloudevent",
        altered(specversion="0.3"): "not_cloudevent",
        altered(subject="no number!"): "not_cloudevent",
        altered(type="custody.clock.paused.v1"): "unknown_type",
        altered(data=data | {"citizenship": "x"}): "invalid_data",
        altered(data=data | {"arrested_at": "2016-11-18T10:00:00"}): "invalid_data",
        altered(time=(now() + HOUR).isoformat()): "future_time",
        altered(data=data | {"booked_at": (now() - 90 * HOUR).isoformat(), "arrested_at": arrested_at}): (
            "impossible_times"
        ),
    }
    take_in(context, *kinds, json.dumps(good).encode())
    assert rejected(context) == [(reason, text) for text, reason in kinds.items()]
    assert waiting(context) == 0
    assert the_record(context, "B1").version == 1


def test_an_entry_without_the_field_event_is_rejected_in_readable_form(context: Context) -> None:
    keys = context.shards[0].keys
    inbox_id = context.client.xadd(keys.inbox, {"evnet": "{}", "other": "\xff"})
    take_in(context, booked("B1", due_at=now() + HOUR))
    [item] = rejects.every(context.client, keys)
    assert (item.reason, item.inbox_id.encode()) == ("not_cloudevent", inbox_id)
    assert b"evnet" in item.event
    assert b"other" in item.event
    assert the_record(context, "B1").state == "held"


# On the wrong shard


@pytest.fixture
def four_shards(store: Store) -> Iterator[Context]:
    """An open context on a store of four shards."""
    context = open_context(Settings(profile=PROFILE, shards=4), store.url)
    yield context
    context.client.close()


def test_an_event_on_the_wrong_shard_is_moved_to_the_right_one_and_processed_there(
    four_shards: Context,
) -> None:
    number = next(f"B{number}" for number in range(100) if shard_of(f"B{number}", 4) == 2)
    put(four_shards, booked(number, due_at=now() + HOUR), shard=1)
    put(four_shards, ice_contacted(number, now()), shard=2)
    intake.drain(four_shards, four_shards.shards[1])
    assert four_shards.shards[1].inbox.waiting() == 0
    assert four_shards.shards[2].inbox.waiting() == 2
    intake.drain(four_shards, four_shards.shards[2])
    record = the_record(four_shards, number, shard=2)
    assert (record.state, len(record.contacts)) == ("held", 1)
    for shard in (0, 1, 3):
        assert not four_shards.client.exists(four_shards.shards[shard].keys.journal)


def test_moving_an_event_is_idempotent(four_shards: Context) -> None:
    number = next(f"B{number}" for number in range(100) if shard_of(f"B{number}", 4) == 3)
    event = booked(number, due_at=now() + HOUR)
    for shard in (0, 1, 3, 2):
        put(four_shards, event, shard=shard)
    take_in(four_shards)
    take_in(four_shards)
    assert the_record(four_shards, number, shard=3).version == 1
    assert sum(shard.inbox.waiting() for shard in four_shards.shards) == 0
