"""Whatever broker and store answer, a worker lives, releases on time, and goes on as soon as it can."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.bookings import PROFILE, booked, now
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.live_worker import (
    LATEST,
    PATIENCE_SECONDS,
    becomes,
    lateness,
    state_of,
)
from tests.support.processes import WORKER, WorkerProcess, running_worker
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import put, rejected, take_in, the_record
from worker.host.wiring import open_context
from worker.settings import Settings, broker_beside
from worker.store.connection import connect
from worker.store.context import Context

pytestmark = pytest.mark.live

SECOND = timedelta(seconds=1)
RECOVERED_WITHIN = timedelta(seconds=5)
HALF_OPEN_NOTICED_WITHIN = timedelta(seconds=10)
"""By Celery, which asks a broker several times before it takes a connection for lost."""
BROKEN_FOR = timedelta(seconds=0.7)

ANSWERS = {
    "READONLY": "READONLY You can't write against a read only replica.",
    "NOREPLICAS": "NOREPLICAS Not enough good replicas to write.",
    "MISCONF": "MISCONF Errors writing to the AOF file: No space left on device",
    "LOADING": "LOADING Valkey is loading the dataset in memory",
    "OOM": "OOM command not allowed when used memory > 'maxmemory'.",
    "MASTERDOWN": "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "NOSCRIPT": "NOSCRIPT No matching script.",
    "BUSY": "BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "NOAUTH": "NOAUTH Authentication required.",
    "WRONGTYPE": "WRONGTYPE Operation against a key holding the wrong kind of value",
    "UNBLOCKED": "UNBLOCKED force unblock from blocking operation, instance state changed",
    "frozen": Fault.FROZEN,
    "half-open": Fault.HALF_OPEN,
    "refused": Fault.REFUSED,
}
numbers = count()


class Bench(NamedTuple):
    """A worker, a proxy before its store, and one before its broker."""

    context: Context
    worker: WorkerProcess
    store: FaultProxy
    broker: FaultProxy


@pytest.fixture(scope="module")
def bench(store_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with connect(store_server) as client:
        client.flushall()
    context = open_context(Settings(profile=PROFILE), store_server)
    store, broker = FaultProxy(store_server), FaultProxy(broker_beside(store_server))
    directory = tmp_path_factory.mktemp("worker")
    with running_worker(directory, store_url=store.url, broker_url=broker.url) as worker:
        yield Bench(context, worker.wait_until_ready(), store, broker)
        assert rejected(context) == []
        assert worker.stop() == 0
    for proxy in (store, broker):
        proxy.close()
    context.client.close()


@pytest.mark.parametrize("answer", ANSWERS)
def test_releases_go_on_whatever_the_broker_answers_and_soon_tasks_do_as_well(
    bench: Bench, answer: str
) -> None:
    context = bench.context
    booking = f"B{next(numbers)}"
    with bench.broker.fault(ANSWERS[answer]):
        take_in(context, booked(booking, due_at=now() + BROKEN_FOR))
        assert timedelta(0) <= lateness(becomes(context, booking, "released")) < LATEST
    is_taken_in(bench, HALF_OPEN_NOTICED_WITHIN if answer == "half-open" else RECOVERED_WITHIN)


@pytest.mark.parametrize("answer", ANSWERS)
def test_whatever_the_store_answers_whoever_is_due_is_released_as_soon_as_it_serves(
    bench: Bench, answer: str
) -> None:
    context = bench.context
    booking = f"B{next(numbers)}"
    take_in(context, booked(booking, due_at=now() + BROKEN_FOR))
    becomes(context, booking, "held")
    with bench.store.fault(ANSWERS[answer]):
        assert wait_until(lambda: now() > the_record(context, booking).deadline, PATIENCE_SECONDS)
        ended_at = now()
    record = becomes(context, booking, "released")
    assert record.released_at - ended_at < RECOVERED_WITHIN
    is_taken_in(bench, RECOVERED_WITHIN)


def message(**changes: Any) -> bytes:
    """A message for the worker's tasks as Celery writes one, but for these changes."""
    headers = {"id": "1", "task": "custody.drain_inbox", "lang": "py", "root_id": "1"}
    properties = {
        "delivery_tag": f"tag-{next(numbers)}",
        "delivery_info": {"exchange": "", "routing_key": "custody"},
        "body_encoding": "base64",
    }
    whole = {
        "body": b64encode(b"[[0], {}, {}]").decode(),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": headers | changes.pop("headers", {}),
        "properties": properties | changes.pop("properties", {}),
    }
    return json.dumps(whole | changes).encode()


GARBAGE = (
    b"\xff\x00 no JSON",
    b"",
    b"[]",
    b'"text"',
    b"{}",
    message(properties={"delivery_tag": None, "delivery_info": None}),
    message(body="no base64"),
    message(body=b64encode(b"no JSON").decode()),
    message(body=b64encode(b'{"a": 1}').decode()),
    message(**{"content-type": "application/x-python-serialize"}),
    message(headers={"task": "unknown"}),
    message(headers={"task": "unknown", "id": None}),
    message(headers={"task": ["a", "list"]}),
    message(headers={"task": None, "expires": {}}),
    message(headers={"expires": ["x"]}),
    message(headers={"timelimit": "x"}),
) + (b"no JSON at all",) * 20


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_what_cannot_be_understood_in_the_brokers_queue_is_discarded(
    pool: str, context: Context, store_server: str, tmp_path: Path
) -> None:
    command = (*WORKER, "--pool", pool)
    with (
        connect(broker_beside(store_server)) as broker,
        running_worker(tmp_path, command, store_url=store_server) as worker,
    ):
        worker.wait_until_ready()
        for garbage in GARBAGE:
            broker.lpush("custody", garbage)
        take_in(context, booked("B1", due_at=now() + SECOND))
        assert timedelta(0) <= lateness(becomes(context, "B1", "released")) < LATEST
        assert wait_until(lambda: broker.llen("custody") == 0, PATIENCE_SECONDS)
        put_at = now()
        put(context, booked("B2", due_at=now() + timedelta(hours=1)))
        becomes(context, "B2", "held")
        assert now() - put_at < RECOVERED_WITHIN
        assert worker.logged("signal_discarded")
        assert wait_until(lambda: broker.hlen("unacked") == 0, PATIENCE_SECONDS)
        assert worker.stop() == 0


def is_taken_in(bench: Bench, within: timedelta) -> None:
    """A task takes in an event; the pacemaker does so only after 5 s."""
    booking, put_at = f"B{next(numbers)}", now()
    put(bench.context, booked(booking, due_at=put_at + timedelta(hours=1)))
    reached = wait_until(lambda: state_of(bench.context, booking) == "held", PATIENCE_SECONDS)
    took = now() - put_at
    assert bench.worker.process.poll() is None, bench.worker.log[-5000:]
    assert reached
    assert took < within
