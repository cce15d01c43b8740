"""Each sink is sent each booking's notices in order, at least once; what is not taken waits."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from events.outbound import Outbound
from tests.support.bookings import bail_posted, booked, ice_contacted, now
from tests.support.worker_by_hand import everything_sent, take_in
from worker.delivery.attempts import DELAYS_SECONDS
from worker.delivery.deliverer import PAGE, Deliverer, SinkAwayError
from worker.delivery.sink import Answer, Outcome, OutgoingNotice
from worker.store.context import Context
from worker.store.sink_queue import LeaseLostError, Receipt, SinkQueue
from worker.store.sinks import oldest_waiting, open_sinks, receipts, retire_sink

HOUR = timedelta(hours=1)
DELIVERED = Answer(Outcome.DELIVERED)
AGAIN = Answer(Outcome.AGAIN, "HTTP 500")
REFUSED = Answer(Outcome.REFUSED, "SMTP 550")
GONE = Answer(Outcome.GONE, "HTTP 410")


class Receiver:
    """Keeps what it is sent; answers as it is made to, by booking."""

    def __init__(self, most_at_once: int = 1) -> None:
        self.most_at_once = most_at_once
        self.waits_out_failures = most_at_once > 1
        self.got: list[OutgoingNotice] = []
        self.answers: dict[str, Answer | Exception] = {}
        self.meanwhile: Callable[[], object] = lambda: None

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        self.meanwhile()
        answer = self.answers.get(notices[0].event.subject, DELIVERED)
        if isinstance(answer, Exception):
            raise answer
        if answer.outcome is Outcome.DELIVERED:
            self.got += notices
        return answer

    @property
    def ids(self) -> list[str]:
        return [notice.event.id for notice in self.got]

    def about(self, booking: str) -> list[Outbound]:
        return [notice.event for notice in self.got if notice.event.subject == booking]


class Bench:
    """A deliverer with a receiver, a clock that is moved, and what it alarmed."""

    def __init__(self, context: Context, receiver: Receiver, name: str = "jail") -> None:
        self.receiver = receiver
        self.name = name
        self.alarms: list[tuple[str, str, str, str]] = []
        self.at = now()
        self._context = context
        self.start()

    def start(self) -> None:
        """Begin as a process does that has just taken the lease."""
        shard = self._context.shards[0]
        open_sinks(shard.client, shard.keys, [self.name])
        shard.client.delete(shard.keys.sink_lease(self.name))
        self.queue = SinkQueue(shard.client, shard.keys, self.name)
        assert self.queue.acquire()
        self.deliverer = Deliverer(
            self.queue,
            self.receiver,
            lambda _: True,
            lambda: self.at,
            lambda *alarm: self.alarms.append(alarm),
        )

    def work(self) -> None:
        while self.deliverer.work(lambda: False):
            pass

    def later(self, delay: timedelta) -> None:
        self.at += delay
        self.work()

    def receipts(self) -> list[Receipt]:
        shard = self._context.shards[0]
        return [receipt for _, receipt in receipts(shard.client, shard.keys)]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def bench(context: Context, receiver: Receiver) -> Bench:
    return Bench(context, receiver)


def with_date(context: Context, booking: str) -> None:
    """A booking that ICE asked about: one notice."""
    take_in(context, booked(booking, due_at=now() + HOUR), ice_contacted(booking, now()))


def bailed(context: Context, booking: str) -> None:
    """And bail: two more."""
    take_in(context, bail_posted(booking, now()))


def sent_ids(context: Context) -> list[str]:
    return [event["id"] for event in everything_sent(context)]


def test_every_notice_is_delivered_once_in_order_with_a_receipt(
    context: Context, bench: Bench, receiver: Receiver
) -> None:
    for number in range(4):
        with_date(context, f"B{number}")
        bailed(context, f"B{number}")
    bench.receiver.answers = {}
    bench.work()
    bench.work()
    superseded = [one.notice for one in bench.receipts() if one.outcome == "superseded"]
    assert len(superseded) == 4
    assert receiver.ids == [id_ for id_ in sent_ids(context) if id_ not in superseded]
    assert {one.notice for one in bench.receipts() if one.outcome == "delivered"} == set(receiver.ids)


def test_a_notice_that_is_not_taken_delays_no_other_booking(
    context: Context, bench: Bench, receiver: Receiver
) -> None:
    receiver.answers["B1"] = AGAIN
    for booking in ("B1", "B2"):
        with_date(context, booking)
    bench.work()
    assert [notice.subject for notice in receiver.about("B2")] == ["B2"]
    assert receiver.about("B1") == []


def test_what_follows_for_the_same_booking_waits_behind_it(
    context: Context, bench: Bench, receiver: Receiver
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    bailed(context, "B1")
    receiver.answers["B1"] = AGAIN
    bench.work()
    take_in(context, ice_contacted("B1", now()))
    bench.work()
    del receiver.answers["B1"]
    bench.later(timedelta(seconds=7))
    types = [notice.type for notice in receiver.about("B1")]
    assert types == ["custody.record.released.v1", "custody.ice.release_date_given.v1"]


def test_a_date_that_a_newer_notice_makes_untrue_is_not_sent(
    context: Context, bench: Bench, receiver: Receiver
) -> None:
    receiver.answers["B1"] = AGAIN
    with_date(context, "B1")
    bench.work()
    bailed(context, "B1")
    bench.work()
    del receiver.answers["B1"]
    bench.later(timedelta(seconds=7))
    statuses = [getattr(notice.data, "status", None) for notice in receiver.about("B1")]
    assert statuses == [None, "released"]
    assert [one.outcome for one in bench.receipts()] == ["failed", "superseded", "delivered", "delivered"]


def test_it_is_tried_at_the_planned_times_for_three_days_and_is_then_a_dead_letter(
    context: Context, bench: Bench, receiver: Receiver
) -> None:
    receiver.answers["B1"] = AGAIN
    with_date(context, "B1")
    bench.work()
    started = bench.at
    tried_at: list[datetime] = [started]
    seen = 1
    while not bench.alarms:
        bench.later(
            timedelta(seconds=1) if bench.at - started < timedelta(hours=1) else timedelta(minutes=10)
        )
        if len(bench.receipts()) > seen:
            seen = len(bench.receipts())
            tried_at.append(bench.at)
    waits = [(later - earlier).total_seconds() for earlier, later in pairwise(tried_at)]
    assert len(waits) == len(DELAYS_SECONDS)
    for wait, planned in zip(waits, DELAYS_SECONDS, strict=True):
        assert 0.8 * planned <= wait <= 1.2 * planned + 601
    assert [one.outcome for one in bench.receipts()] == ["failed"] * 12 + ["dead"]
    assert bench.alarms[0][0] == "notice_undelivered"
    assert bench.alarms[0][2:] == ("B1", "jail")
    assert len(bench.queue.dead_letters()) == 1


def test_a_dead_letter_lets_the_next_notice_go(context: Context, bench: Bench, receiver: Receiver) -> None:
    receiver.answers["B1"] = REFUSED
    take_in(context, booked("B1", due_at=now() + HOUR))
    bailed(context, "B1")
    bench.work()
    assert [alarm[0] for alarm in bench.alarms] == ["notice_undelivered"]
    del receiver.answers["B1"]
    take_in(context, ice_contacted("B1", now()))
    bench.work()
    assert [notice.type for notice in receiver.about("B1")] == ["custody.ice.release_date_given.v1"]


def test_a_person_has_a_dead_letter_sent_again(context: Context, bench: Bench, receiver: Receiver) -> None:
    receiver.answers["B1"] = REFUSED
    with_date(context, "B1")
    bench.work()
    (outbox_id,) = bench.queue.dead_letters()
    del receiver.answers["B1"]
    bench.queue.retry(outbox_id)
    bench.work()
    assert len(receiver.got) == 1
    assert bench.queue.dead_letters() == {}


def test_a_receiver_that_wants_nothing_more_is_left_alone_until_it_is_enabled(
    context: Context, bench: Bench, receiver: Receiver
) -> None:
    receiver.answers["B1"] = GONE
    with_date(context, "B1")
    bench.work()
    with_date(context, "B2")
    bench.later(timedelta(days=4))
    assert [alarm[0] for alarm in bench.alarms] == ["sink_disabled"]
    assert receiver.got == []
    receiver.answers.clear()
    assert bench.queue.enable()
    bench.work()
    assert [notice.event.subject for notice in receiver.got] == ["B1", "B2"]


def test_a_killed_deliverer_sends_again_what_it_may_have_sent(
    context: Context, bench: Bench, receiver: Receiver
) -> None:
    with_date(context, "B1")
    with_date(context, "B2")

    def die() -> None:
        raise KeyboardInterrupt

    receiver.meanwhile = die
    with pytest.raises(KeyboardInterrupt):
        bench.work()
    receiver.meanwhile = lambda: None
    bench.start()
    bench.work()
    assert receiver.ids == sent_ids(context)


def test_one_that_lost_its_lease_records_nothing(context: Context, bench: Bench, receiver: Receiver) -> None:
    with_date(context, "B1")
    receiver.meanwhile = lambda: context.client.set(context.shards[0].keys.sink_lease("jail"), "another")
    with pytest.raises(LeaseLostError):
        bench.work()
    assert bench.receipts() == []


def test_attempts_outlive_the_process(context: Context, bench: Bench, receiver: Receiver) -> None:
    receiver.answers["B1"] = AGAIN
    with_date(context, "B1")
    bench.work()
    bench.start()
    bench.work()
    assert len(bench.receipts()) == 1
    bench.later(timedelta(seconds=7))
    assert [one.attempt for one in bench.receipts()] == [1, 2]


def test_an_error_of_the_sink_counts_as_not_taken_and_shows_no_text(
    context: Context, bench: Bench, receiver: Receiver
) -> None:
    receiver.answers["B1"] = OSError("secret address")
    with_date(context, "B1")
    bench.work()
    assert [one.detail for one in bench.receipts()] == ["OSError"]


@pytest.mark.parametrize("entry", [{"other": "x"}, {"event": "{"}, {"event": '{"type": "unknown"}'}])
def test_an_entry_that_is_no_notice_stops_nothing(
    context: Context, bench: Bench, receiver: Receiver, entry: dict[str, str]
) -> None:
    context.client.xadd(context.shards[0].keys.outbox, entry)  # type: ignore[arg-type]
    with_date(context, "B1")
    bench.work()
    assert len(receiver.got) == 1
    assert [alarm[0] for alarm in bench.alarms] == ["notice_undelivered"]
    assert [one.outcome for one in bench.receipts()] == ["dead", "delivered"]


def test_an_entry_deleted_while_it_waits_stops_nothing(
    context: Context, bench: Bench, receiver: Receiver
) -> None:
    receiver.answers["B1"] = AGAIN
    with_date(context, "B1")
    bench.work()
    context.client.xtrim(context.shards[0].keys.outbox, maxlen=0, approximate=False)
    with_date(context, "B2")
    bench.start()
    bench.work()
    assert [notice.event.subject for notice in receiver.got] == ["B2"]
    assert [one.detail for one in bench.receipts() if one.outcome == "dead"] == ["the outbox entry is gone"]


@pytest.mark.parametrize("most_at_once", [1, 7, PAGE])
def test_a_backlog_longer_than_a_page_arrives_whole(context: Context, most_at_once: int) -> None:
    bench = Bench(context, Receiver(most_at_once))
    for number in range(PAGE // 2 + 20):
        take_in(context, booked(f"B{number}", due_at=now() + HOUR), bail_posted(f"B{number}", now()))
        take_in(context, ice_contacted(f"B{number}", now()))
    bench.work()
    assert bench.receiver.ids == sent_ids(context)


def test_a_sink_that_waits_out_its_failures_skips_nothing(context: Context) -> None:
    bench = Bench(context, Receiver(most_at_once=PAGE))
    bench.receiver.answers["B0"] = AGAIN
    for number in range(3):
        with_date(context, f"B{number}")
    with pytest.raises(SinkAwayError, match="HTTP 500"):
        bench.work()
    assert (bench.receiver.got, bench.receipts()) == ([], [])
    del bench.receiver.answers["B0"]
    bench.work()
    assert bench.receiver.ids == sent_ids(context)


def test_a_new_sink_is_sent_nothing_old(context: Context, bench: Bench) -> None:
    with_date(context, "B1")
    bench.work()
    shard = context.shards[0]
    assert open_sinks(shard.client, shard.keys, ["jail", "fax"]) == []
    with_date(context, "B2")
    fax = Bench(context, Receiver(), "fax")
    fax.work()
    assert [notice.event.subject for notice in fax.receiver.got] == ["B2"]


def test_a_sink_in_the_place_of_another_begins_where_that_stopped(context: Context, bench: Bench) -> None:
    with_date(context, "B1")
    bench.work()
    with_date(context, "B2")
    shard = context.shards[0]
    assert open_sinks(shard.client, shard.keys, ["fax"]) == ["jail"]
    fax = Bench(context, Receiver(), "fax")
    fax.work()
    assert [notice.event.subject for notice in fax.receiver.got] == ["B2"]


def test_what_waits_for_a_sink_that_is_gone_becomes_dead_letters(
    context: Context, bench: Bench, receiver: Receiver
) -> None:
    receiver.answers["B1"] = AGAIN
    with_date(context, "B1")
    bench.work()
    bench.queue.release()
    shard = context.shards[0]
    assert retire_sink(shard.client, shard.keys, "jail") == 1
    assert len(bench.queue.dead_letters()) == 1
    assert open_sinks(shard.client, shard.keys, []) == []


def test_the_oldest_notice_that_waits_is_known_for_each_sink(
    context: Context, bench: Bench, receiver: Receiver
) -> None:
    shard = context.shards[0]
    with_date(context, "B1")
    bench.work()
    assert oldest_waiting(shard.client, shard.keys, ["jail"]) == {}
    receiver.answers["B2"] = AGAIN
    with_date(context, "B2")
    bench.work()
    (outbox_id,) = bench.queue.waiting()
    assert oldest_waiting(shard.client, shard.keys, ["jail"]) == {"jail": outbox_id}
