"""Each sink has its thread: one that is slow, failing or gone delays no other sink and no release."""

import json
import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from events.outbound import Outbound
from tests.support.bookings import PROFILE, bail_posted, booked, ice_contacted, now
from tests.support.deliveries import Taker, deliver_all
from tests.support.signals import NoCelery
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store, alarms, everything_sent, take_in, the_record
from worker.delivery.sink import Answer, Outcome, OutgoingNotice, Sink
from worker.delivery.sink_worker import SinkWorker
from worker.delivery.sinks.file import FileSink
from worker.engine.chores import standstill
from worker.engine.chores.watch_notices import WatchNotices
from worker.engine.pacemaker import Pacemaker
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import lease as lease_module
from worker.store import outbox
from worker.store.context import Context, Shard
from worker.store.keys import Keys
from worker.store.lease import Observed
from worker.store.outbox import BEGINNING
from worker.store.sink_queue import LEASE_SECONDS, SinkQueue
from worker.store.sinks import count_waiting, open_sinks

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
PATIENCE_SECONDS = 20.0
LATEST = SECOND / 2


class Receiver:
    """Keeps the ids of what it is sent; calls `before` ahead of each."""

    most_at_once = 1
    waits_out_failures = False

    def __init__(self, before: Callable[[], object] = bool) -> None:
        self.ids: list[str] = []
        self.asked = 0
        self._before = before

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        self.asked += 1
        self._before()
        self.ids += [notice.event.id for notice in notices]
        return Answer(Outcome.DELIVERED)


def everything(_shard: Shard, _event: Outbound) -> bool:
    return True


def no_alarm(_shard: Shard, *_alarm: str) -> None:
    pass


@contextmanager
def at_work(store: Store, **sinks: Sink) -> Iterator[None]:
    """A thread for each sink, as in the notifier."""
    connect = partial(open_context, Settings(profile=PROFILE), store.url)
    context = connect()
    open_sinks(context.client, Keys(), sinks)
    context.client.close()
    workers = [SinkWorker(name, sink, everything, connect, no_alarm) for name, sink in sinks.items()]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.join()


def with_notices(context: Context, *bookings: str) -> list[str]:
    """Bookings with a release order each; the ids of all notices so far."""
    for booking in bookings:
        take_in(context, booked(booking, due_at=now() + HOUR), bail_posted(booking, now()))
    return [event["id"] for event in everything_sent(context)]


def test_two_that_hang_delay_no_other_sink_and_no_release(
    context: Context, store: Store, tmp_path: Path
) -> None:
    go_on = threading.Event()
    hang = partial(go_on.wait, PATIENCE_SECONDS)
    good, first, second = Receiver(), Receiver(hang), Receiver(hang)
    with ExitStack() as stack:
        stack.enter_context(at_work(store, good=good, first=first, second=second))
        stack.callback(go_on.set)
        with_notices(context, "B1", "B2")
        assert wait_until(lambda: first.asked and second.asked, PATIENCE_SECONDS)
        pacemaker = Pacemaker(lambda: context, NoCelery(), helpers=1, data_dir=tmp_path)
        pacemaker.start()
        stack.callback(pacemaker.join)
        stack.callback(pacemaker.stop)
        take_in(context, booked("due", due_at=now() + SECOND))
        assert wait_until(lambda: the_record(context, "due").state == "released", PATIENCE_SECONDS)
        record = the_record(context, "due")
        assert record.released_at
        assert record.deadline
        assert timedelta(0) <= record.released_at - record.deadline < LATEST
        sent = [event["id"] for event in everything_sent(context)]
        assert wait_until(lambda: good.ids == sent, PATIENCE_SECONDS)
        assert (first.ids, second.ids) == ([], [])


def test_a_defect_in_a_sink_is_tried_again_and_repeats_nothing_at_others(
    context: Context, store: Store
) -> None:
    failures = iter([OSError("away"), ValueError("a defect")])

    def fail() -> None:
        if failure := next(failures, None):
            raise failure

    class Lasting(Receiver):
        waits_out_failures = True

    good, failing = Receiver(), Lasting(fail)
    with at_work(store, good=good, failing=failing):
        sent = with_notices(context, "B1", "B2")
        assert wait_until(lambda: failing.ids == sent, PATIENCE_SECONDS)
        assert good.ids == sent


