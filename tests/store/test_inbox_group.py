"""The inbox: workers share it as a group, take over from a dead worker, and keep garbage whole."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from events.addressing import shard_of
from tests.support.bookings import PROFILE, bail_posted, booked, ice_contacted, now, raw
from tests.support.worker_by_hand import (
    Store,
    alarms,
    held,
    let_the_lease_expire,
    put,
    read_as_another,
    rejected,
    take_in,
    the_record,
)
from worker.engine import intake
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import rejects
from worker.store.context import Context
from worker.store.keys import INBOX_GROUP

HOUR = timedelta(hours=1)


def waiting(context: Context) -> int:
    return context.shards[0].inbox.waiting()


# The group


def test_the_group_reads_from_the_beginning_and_is_created_once(store: Store) -> None:
    store.client.xadd("{custody:0}:inbox", {"event": raw(booked("B1", due_at=now() + HOUR))})
    for _ in range(2):
        context = open_context(Settings(profile=PROFILE), store.url)
        take_in(context)
        assert the_record(context, "B1").version == 1
        context.client.close()


def test_an_entry_leaves_the_inbox_once_it_is_processed(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), b"garbage")
    assert (waiting(context), held(context)) == (0, 0)
    put(context, booked("B2", due_at=now() + HOUR))
    assert waiting(context) == 1


def test_entries_of_a_dead_worker_are_processed_before_new_ones(context: Context) -> None:
    put(context, booked("B1", due_at=now() + HOUR))
    read_as_another(context)
    put(context, bail_posted("B1", now()))
    let_the_lease_expire(context)
    assert intake.drain(context, context.shards[0]) == 2
    assert (the_record(context, "B1").state, the_record(context, "B1").version) == ("released", 2)
    assert waiting(context) == 0


def test_an_entry_deleted_before_it_was_processed_raises_an_alarm(context: Context) -> None:
    [lost, _] = put(context, booked("B1", due_at=now() + HOUR), booked("B2", due_at=now() + HOUR))
    read_as_another(context)
    let_the_lease_expire(context)
    context.client.xdel(context.shards[0].keys.inbox, lost)
    intake.drain(context, context.shards[0])
    assert alarms(context) == [("events_lost", "clock")]
    assert the_record(context, "B2").state == "held"


def test_idle_consumers_are_forgotten_unless_they_hold_an_entry(context: Context) -> None:
    put(context, b"held")
    read_as_another(context, "holds").release()
    inbox = context.shards[0].keys.inbox
    context.client.xgroup_createconsumer(inbox, "clock", "idle")
    context.shards[0].inbox.forget_idle_consumers(60_000)
    assert len(context.client.xinfo_consumers(inbox, "clock")) == 2
    context.shards[0].inbox.forget_idle_consumers(-1)
    assert [one["name"] for one in context.client.xinfo_consumers(inbox, "clock")] == [b"holds"]


@pytest.mark.parametrize("how", ["flushall", "group destroyed"])
def test_the_group_is_made_again_where_somebody_has_removed_it(context: Context, how: str) -> None:
    keys = context.shards[0].keys
    put(context, booked("before", due_at=now() + HOUR))
    read_as_another(context)
    if how == "flushall":
        context.client.flushall()
    else:
        context.client.xgroup_destroy(keys.inbox, INBOX_GROUP)
        let_the_lease_expire(context)
    take_in(context, booked("after", due_at=now() + HOUR))
    assert the_record(context, "after").state == "held"
    assert context.client.exists(keys.record("before")) == (how != "flushall")
    assert waiting(context) == 0


# Garbage


def test_each_kind_of_garbage_is_rejected_with_its_reason_and_kept_up_to_64_kib(context: Context) -> None:
    good = json.loads(raw(booked("B1", due_at=now() + HOUR)))
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
        altered(data=data | {"arrested_at": "2016-11-18T10:00:00"}): "invalid_data",
    }
    take_in(context, *kinds, json.dumps(good).encode())
    assert rejected(context) == [(reason, text[:65_536]) for text, reason in kinds.items()]
    assert waiting(context) == 0
    assert the_record(context, "B1").version == 1


def test_an_event_that_is_merely_doubtful_takes_effect(context: Context) -> None:
    good = json.loads(raw(booked("B1", due_at=now() + HOUR)))
    long_before = good["data"] | {"arrested_at": (now() - 90 * HOUR).isoformat()}
    doubtful: list[dict[str, Any]] = [
        good | {"subject": "B1", "time": (now() + HOUR).isoformat()},
        good | {"subject": "B2", "data": good["data"] | {"citizenship": "x"}},
        good | {"subject": "B3", "data": long_before | {"booked_at": (now() - 91 * HOUR).isoformat()}},
    ]
    take_in(context, *(json.dumps(event).encode() for event in doubtful))
    assert rejected(context) == []
    assert [the_record(context, booking).state for booking in ("B1", "B2", "B3")] == ["held"] * 3


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
