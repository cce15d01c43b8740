"""What a real server answers when it cannot serve now is one error, and sets no event aside."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from redis.exceptions import RedisError, ResponseError

from tests.support.bookings import booked, now
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store, put, rejected, take_in, the_record
from worker.engine import intake
from worker.store.connection import UNREACHABLE, NotNowError, connect
from worker.store.context import Context


@contextmanager
def configured(store: Store, name: str, value: str) -> Iterator[None]:
    before = store.client.config_get(name)[name]
    store.client.config_set(name, value)
    try:
        yield
    finally:
        store.client.config_set(name, before)


@contextmanager
def demoted(store: Store) -> Iterator[None]:
    store.client.replicaof("127.0.0.1", "1")
    try:
        yield
    finally:
        store.client.replicaof("NO", "ONE")


@contextmanager
def cut_off_replica(store: Store) -> Iterator[None]:
    with configured(store, "replica-serve-stale-data", "no"), demoted(store):
        yield


@contextmanager
def busy(store: Store) -> Iterator[None]:
    def loop() -> None:
        with suppress(RedisError), connect(store.url) as client:
            client.eval("while true do end", 0)

    def is_busy() -> bool:
        try:
            store.client.ping()
        except NotNowError:
            return True
        return False

    with configured(store, "busy-reply-threshold", "1"):
        looping = threading.Thread(target=loop)
        looping.start()
        try:
            assert wait_until(is_busy, 5.0)
            yield
        finally:
            kill: Any = store.client.execute_command
            kill("SCRIPT", "KILL")
            looping.join()


States = Callable[[Store], AbstractContextManager[None]]
STATES: dict[str, States] = {
    "READONLY": demoted,
    "MASTERDOWN": cut_off_replica,
    "NOREPLICAS": lambda store: configured(store, "min-replicas-to-write", "1"),
    "OOM": lambda store: configured(store, "maxmemory", "1"),
    "BUSY": busy,
}


@pytest.mark.parametrize("state", STATES)
def test_an_event_that_meets_a_store_which_cannot_serve_now_is_applied_as_soon_as_it_can(
    store: Store, context: Context, state: str
) -> None:
    shard = context.shards[0]
    take_in(context, booked("B0", due_at=now() + timedelta(hours=1)))
    put(context, booked("B1", due_at=now() + timedelta(hours=1)))
    with STATES[state](store):
        for _ in range(5):
            with pytest.raises(NotNowError, match=state):
                intake.try_one_batch(context, shard)
    context.client.delete(shard.keys.reader)
    assert intake.try_one_batch(context, shard) == 1
    assert the_record(context, "B1").state == "held"
    assert rejected(context) == []


def test_whoever_waits_as_a_store_is_demoted_is_sent_away_and_connects_again(store: Store) -> None:
    ended: list[Exception] = []

    def wait() -> None:
        with connect(store.url) as client:
            try:
                client.blpop(["nothing"], timeout=3)
            except UNREACHABLE as error:
                ended.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert wait_until(lambda: store.client.info("clients")["blocked_clients"] == 1, 5.0)
    with demoted(store):
        waiting.join()
    assert [str(error).split()[0] for error in ended] == ["UNBLOCKED"]


def test_an_error_that_is_about_a_command_stays_one(store: Store) -> None:
    store.client.set("text", "x")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        store.client.lpush("text", "y")
