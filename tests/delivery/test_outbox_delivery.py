"""Notices are delivered in order, at least once, by one worker at a time; a dead worker's are sent again."""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ConnectionError as StoreConnectionError

from events.outbound import Outbound
from tests.support.bookings import bail_posted, booked, ice_contacted, now
from tests.support.worker_by_hand import alarms, everything_sent, take_in
from worker.delivery import deliver as deliver_module
from worker.delivery.deliver import TASK_SECONDS, deliver
from worker.delivery.sinks.file import FileSink
from worker.engine.chores import standstill as standstill_module
from worker.engine.chores.deliver import Deliver
from worker.store import lease as lease_module
from worker.store import undelivered
from worker.store.context import Context
from worker.store.keys import DELIVERY_GROUP
from worker.store.outbox import LEASE_SECONDS
from worker.store.outbox import every as every_notice

HOUR = timedelta(hours=1)


class Collector:
    """Keeps what it is given; the first so many times it fails, after it has taken the batch."""

    def __init__(self, failures: int = 0) -> None:
        self.taken: list[str] = []
        self._failures = failures

    def deliver(self, notices: Sequence[tuple[Outbound, bytes]]) -> None:
        self.taken += [notice.id for notice, _ in notices]
        if self._failures:
            self._failures -= 1
            raise OSError("the receiver is away")


