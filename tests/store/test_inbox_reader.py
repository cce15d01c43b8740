"""One reader a shard: a lease says who reads, its fence who may commit, and what was left comes first."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.bookings import booked, now
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import (
    Store,
    decide_now,
    everything,
    held,
    let_the_lease_expire,
    put,
    read_as_another,
    take_in,
    the_record,
)
from worker.store import inbox_reader, lease
from worker.store.commit import Commit, CommitOutcome
from worker.store.context import Context
from worker.store.inbox_reader import LEASE_MS, InboxReader

HOUR = timedelta(hours=1)


def ids(reader: InboxReader, most: int = 100) -> list[str] | None:
    """What a reader is given; None if nothing."""
    claimed = reader.read(most)
    return None if claimed is None else [delivery.id for delivery in claimed.deliveries]


def a_commit(context: Context, booking: str) -> Commit:
    return Commit(decide_now(context, booking, booked(booking, due_at=now() + HOUR)))


def outcome(context: Context, commit: Commit, fence: str | None) -> CommitOutcome:
    [answer] = context.shards[0].committer.commit([commit], now(), fence)
    return answer.outcome


# The lease


def test_while_one_reads_no_other_is_given_anything(context: Context) -> None:
    inbox = context.shards[0].inbox
    put_in = put(context, b"1", b"2")
    first, second = inbox.reader(), inbox.reader()
    assert ids(first, 1) == put_in[:1]
    assert ids(second) is None
    assert ids(first, 1) == put_in[:1], "it is not settled yet"


def test_a_reader_that_finds_nothing_holds_no_lease(context: Context) -> None:
    inbox = context.shards[0].inbox
    assert ids(inbox.reader()) is None
    put_in = put(context, b"1")
    assert ids(inbox.reader()) == put_in


def test_a_lease_that_is_renewed_keeps_its_fence_and_lasts_from_then_on(context: Context) -> None:
    keys, reader = context.shards[0].keys, context.shards[0].inbox.reader()
    put(context, b"1")
    reader.read(1)
    fence = context.client.get(keys.reader_fence)
    context.client.pexpire(keys.reader, 50)
    reader.read(1)
    assert context.client.get(keys.reader_fence) == fence == reader.fence.encode()
    assert LEASE_MS / 2 < context.client.pttl(keys.reader) <= LEASE_MS


def test_the_lease_of_a_dead_reader_expires_soon_enough_to_be_taken_over_in_ten_seconds(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LEASE_MS <= 5_000
    monkeypatch.setattr(inbox_reader, "LEASE_MS", 100)
    put_in = put(context, b"1")
    read_as_another(context)
    reader = context.shards[0].inbox.reader()
    assert wait_until(lambda: ids(reader) == put_in, 5.0)


def test_a_reader_gives_up_only_its_own_lease(context: Context) -> None:
    put_in = put(context, b"1")
    first = read_as_another(context)
    let_the_lease_expire(context)
    second = read_as_another(context)
    first.release()
    assert ids(context.shards[0].inbox.reader()) is None, "the second still reads"
    second.release()
    assert ids(context.shards[0].inbox.reader()) == put_in


# What it is given


def test_what_was_left_unsettled_comes_before_anything_new(context: Context) -> None:
    put_in = put(context, *(b"%d" % number for number in range(8)))
    read_as_another(context, most=5)
    let_the_lease_expire(context)
    reader = context.shards[0].inbox.reader()
    assert ids(reader, 3) == put_in[:3]
    assert ids(reader) == put_in[:5], "nothing is settled yet"


def test_entries_that_were_deleted_unsettled_are_counted_and_the_rest_still_comes_before_anything_new(
    context: Context,
) -> None:
    put_in = put(context, *(b"%d" % number for number in range(8)))
    read_as_another(context, most=6)
    let_the_lease_expire(context)
    context.client.xdel(context.shards[0].keys.inbox, *put_in[:4])
    reader, given, lost = context.shards[0].inbox.reader(), [], 0
    while not given:
        claimed = reader.read(2)
        assert claimed is not None
        given, lost = [delivery.id for delivery in claimed.deliveries], lost + claimed.lost
    assert (given, lost) == (put_in[4:6], 4)


def test_it_is_given_the_stores_time_once_all_of_them_were_there(context: Context) -> None:
    before = context.store_now()
    put(context, b"1")
    claimed = context.shards[0].inbox.reader().read(1)
    assert claimed is not None
    assert before <= claimed.store_now <= context.store_now()
    assert claimed.store_now >= context.arrived_at(claimed.deliveries[0].id)


def test_a_reader_that_stalled_reads_nothing_while_another_is_at_work(context: Context) -> None:
    inbox = context.shards[0].inbox
    put(context, b"1")
    stalled = read_as_another(context)
    let_the_lease_expire(context)
    second = inbox.reader()
    second.read(1)
    [_, new] = put(context, b"2", b"3")
    assert ids(stalled) is None
    assert held(context) == 1, "what is new is left to the second"
    settled = Commit(None, settles=(context.shards[0].inbox.oldest_id() or "",))
    assert outcome(context, settled, second.fence) == CommitOutcome.COMMITTED
    assert (ids(second) or [])[-1] == new


# The fence


def test_a_reader_that_was_overtaken_commits_nothing(context: Context, store: Store) -> None:
    put(context, b"1")
    stalled = read_as_another(context)
    late = a_commit(context, "B1")
    let_the_lease_expire(context)
    assert outcome(context, a_commit(context, "B2"), stalled.fence) == CommitOutcome.COMMITTED, (
        "nobody has taken over yet"
    )
    second = read_as_another(context)
    before = everything(context.shards[0])
    assert outcome(context, late, stalled.fence) == CommitOutcome.FENCED
    assert everything(context.shards[0]) == before
    second.release()
    assert outcome(context, late, stalled.fence) == CommitOutcome.FENCED, "nor once that one is done"
    assert outcome(context, late, second.fence) == CommitOutcome.COMMITTED
    assert the_record(context, "B1").state == "held"


def test_a_fence_is_never_valid_again_even_where_a_failover_lost_the_last_writes(context: Context) -> None:
    keys = context.shards[0].keys
    put(context, b"1")
    lost = read_as_another(context)
    context.client.delete(keys.reader, keys.reader_fence)
    read_as_another(context)
    assert outcome(context, a_commit(context, "B1"), lost.fence) == CommitOutcome.FENCED


def test_what_is_no_readers_commit_needs_no_fence(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    put(context, b"1")
    read_as_another(context)
    assert outcome(context, a_commit(context, "B2"), None) == CommitOutcome.COMMITTED


def test_an_idle_look_writes_nothing(context: Context) -> None:
    def writes() -> Any:
        return context.client.info("persistence")["aof_current_size"]

    context.shards[0].inbox.reader().read(10)
    before = writes()
    for _ in range(5):
        context.shards[0].inbox.reader().read(10)
    assert writes() == before


# A clock that is set back


def test_a_lease_that_nobody_renews_is_taken_over_whatever_its_expiry_says(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after the store's wall clock was set back by an hour."""
    seconds = [0.0]
    monkeypatch.setattr(lease.time, "monotonic", lambda: seconds[0])
    inbox, keys = context.shards[0].inbox, context.shards[0].keys
    put_in = put(context, b"1")
    dead = read_as_another(context)
    context.client.pexpire(keys.reader, 3_600_000)
    assert ids(inbox.reader()) is None
    seconds[0] += LEASE_MS / 1000 - 0.1
    dead.read(1)
    context.client.pexpire(keys.reader, 3_600_000)
    assert ids(inbox.reader()) is None, "it was renewed"
    seconds[0] += LEASE_MS / 1000 - 0.1
    assert ids(inbox.reader()) is None
    seconds[0] += 0.2
    second = inbox.reader()
    assert ids(second) == put_in
    assert ids(dead) is None
    settled = Commit(None, settles=(put_in[0],))
    assert outcome(context, settled, dead.fence) == CommitOutcome.FENCED
    assert outcome(context, settled, second.fence) == CommitOutcome.COMMITTED


def test_entries_that_the_group_was_moved_past_are_read_all_the_same(context: Context) -> None:
    put_in = put(context, b"1", b"2")
    context.client.xgroup_setid(context.shards[0].keys.inbox, "clock", "$")
    assert ids(context.shards[0].inbox.reader()) == put_in
