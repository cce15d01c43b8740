"""What wakes the pacemaker and what does not: each wake-up costs as much time as a release."""

import threading
from collections.abc import Iterator

import pytest

from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store
from worker.engine import listener
from worker.engine.listener import Listener
from worker.store.connection import connect
from worker.store.context import Context

PATIENCE_SECONDS = 10.0


class CountingEvent(threading.Event):
    """An event that counts how often it was set."""

    def __init__(self) -> None:
        super().__init__()
        self.times_set = 0

    def set(self) -> None:
        self.times_set += 1
        super().set()


@pytest.fixture
def wake(context: Context, store: Store) -> Iterator[CountingEvent]:
    """The event that a running listener sets."""
    wake = CountingEvent()
    thread = Listener(connect(store.url), context.shards[0].keys, wake)
    thread.start()
    until_it_listens(context)
    yield wake
    thread.stop()

    def has_ended() -> bool:
        put_in(context, "inbox")
        return not thread.is_alive()

    assert wait_until(has_ended, PATIENCE_SECONDS)


def until_it_listens(context: Context) -> None:
    assert wait_until(
        lambda: any(
            client["cmd"] == "xread" and "b" in client["flags"] for client in context.client.client_list()
        ),
        PATIENCE_SECONDS,
    )


def put_in(context: Context, where: str) -> None:
    keys = context.shards[0].keys
    context.client.xadd({"inbox": keys.inbox, "outbox": keys.outbox, "wake": keys.wake}[where], {"a": "b"})


@pytest.mark.parametrize("where", ["inbox", "outbox", "wake"])
def test_it_wakes_for_an_event_for_a_notice_and_for_an_earlier_timer(
    context: Context, wake: CountingEvent, where: str
) -> None:
    put_in(context, where)
    assert wait_until(wake.is_set, PATIENCE_SECONDS)
    until_it_listens(context)
    assert wake.times_set == 1


def test_further_notices_do_not_wake_it_again(context: Context, wake: CountingEvent) -> None:
    put_in(context, "outbox")
    assert wait_until(wake.is_set, PATIENCE_SECONDS)
    until_it_listens(context)
    put_in(context, "outbox")
    until_it_listens(context)
    put_in(context, "inbox")
    assert wait_until(lambda: wake.times_set > 1, PATIENCE_SECONDS)
    until_it_listens(context)
    assert wake.times_set == 2


def test_after_a_while_a_notice_wakes_it_again(
    context: Context, wake: CountingEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "OUTBOX_GAP_SECONDS", 0.01)

    def woken_again() -> bool:
        put_in(context, "outbox")
        return wake.times_set > 1

    assert wait_until(woken_again, PATIENCE_SECONDS)
