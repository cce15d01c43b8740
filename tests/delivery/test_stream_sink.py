"""Streams: a real second Valkey, refusing, frozen, trickling or gone; all of a batch arrives or none."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.support.letter_samples import notice
from tests.support.other_store import OtherStore, other_store
from tests.support.raw_server import raw_server
from worker.delivery.routing import StreamSettings
from worker.delivery.sink import Answer, Outcome, OutgoingNotice
from worker.delivery.sinks.stream import StreamSink
from worker.store.connection import Client, connect

KEY = "custody-notices"
DELIVERED = Answer(Outcome.DELIVERED)
PATIENCE_SECONDS = 10.0
WRONG = "wrong-one"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherStore]:
    with other_store(tmp_path_factory.mktemp("bus")) as bus:
        yield bus


@pytest.fixture
def bus(server: OtherStore) -> Iterator[OtherStore]:
    yield server
    server.client.flushall()
    server.client.config_set("maxmemory", 0)


@pytest.fixture
def clients() -> Iterator[list[Client]]:
    made: list[Client] = []
    yield made
    for client in made:
        client.close()


def sink(client: Client, answer_seconds: float = 15.0, **other: Any) -> StreamSink:
    settings = StreamSettings.model_validate({"kind": "stream", "url_env": "X", "key": KEY, **other})
    return StreamSink(settings, client, answer_seconds)


def test_a_batch_arrives_in_order_in_the_field_event(bus: OtherStore) -> None:
    notices = [notice(number) for number in range(StreamSink.most_at_once)]
    assert sink(bus.client).send(notices) == DELIVERED
    assert bus.events(KEY) == [one.raw for one in notices]


def test_the_stream_is_kept_near_its_length(bus: OtherStore) -> None:
    bus.client.config_set("stream-node-max-entries", 10)
    short = sink(bus.client, maxlen=50)
    for start in range(0, 1000, 100):
        short.send([notice(number) for number in range(start, start + 100)])
    assert 50 <= bus.client.xlen(KEY) < 70
    assert bus.events(KEY)[-1] == notice(999).raw


def test_without_a_length_nothing_is_removed(bus: OtherStore) -> None:
    for start in range(0, 1000, 200):
        sink(bus.client).send([notice(number) for number in range(start, start + 200)])
    assert bus.client.xlen(KEY) == 1000


def test_a_key_that_is_no_stream_waits_for_a_person(bus: OtherStore) -> None:
    bus.client.set(KEY, "x")
    answer = sink(bus.client).send([notice(1), notice(2)])
    assert answer.outcome is Outcome.AGAIN
    assert "not a stream" in answer.detail
    bus.client.delete(KEY)
    assert sink(bus.client).send([notice(1), notice(2)]) == DELIVERED
    assert len(bus.events(KEY)) == 2


def test_a_full_server_takes_nothing_of_a_batch(bus: OtherStore) -> None:
    bus.client.config_set("maxmemory", 1)
    answer = sink(bus.client).send([notice(1), notice(2)])
    assert answer == Answer(Outcome.AGAIN, "OOM")
    bus.client.config_set("maxmemory", 0)
    assert bus.events(KEY) == []


def test_a_server_that_fills_up_within_a_batch_takes_nothing_of_it(bus: OtherStore) -> None:
    small = notice()
    batch = [OutgoingNotice("1-0", small.event, small.raw + b" " * 60_000, 1)] * StreamSink.most_at_once
    bus.client.config_set("maxmemory", bus.used_bytes() + 30 * 60_000)
    assert sink(bus.client).send(batch).outcome is Outcome.AGAIN
    assert bus.events(KEY) == []


def test_a_server_that_has_nothing_on_disk_for_certain_takes_nothing(bus: OtherStore) -> None:
    bus.client.config_set("min-replicas-to-write", 1)
    try:
        answer = sink(bus.client).send([notice()])
        assert answer.outcome is Outcome.AGAIN
        assert bus.events(KEY) == []
    finally:
        bus.client.config_set("min-replicas-to-write", 0)


def test_a_user_without_the_right_waits_for_a_person(bus: OtherStore, clients: list[Client]) -> None:
    bus.client.execute_command("ACL", "SETUSER", "reader", "on", ">letmein", "~*", "+@read", "+@connection")
    clients.append(connect(bus.url_of("reader", "letmein")))
    assert sink(clients[0]).send([notice()]) == Answer(Outcome.AGAIN, "NOPERM")
    assert bus.events(KEY) == []


def test_a_wrong_password_is_an_error(bus: OtherStore, clients: list[Client]) -> None:
    clients.append(connect(bus.url_of("default", WRONG)))
    with pytest.raises(redis.exceptions.AuthenticationError):
        sink(clients[0]).send([notice()])


def test_a_frozen_server_is_an_error_and_delivers_once_it_answers(bus: OtherStore) -> None:
    with bus.frozen(), pytest.raises(redis.exceptions.RedisError):
        sink(bus.client, answer_seconds=1.0).send([notice()])
    assert sink(bus.client).send([notice()]) == DELIVERED
    assert bus.events(KEY)[-1] == notice().raw


def test_a_killed_server_is_an_error(tmp_path_factory: pytest.TempPathFactory, clients: list[Client]) -> None:
    with other_store(tmp_path_factory.mktemp("killed")) as killed:
        clients.append(connect(killed.url))
        assert sink(clients[0]).send([notice()]) == DELIVERED
        killed.kill()
        for _ in range(2):
            with pytest.raises(redis.exceptions.ConnectionError):
                sink(clients[0]).send([notice()])


@pytest.mark.parametrize("trickle", [b"", b"+x", b":1\r\n", b"$9999999\r\n"])
def test_a_server_cannot_stretch_the_exchange(trickle: bytes, clients: list[Client]) -> None:
    with raw_server(trickle=trickle) as port:
        clients.append(connect(f"redis://127.0.0.1:{port}/0"))
        started = time.monotonic()
        with pytest.raises(Exception):  # noqa: B017 (any but a delivery)
            sink(clients[0], answer_seconds=0.5).send([notice()])
        assert time.monotonic() - started < PATIENCE_SECONDS


def test_the_kind_of_an_error_is_kept_and_never_its_text(bus: OtherStore) -> None:
    """The text of an error has the command in it, with the notice."""
    bus.client.config_set("maxmemory", 1)
    answer = sink(bus.client).send([notice()])
    assert "XADD" not in answer.detail
    assert KEY not in answer.detail