class SlowCollector(Collector):
    """Calls `meanwhile` before it takes a batch."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def deliver(self, notices: Sequence[tuple[Outbound, bytes]]) -> None:
        self._meanwhile()
        super().deliver(notices)


@pytest.fixture
def notices(context: Context) -> list[str]:
    """The ids of the notices that wait, in order."""
    for number in range(5):
        booking = f"B{number}"
        take_in(context, booked(booking, due_at=now() + HOUR), ice_contacted(booking, now()))
        take_in(context, bail_posted(booking, now()))
    return [event["id"] for event in everything_sent(context)]


def test_notices_are_delivered_once_and_in_order(context: Context, notices: list[str]) -> None:
    outbox, receiver = context.shards[0].outbox, Collector()
    assert outbox.waiting() == len(notices) == 15
    assert deliver(outbox, [receiver]) == 15
    assert deliver(outbox, [receiver]) == 0
    assert receiver.taken == notices
    assert outbox.waiting() == 0
    assert context.client.xlen(context.shards[0].keys.outbox) == 15, "the outbox is kept"


def test_a_later_notice_is_delivered_by_the_next_call(context: Context, notices: list[str]) -> None:
    receiver = Collector()
    deliver(context.shards[0].outbox, [receiver])
    take_in(context, booked("B9", due_at=now() + HOUR), bail_posted("B9", now()))
    assert context.shards[0].outbox.waiting() == 1
    assert deliver(context.shards[0].outbox, [receiver]) == 1


def test_notices_of_a_delivery_that_failed_are_delivered_again(context: Context, notices: list[str]) -> None:
    outbox, receiver = context.shards[0].outbox, Collector(failures=1)
    with pytest.raises(OSError, match="away"):
        deliver(outbox, [receiver])
    assert outbox.waiting() == 15
    assert deliver(outbox, [receiver]) == 15
    assert receiver.taken == notices * 2


def test_every_sink_gets_every_notice_even_if_another_fails_at_first(
    context: Context, notices: list[str]
) -> None:
    outbox, first, second = context.shards[0].outbox, Collector(failures=1), Collector()
    with pytest.raises(OSError, match="away"):
        deliver(outbox, [first, second])
    deliver(outbox, [first, second])
    assert second.taken == notices


def test_notices_are_on_disk_before_they_count_as_delivered(
    context: Context, notices: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, path, synced = context.shards[0].outbox, tmp_path / "notices.jsonl", []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        fsync(descriptor)
        synced.append((os.fstat(descriptor).st_size, outbox.waiting()))

    monkeypatch.setattr(os, "fsync", record)
    deliver(outbox, [FileSink(path)])
    assert synced == [(path.stat().st_size, 15)], "all of it is synced while all of it still waits"
    assert outbox.waiting() == 0


def test_only_the_holder_of_the_lease_delivers(context: Context, notices: list[str]) -> None:
    outbox, receiver = context.shards[0].outbox, Collector()
    lease = outbox.lease()
    assert lease.acquire()
    assert deliver(outbox, [receiver]) == 0
    lease.release()
    assert deliver(outbox, [receiver]) == 15


def test_the_lease_of_a_dead_worker_expires_within_ten_seconds_and_its_notices_are_sent_again(
    context: Context, notices: list[str]
) -> None:
    outbox, keys, receiver = context.shards[0].outbox, context.shards[0].keys, Collector()
    assert outbox.lease().acquire()
    assert len(outbox.fresh(200)) == 15
    assert 0 < context.client.pttl(keys.delivery_lease) <= 10_000
    context.client.delete(keys.delivery_lease)
    assert deliver(outbox, [receiver]) == 15
    assert receiver.taken == notices


@pytest.mark.parametrize("other_fails", [False, True])
def test_a_worker_that_loses_the_lease_leaves_the_rest_to_the_new_holder_and_no_notice_is_lost(
    context: Context, notices: list[str], monkeypatch: pytest.MonkeyPatch, other_fails: bool
) -> None:
    monkeypatch.setattr(deliver_module, "BATCH", 5)
    outbox, keys = context.shards[0].outbox, context.shards[0].keys
    holder, receiver = outbox.lease(), Collector()

    def lose_the_lease() -> None:
        context.client.delete(keys.delivery_lease)
        assert holder.acquire()
        [first, *_] = outbox.unfinished(5)
        if not other_fails:
            receiver.deliver([(deliver_module._ADAPTER.validate_json(first.event), first.event)])
            outbox.settle([first])

    slow = SlowCollector(meanwhile=lose_the_lease)
    assert deliver(outbox, [slow]) == 5
    assert slow.taken == notices[:5], "it leaves alone what the new holder may be delivering"
    held = context.client.get(keys.delivery_lease) or b""
    assert held.split()[0] == holder.token.encode(), "the lease is left to its holder"
    assert outbox.waiting() == 10
    holder.release()
    assert deliver(outbox, [receiver]) == 10
    assert set(slow.taken + receiver.taken) == set(notices)
    assert outbox.waiting() == 0


def test_after_the_lease_is_lost_no_notice_is_settled_that_only_some_sinks_have_taken(
    context: Context, notices: list[str]
) -> None:
    outbox, keys = context.shards[0].outbox, context.shards[0].keys
    slow = SlowCollector(meanwhile=lambda: context.client.delete(keys.delivery_lease))
    with pytest.raises(OSError, match="away"):
        deliver(outbox, [slow, Collector(failures=1)])
    assert outbox.waiting() == 15
    receiver = Collector()
    assert deliver(outbox, [receiver]) == 15
    assert receiver.taken == notices


def test_a_delivery_ends_after_a_second_so_that_a_worker_can_stop(
    context: Context, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver_module, "BATCH", 5)
    seconds = [0.0]
    monkeypatch.setattr(deliver_module.time, "monotonic", lambda: seconds[0])
    outbox, keys = context.shards[0].outbox, context.shards[0].keys

    def time_passes() -> None:
        seconds[0] += TASK_SECONDS / 2

    slow = SlowCollector(meanwhile=time_passes)
    assert deliver(outbox, [slow]) == 10
    assert not context.client.exists(keys.delivery_lease), "another may go on at once"
    assert deliver(outbox, [slow]) == 5
    assert slow.taken == notices


def test_another_system_may_read_the_outbox_with_its_own_group(context: Context, notices: list[str]) -> None:
    keys = context.shards[0].keys
    context.client.xgroup_create(keys.outbox, "jms", id="0")
    deliver(context.shards[0].outbox, [Collector()])
    assert context.client.xlen(keys.outbox) == 15
    [jms] = [group for group in context.client.xinfo_groups(keys.outbox) if group["name"] == b"jms"]
    assert jms["lag"] == 15


def test_the_file_has_each_notice_whole_and_only_its_owner_may_read_it(
    context: Context, notices: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "data" / "notices.jsonl"
    deliver(context.shards[0].outbox, [FileSink(path)])
    assert [json.loads(line) for line in path.read_text().splitlines()] == everything_sent(context)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_that_a_killed_worker_left_unfinished_spoils_no_notice(
    context: Context, notices: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "notices.jsonl"
    path.write_bytes(b'{"specversion":"1.0","id":"half of a')
    deliver(context.shards[0].outbox, [FileSink(path)])
    readable = []
    for line in path.read_text().splitlines():
        try:
            readable.append(json.loads(line)["id"])
        except json.JSONDecodeError:
            continue
    assert readable == notices


# What waits


def test_the_oldest_notice_that_waits_is_known_whoever_has_taken_it(
    context: Context, notices: list[str]
) -> None:
    outbox = context.shards[0].outbox
    oldest = outbox.oldest_waiting()
    assert oldest
    [first, *_] = outbox.fresh(200)
    assert outbox.oldest_waiting() == first.id == oldest
    assert deliver(outbox, [Collector()]) == 15
    assert outbox.oldest_waiting() is None
    take_in(context, booked("B9", due_at=now() + HOUR), bail_posted("B9", now()))
    assert outbox.oldest_waiting()


# What stops no other notice


def test_entries_deleted_under_a_delivery_are_kept_for_a_person_and_the_rest_is_delivered(
    context: Context, notices: list[str]
) -> None:
    outbox, keys, receiver = context.shards[0].outbox, context.shards[0].keys, Collector()
    taken = outbox.fresh(4)
    context.client.xdel(keys.outbox, taken[1].id)
    context.client.xtrim(keys.outbox, minid=taken[1].id, approximate=False)
    assert deliver(outbox, [receiver]) == 13
    assert receiver.taken == notices[2:]
    assert list(undelivered.every(context.client, keys)) == [taken[0].id, taken[1].id]
    assert outbox.oldest_waiting() is None


@pytest.mark.parametrize("fields", [{"evnet": "{}"}, {"event": "{"}, {"event": '{"type":"of.tomorrow"}'}])
def test_an_entry_in_which_no_notice_can_be_read_stops_no_other(
    context: Context, notices: list[str], fields: dict[Any, Any]
) -> None:
    outbox, keys, receiver = context.shards[0].outbox, context.shards[0].keys, Collector()
    foreign = context.client.xadd(keys.outbox, fields)
    take_in(context, booked("B9", due_at=now() + HOUR), bail_posted("B9", now()))
    assert deliver(outbox, [receiver]) == 16
    assert receiver.taken[:15] == notices
    assert [id_.encode() for id_ in undelivered.every(context.client, keys)] == [foreign]
    assert context.client.xlen(keys.outbox) == 17, "it is kept"
    assert [id_ for id_, _ in every_notice(context.client, keys)]


@pytest.mark.parametrize("removed", ["trimmed", "deleted"])
def test_notices_that_are_removed_unread_are_missed(
    context: Context, notices: list[str], removed: str
) -> None:
    outbox, keys = context.shards[0].outbox, context.shards[0].keys
    deliver(outbox, [Collector()])
    take_in(context, *(booked(f"C{number}", due_at=now() + HOUR) for number in range(3)))
    take_in(context, *(bail_posted(f"C{number}", now()) for number in range(3)))
    ids = [id_ for id_, _ in every_notice(context.client, keys)]
    if removed == "trimmed":
        context.client.xtrim(keys.outbox, minid=ids[-1], approximate=False)
    else:
        context.client.xdel(keys.outbox, *ids[-3:-1])
    assert deliver(outbox, [Collector()]) == 1
    [reason] = undelivered.every(context.client, keys).values()
    assert reason == "2 notices were removed from the outbox before they were delivered"
    assert deliver(outbox, [Collector()]) == 0
    assert len(undelivered.every(context.client, keys)) == 1, "once"


def test_a_group_that_was_destroyed_goes_on_behind_the_last_notice_settled(
    context: Context, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver_module, "BATCH", 5)
    outbox, keys, receiver = context.shards[0].outbox, context.shards[0].keys, Collector()
    outbox.settle(outbox.fresh(5))
    assert len(outbox.fresh(5)) == 5, "taken and not settled"
    context.client.xgroup_destroy(keys.outbox, DELIVERY_GROUP)
    assert outbox.oldest_waiting()
    assert deliver(outbox, [receiver]) == 10
    assert receiver.taken == notices[5:]
    assert undelivered.every(context.client, keys) == {}


def test_after_the_outbox_was_deleted_new_notices_are_delivered(context: Context, notices: list[str]) -> None:
    outbox, keys, receiver = context.shards[0].outbox, context.shards[0].keys, Collector()
    deliver(outbox, [Collector()])
    context.client.delete(keys.outbox)
    assert outbox.oldest_waiting() is None
    context.client.xadd(keys.outbox, {"event": "{}"}, id="1-1")  # the store's clock was set back as well
    context.client.delete(keys.outbox)
    take_in(context, booked("B9", due_at=now() + HOUR), bail_posted("B9", now()))
    assert outbox.oldest_waiting()
    assert deliver(outbox, [receiver]) == 1


def test_a_new_outbox_whose_clock_is_behind_is_delivered_from_its_beginning(
    context: Context, notices: list[str]
) -> None:
    outbox, keys, receiver = context.shards[0].outbox, context.shards[0].keys, Collector()
    [first, *_] = (event for _, event in every_notice(context.client, keys))
    deliver(outbox, [Collector()])
    context.client.delete(keys.outbox)
    context.client.xadd(keys.outbox, {"event": first}, id="1-1")
    assert outbox.oldest_waiting() is None, "it lies before what was delivered"
    outbox.ensure_group()
    assert outbox.oldest_waiting() == "1-1"
    assert deliver(outbox, [receiver]) == 1


def test_a_batch_whose_answer_is_cut_is_tried_smaller_and_then_larger_again(
    context: Context, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, asked = context.shards[0].outbox, []
    ask = outbox._ask

    def limited(start: str, most: int) -> Any:
        asked.append(most)
        if most > 3:
            raise StoreConnectionError("closed")
        return ask(start, most)

    monkeypatch.setattr(outbox, "_ask", limited)
    receiver = Collector()
    for _ in range(50):
        with suppress(StoreConnectionError):
            deliver(outbox, [receiver])
    assert list(dict.fromkeys(receiver.taken)) == notices
    assert {200, 100, 50, 25, 12, 6, 3} <= set(asked)


# A clock that is set back


def test_a_lease_that_nobody_renews_is_taken_over_whatever_its_expiry_says(
    context: Context, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after the store's wall clock was set back by an hour."""
    seconds = [0.0]
    monkeypatch.setattr(lease_module.time, "monotonic", lambda: seconds[0])
    outbox, keys = context.shards[0].outbox, context.shards[0].keys
    dead = outbox.lease()
    assert dead.acquire()
    context.client.pexpire(keys.delivery_lease, 3_600_000)
    assert deliver(outbox, [Collector()]) == 0
    seconds[0] += LEASE_SECONDS - 1
    assert deliver(outbox, [Collector()]) == 0
    assert dead.renew()
    seconds[0] += 1
    assert deliver(outbox, [Collector()]) == 0, "it was renewed"
    seconds[0] += LEASE_SECONDS
    assert deliver(outbox, [Collector()]) == 15
    assert not dead.renew()


# A file that cannot be written


@pytest.mark.parametrize("what", ["a directory", "a pipe that nobody reads"])
def test_where_the_file_cannot_be_written_delivery_fails_at_once_and_goes_on_once_it_can(
    context: Context, notices: list[str], tmp_path: Path, what: str
) -> None:
    outbox, path = context.shards[0].outbox, tmp_path / "notices.jsonl"
    if what == "a directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(OSError, match=r"directory|regular file|seekable"):
        deliver(outbox, [FileSink(path)])
    assert outbox.waiting() == 15
    path.rename(tmp_path / "away")
    assert deliver(outbox, [FileSink(path)]) == 15
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == notices


def test_notices_that_wait_for_a_minute_are_in_the_log_and_one_alarm(
    context: Context,
    notices: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(standstill_module.time, "monotonic", lambda: seconds[0])
    chore = Deliver([Collector(failures=1_000)])
    for _ in range(70):
        seconds[0] += 1
        chore.do(context)
        chore.wait(10)
    assert capsys.readouterr().out.count("code=notices_waiting") == 1
    assert alarms(context) == [("notices_waiting", "clock")]
