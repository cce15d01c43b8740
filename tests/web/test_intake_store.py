"""`POST /events` says 503, and when to try again, while the store cannot take events or not safely enough."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.support.bookings import PROFILE, bail_posted, now, raw
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.sender import in_the_inbox, sender
from tests.support.store_settings import configured, forbidden, replica
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.arrivals import MOST_WAITING
from worker.store.connection import ANSWER_TIMEOUT_SECONDS
from worker.store.context import Context
from worker.web.intake.routes import Safety


@contextmanager
def stopped(context: Context) -> Iterator[None]:
    pid = context.client.info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def paused(context: Context, what: str) -> Iterator[None]:
    """For longer than an answer is waited for; not even the command that ends a pause would be answered."""
    context.client.execute_command("CLIENT", "PAUSE", int(ANSWER_TIMEOUT_SECONDS * 1000) + 1000, what)
    yield
    context.client.set("a write waits for the end of the pause", "")


@contextmanager
def full(context: Context) -> Iterator[None]:
    with configured(context.client, "maxmemory", "1"), forbidden(context.client, "info"):
        yield


@contextmanager
def nearly_full(context: Context) -> Iterator[None]:
    used = context.client.info("memory")["used_memory"]
    with configured(context.client, "maxmemory", str(int(used * 1.2))):
        yield


@contextmanager
def without_disk(context: Context) -> Iterator[None]:
    with configured(context.client, "appendonly", "no"):
        yield
    # A server that is writing its first file does not end when it is asked to.
    assert wait_until(lambda: not context.client.info("persistence")["aof_rewrite_in_progress"], 20)


@contextmanager
def very_busy(context: Context) -> Iterator[None]:
    inbox = context.shards[0].keys.inbox
    pipeline: Any = context.client.pipeline(transaction=False)
    for _ in range(MOST_WAITING + 1):
        pipeline.xadd(inbox, {"event": b"{}"})
    pipeline.execute()
    yield
    context.client.xtrim(inbox, maxlen=0)


@pytest.mark.parametrize(
    ("trouble", "word"),
    [
        pytest.param(stopped, "does not answer", id="stopped"),
        pytest.param(lambda context: paused(context, "ALL"), "does not answer", id="paused"),
        pytest.param(lambda context: paused(context, "WRITE"), "does not answer", id="writes paused"),
        pytest.param(lambda context: replica(context.client), "READONLY", id="a replica"),
        pytest.param(nearly_full, "nearly full", id="nearly full"),
        pytest.param(full, "OOM", id="full"),
        pytest.param(very_busy, "too many events wait", id="more wait than may"),
        pytest.param(without_disk, "refuses", id="no disk"),
        pytest.param(lambda context: forbidden(context.client, "xadd"), "NOPERM", id="not allowed"),
    ],
)
def test_while_the_store_cannot_take_events_the_answer_is_503_and_afterwards_202(
    context: Context, trouble: Callable[[Context], AbstractContextManager[None]], word: str
) -> None:
    event = raw(bail_posted("B-1", now(), id="e1"))
    with sender(context) as upstream:
        with trouble(context):
            refused = upstream.post(event)
        taken = upstream.post(event)
    assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (503, True)
    assert word in refused.json()["detail"]
    assert "send the same events again" in refused.json()["detail"]
    assert (taken.status_code, taken.json()["accepted"]) == (202, ["e1"])
    assert event in in_the_inbox(context)


@pytest.mark.parametrize(
    "fault",
    [
        "LOADING Valkey is loading the dataset in memory",
        "MISCONF Errors writing to the AOF file: No space left on device",
        "NOREPLICAS Not enough good replicas to write.",
        "NOAUTH Authentication required.",
        Fault.REFUSED,
    ],
)
def test_so_it_is_with_what_cannot_be_had_from_a_server_at_will(store: Store, fault: Fault | str) -> None:
    proxy = FaultProxy(store.url)
    context = open_context(Settings(profile=PROFILE), proxy.url)
    event = raw(bail_posted("B-1", now(), id="e1"))
    with sender(context) as upstream:
        with proxy.fault(fault):
            refused = upstream.post(event)
        taken = upstream.post(event)
    proxy.close()
    context.client.close()
    assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (503, True)
    assert taken.status_code == 202


def test_a_store_that_writes_once_a_second_is_waited_for(context: Context) -> None:
    with configured(context.client, "appendfsync", "everysec"), sender(context) as upstream:
        assert upstream.post(raw(bail_posted("B-1", now()))).status_code == 202


def test_a_store_without_a_disk_is_good_enough_where_the_site_has_said_so(context: Context) -> None:
    unsafe = Safety(is_unsafe_accepted=True)
    with without_disk(context), sender(context, safety=unsafe) as upstream:
        assert upstream.post(raw(bail_posted("B-1", now()))).status_code == 202
