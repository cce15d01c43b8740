"""What wakes the pacemaker, and what does not: a wake costs it the time of a release."""

import threading
from collections.abc import Iterator

import pytest
from waiting import wait_until
from working import Store

from worker import listener
from worker.listener import Listener
from worker.site import Site
from worker.store.connection import connect

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
def wake(site: Site, store: Store) -> Iterator[CountingEvent]:
    """The event of a listener that listens by now."""
    wake = CountingEvent()
    thread = Listener(connect(store.url), site.shards[0].keys, wake)
    thread.start()
    until_it_listens(site)
    yield wake
    thread.stop()

    def is_over() -> bool:
        put_in(site, "inbox")
        return not thread.is_alive()

    assert wait_until(is_over, PATIENCE_SECONDS)


def until_it_listens(site: Site) -> None:
    assert wait_until(
        lambda: any(
            client["cmd"] == "xread" and "b" in client["flags"] for client in site.client.client_list()
        ),
        PATIENCE_SECONDS,
    )


def put_in(site: Site, where: str) -> None:
    keys = site.shards[0].keys
    site.client.xadd({"inbox": keys.inbox, "outbox": keys.outbox, "wake": keys.wake}[where], {"a": "b"})


@pytest.mark.parametrize("where", ["inbox", "outbox", "wake"])
def test_it_wakes_for_what_arrives_and_for_an_earlier_timer(
    site: Site, wake: CountingEvent, where: str
) -> None:
    put_in(site, where)
    assert wait_until(wake.is_set, PATIENCE_SECONDS)
    until_it_listens(site)
    assert wake.times_set == 1


def test_each_further_notice_does_not_wake_again(site: Site, wake: CountingEvent) -> None:
    put_in(site, "outbox")
    assert wait_until(wake.is_set, PATIENCE_SECONDS)
    until_it_listens(site)
    put_in(site, "outbox")
    until_it_listens(site)
    put_in(site, "inbox")
    assert wait_until(lambda: wake.times_set > 1, PATIENCE_SECONDS)
    until_it_listens(site)
    assert wake.times_set == 2


def test_after_a_while_a_notice_wakes_again(
    site: Site, wake: CountingEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "OUTBOX_GAP_SECONDS", 0.01)

    def woken_again() -> bool:
        put_in(site, "outbox")
        return wake.times_set > 1

    assert wait_until(woken_again, PATIENCE_SECONDS)
