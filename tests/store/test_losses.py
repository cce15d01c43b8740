"""What the store has lost is counted, and stays until a person accepts it."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.bookings import bail_posted, booked, now
from tests.support.worker_by_hand import let_the_lease_expire, put, read_as_another, take_in
from worker.engine import intake
from worker.store import losses
from worker.store.context import Context
from worker.store.losses import Loss, RememberedIds

HOUR = timedelta(hours=1)


def bookings(count: int) -> list[bytes]:
    return [booked(f"B{number}", due_at=now() + HOUR).to_wire() for number in range(count)]


def lost(context: Context) -> list[int | None]:
    """How many entries each loss that waits is about."""
    shard = context.shards[0]
    losses.count(shard.client, shard.keys)
    return [loss.count for loss in losses.unaccepted(shard.client, shard.keys)]


def test_what_is_settled_is_no_loss(context: Context) -> None:
    take_in(context, *bookings(5), b"garbage", bail_posted("B1", now()), b"garbage")
    assert lost(context) == []


def test_an_entry_that_is_settled_twice_is_counted_once(context: Context) -> None:
    put(context, b"garbage", *bookings(2))
    stalled = read_as_another(context)
    let_the_lease_expire(context)
    intake.drain(context, context.shards[0])
    stalled.release()
    assert lost(context) == []
    take_in(context, *bookings(3))
    assert lost(context) == []


@pytest.mark.parametrize("how", ["XTRIM", "XDEL", "MAXLEN in an XADD"])
def test_unread_entries_that_somebody_deletes_are_a_loss(context: Context, how: str) -> None:
    inbox = context.shards[0].keys.inbox
    take_in(context, *bookings(2))
    ids = put(context, *bookings(5))
    match how:
        case "XTRIM":
            context.client.xtrim(inbox, maxlen=2, approximate=False)
        case "XDEL":
            context.client.xdel(inbox, *ids[1:4])
        case _:
            context.client.xadd(inbox, {"event": b"garbage"}, maxlen=3, approximate=False)
    assert lost(context) == [3]
    take_in(context)
    assert lost(context) == [3], "it is recorded once, and waits"


def test_entries_deleted_after_they_were_read_count_only_if_they_are_not_applied(context: Context) -> None:
    ids = put(context, *bookings(3))
    read_as_another(context)
    let_the_lease_expire(context)
    context.client.xdel(context.shards[0].keys.inbox, ids[0])
    intake.drain(context, context.shards[0])
    assert lost(context) == [1]


@pytest.mark.parametrize("settled_before", [0, 2])
def test_an_inbox_that_was_deleted_whole_is_a_loss_of_unknown_size(
    context: Context, settled_before: int
) -> None:
    take_in(context, *bookings(settled_before))
    put(context, *bookings(3))
    context.client.delete(context.shards[0].keys.inbox)
    assert lost(context) == [None]
    take_in(context, *bookings(1))
    assert lost(context) == [None]


def test_a_destroyed_group_is_no_loss(context: Context) -> None:
    put(context, *bookings(3))
    read_as_another(context)
    let_the_lease_expire(context)
    context.client.xgroup_destroy(context.shards[0].keys.inbox, "clock")
    take_in(context)
    assert lost(context) == []


def test_a_store_whose_counter_is_missing_begins_to_count(context: Context) -> None:
    take_in(context, *bookings(3))
    context.client.delete(context.shards[0].keys.settled)
    assert lost(context) == []
    take_in(context, *bookings(4))
    assert lost(context) == []


def test_an_accepted_loss_stays_with_the_name_of_who_accepted_it(context: Context) -> None:
    shard = context.shards[0]
    loss = Loss("gone", "records_vanished", 1)
    losses.record(shard.client, shard.keys, loss)
    losses.accept(shard.client, shard.keys, loss, "Sgt. Diaz")
    losses.record(shard.client, shard.keys, loss)
    assert losses.unaccepted(shard.client, shard.keys) == []
    assert [one.accepted_by for one in losses.every(shard.client, shard.keys)] == ["Sgt. Diaz"]


def test_the_stores_id_is_remembered_by_a_later_process(context: Context, tmp_path: Path) -> None:
    keys = context.shards[0].keys
    assert RememberedIds(tmp_path).of(keys) is None
    RememberedIds(tmp_path).remember(keys, "one")
    assert RememberedIds(tmp_path).of(keys) == "one"
    assert [path.name for path in tmp_path.iterdir()] == [losses.STORE_ID_FILE]