def test_only_the_holder_of_the_lease_delivers_and_the_next_goes_on(context: Context, store: Store) -> None:
    sent = with_notices(context, "B1")
    open_sinks(context.client, Keys(), ["jail"])
    holder, receiver = SinkQueue(context.client, Keys(), "jail"), Receiver()
    assert holder.acquire()
    with at_work(store, jail=receiver):
        with_notices(context, "B2")
        assert not wait_until(lambda: receiver.asked > 0, 0.7)
        holder.release()
        assert wait_until(lambda: receiver.ids[:1] == sent[:1] and len(receiver.ids) == 2, PATIENCE_SECONDS)


def test_a_lease_that_nobody_renews_is_taken_over_whatever_its_expiry_says(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after the store's wall clock was set back by an hour."""
    seconds = [0.0]
    monkeypatch.setattr(lease_module.time, "monotonic", lambda: seconds[0])
    dead = SinkQueue(context.client, Keys(), "jail")
    assert dead.acquire()
    context.client.pexpire(Keys().sink_lease("jail"), 3_600_000)
    observed = Observed(LEASE_SECONDS)
    assert not SinkQueue(context.client, Keys(), "jail", observed).acquire()
    seconds[0] += LEASE_SECONDS - 1
    dead.settle([])
    assert not SinkQueue(context.client, Keys(), "jail", observed).acquire(), "it was renewed"
    seconds[0] += LEASE_SECONDS
    assert SinkQueue(context.client, Keys(), "jail", observed).acquire()
    assert not dead.renew()


def test_a_lease_is_kept_however_long_an_attempt_takes(context: Context, store: Store) -> None:
    go_on = threading.Event()
    receiver = Receiver(partial(go_on.wait, PATIENCE_SECONDS))
    connect = partial(open_context, Settings(profile=PROFILE), store.url)
    open_sinks(context.client, Keys(), ["jail"])
    with_notices(context, "B1")
    worker = SinkWorker("jail", receiver, everything, connect, no_alarm)
    worker.start()
    assert wait_until(lambda: receiver.asked, PATIENCE_SECONDS)
    before = context.client.get(Keys().sink_lease("jail"))
    worker.renew_leases()
    assert context.client.get(Keys().sink_lease("jail")) not in {before, None}
    worker.stop()
    worker.give_up_leases()
    worker.renew_leases()
    assert context.client.get(Keys().sink_lease("jail")) is None, "what was given up is not taken again"
    go_on.set()
    worker.join()
    assert SinkQueue(context.client, Keys(), "jail").cursor() == BEGINNING, "the attempt was not recorded"


def test_another_system_may_read_the_outbox_with_its_own_group(context: Context, store: Store) -> None:
    receiver = Receiver()
    context.client.xgroup_create(Keys().outbox, "jms", id="0", mkstream=True)
    with at_work(store, jail=receiver):
        sent = with_notices(context, "B1", "B2")
        assert wait_until(lambda: receiver.ids == sent, PATIENCE_SECONDS)
    assert count_waiting(context.client, Keys()) == 0
    [jms] = context.client.xinfo_groups(Keys().outbox)
    assert jms["lag"] == len(sent)


# The file


def test_the_file_has_each_notice_whole_and_only_its_owner_may_read_it(
    context: Context, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "data" / "notices.jsonl"
    with at_work(store, file=FileSink(path)):
        sent = with_notices(context, "B1", "B2")
        assert wait_until(lambda: count_waiting(context.client, Keys()) == 0, PATIENCE_SECONDS)
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == sent
    assert [json.loads(line) for line in path.read_text().splitlines()] == everything_sent(context)
    assert path.stat().st_mode & 0o777 == 0o600


def test_notices_are_on_disk_before_they_count_as_delivered(
    context: Context, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, path, synced = with_notices(context, "B1", "B2"), tmp_path / "notices.jsonl", []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        fsync(descriptor)
        found = os.fstat(descriptor)
        what = found.st_size if stat.S_ISREG(found.st_mode) else "its name"
        synced.append((what, count_waiting(context.client, Keys())))

    monkeypatch.setattr(os, "fsync", record)
    with at_work(store, file=FileSink(path)):
        assert wait_until(lambda: count_waiting(context.client, Keys()) == 0, PATIENCE_SECONDS)
    all_waiting = len(sent)
    assert synced == [(path.stat().st_size, all_waiting), ("its name", all_waiting)]


@pytest.mark.parametrize("what", ["a directory", "a pipe that nobody reads"])
def test_where_the_file_cannot_be_written_nothing_is_lost_and_it_goes_on_once_it_can(
    context: Context, store: Store, tmp_path: Path, what: str
) -> None:
    path = tmp_path / "notices.jsonl"
    if what == "a directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    with at_work(store, file=FileSink(path)):
        sent = with_notices(context, "B1", "B2")
        assert not wait_until(lambda: count_waiting(context.client, Keys()) == 0, 0.7)
        path.rename(tmp_path / "away")
        assert wait_until(lambda: count_waiting(context.client, Keys()) == 0, PATIENCE_SECONDS)
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == sent


def test_a_line_that_a_killed_process_left_unfinished_spoils_no_notice(
    context: Context, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "notices.jsonl"
    path.write_bytes(b'{"specversion":"1.0","id":"half of a')
    with at_work(store, file=FileSink(path)):
        sent = with_notices(context, "B1")
        assert wait_until(lambda: count_waiting(context.client, Keys()) == 0, PATIENCE_SECONDS)
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()[1:]] == sent


# The watch over all sinks


class Watch:
    """The chore, and a monotonic clock that is moved."""

    def __init__(self, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        self._seconds = 0.0
        self._context = context
        self._chore = WatchNotices()
        monkeypatch.setattr(standstill.time, "monotonic", lambda: self._seconds)

    def look_for(self, seconds: int) -> list[tuple[str, str]]:
        """What is alarmed after a look a second for so long."""
        for _ in range(seconds):
            self._seconds += 1
            self._chore.do(self._context)
        return alarms(self._context)


@pytest.fixture
def watch(context: Context, monkeypatch: pytest.MonkeyPatch) -> Watch:
    open_sinks(context.client, Keys(), ["jail"])
    return Watch(context, monkeypatch)


def test_a_sink_that_comes_to_nothing_new_for_a_minute_is_in_the_log_and_one_alarm(
    context: Context, watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_notices(context, "B1")
    assert watch.look_for(55) == []
    assert watch.look_for(20) == [("notices_waiting", "clock")]
    assert capsys.readouterr().out.count("code=notices_waiting") == 1


def test_a_disabled_sink_is_no_standstill(context: Context, watch: Watch) -> None:
    SinkQueue(context.client, Keys(), "jail").disable("HTTP 410")
    with_notices(context, "B1")
    assert watch.look_for(70) == []


def test_notices_that_somebody_removed_are_missed_once(context: Context, watch: Watch) -> None:
    with_notices(context, "B1", "B2")
    assert watch.look_for(1) == []
    context.client.xtrim(Keys().outbox, maxlen=1, approximate=False)
    take_in(context, booked("B3", due_at=now() + HOUR), ice_contacted("B3", now()))
    assert watch.look_for(3) == [("notice_undelivered", "clock")]


def test_after_the_outbox_was_replaced_every_sink_begins_again(
    context: Context, store: Store, watch: Watch
) -> None:
    sent = with_notices(context, "B1")
    context.client.hset(Keys().sink_cursors, "jail", "18446744073709551615-0")
    receiver = Receiver()
    with at_work(store, jail=receiver):
        assert wait_until(lambda: count_waiting(context.client, Keys()) == 0, PATIENCE_SECONDS)
        assert receiver.ids == []
        watch.look_for(1)
        assert wait_until(lambda: receiver.ids == sent, PATIENCE_SECONDS)


def test_an_entry_that_was_removed_lets_no_sink_begin_again(context: Context, watch: Watch) -> None:
    with_notices(context, "B1", "B2")
    deliver_all(context)
    context.client.xdel(Keys().outbox, outbox.newest_id(context.client, Keys()))
    assert watch.look_for(1) == [("notice_undelivered", "clock")]
    again = Taker()
    deliver_all(context, again)
    assert len(again.ids) == 1, "the alarm alone"
