"""`custody run` and its notifier as real processes: they are killed, receivers hang, broker and store go."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.bookings import PROFILE, bail_posted, booked, ice_contacted, now
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.http_receiver import Receiver, hang, receiver, status
from tests.support.live_worker import LATEST, becomes, lateness
from tests.support.notifier_site import (
    NOTIFIER,
    PATIENCE_SECONDS,
    RUN,
    SECRET,
    SECRET_VARIABLE,
    file_sink,
    lines_of,
    notifier_of,
    routing_file,
    running,
    verified,
    wait_for_notifier,
    wait_for_start,
    webhook,
)
from tests.support.processes import (
    START_WITHIN_SECONDS,
    WorkerProcess,
    is_gone,
    no_server_left,
    running_worker,
    servers_under,
)
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import alarms, everything_sent, put, take_in
from worker.embedded.server import EmbeddedStore, find
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.connection import Client, connect
from worker.store.context import Context
from worker.store.sinks import receipts
from worker.store.streams import entries_of_range

pytestmark = pytest.mark.live

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
KILLS = 3
ATTEMPT_SECONDS = 15.0
"""So long a receiver that hangs is waited for."""
ALL = ("jms", "watch", "ice", "subject", "counsel")


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)


@pytest.fixture
def jail() -> Iterator[Receiver]:
    with receiver() as here:
        yield here


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    with no_server_left(tmp_path):
        yield tmp_path


@pytest.fixture
def hung() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def ids_by_booking(notices: list[dict[str, Any]]) -> dict[str, list[str]]:
    """By booking, the ids, each at its first appearance."""
    ids: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for notice in notices:
        ids[notice["subject"]][notice["id"]] = None
    return {booking: list(found) for booking, found in ids.items()}


def has_everything(context: Context, got: list[dict[str, Any]]) -> bool:
    """Whether every booking's notices arrived, in order, but for those that newer ones made untrue."""
    shard = context.shards[0]
    untrue = {one.notice for _, one in receipts(shard.client, shard.keys) if one.outcome == "superseded"}
    sent = [one for one in everything_sent(context) if one["id"] not in untrue or one in got]
    return bool(sent) and ids_by_booking(got) == ids_by_booking(sent)


def has_all(context: Context, audience: str, got: list[dict[str, Any]]) -> bool:
    """Whether this is what was sent to an audience, and something was."""
    expected = [one for one in everything_sent(context) if one["audience"] == audience]
    return bool(expected) and got == expected


def in_stream(reader: Client) -> list[dict[str, Any]]:
    return [json.loads(fields[b"event"]) for _, fields in entries_of_range(reader.xrange("custody-notices"))]


def test_with_a_routing_file_each_notice_reaches_those_it_is_for(
    context: Context, store_server: str, jail: Receiver, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = directory / "spool" / "served.jsonl"
    with EmbeddedStore.own(directory / "bus") as bus, connect(bus.url) as reader, receiver() as fax:
        monkeypatch.setenv("BUS_URL", bus.url)
        routes = routing_file(
            directory,
            webhook("jail", jail),
            webhook("fax-gateway", fax),
            file_sink("print-room", served),
            '[sinks.bus]\nkind = "stream"\nurl_env = "BUS_URL"\nkey = "custody-notices"\nmaxlen = 100000\n',
            routes='ice-la = ["fax-gateway"]',
            jms="jail",
            watch="bus",
            subject="print-room",
        )
        with running(directory, routes, store_url=store_server, profile="ca-values-2018") as worker:
            at = now()
            put(context, booked("B1", due_at=at + 60 * HOUR), ice_contacted("B1", at), bail_posted("B1", at))
            put(context, ice_contacted("nobody", at))
            assert wait_until(lambda: has_all(context, "jms", verified(jail.got)), PATIENCE_SECONDS)
            assert wait_until(lambda: has_all(context, "ice", verified(fax.got)), PATIENCE_SECONDS)
            assert wait_until(lambda: has_all(context, "subject", lines_of(served)), PATIENCE_SECONDS)
            put(context, booked("B1", due_at=at + 30 * HOUR))
            assert wait_until(lambda: has_all(context, "watch", in_stream(reader)), PATIENCE_SECONDS)
            assert worker.stop() == 0


def test_two_that_hang_delay_no_other_no_release_and_no_stop(
    context: Context, store_server: str, jail: Receiver, directory: Path, hung: threading.Event
) -> None:
    with receiver() as first, receiver() as second:
        first.answer = second.answer = hang(hung)
        routes = routing_file(
            directory,
            *(webhook(name, one) for name, one in (("jail", jail), ("first", first), ("second", second))),
            **dict.fromkeys(ALL, "jail first second"),
        )
        with running(directory, routes, store_url=store_server) as worker:
            notifier = notifier_of(worker)
            assert notifier is not None
            put(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
            assert wait_until(lambda: first.got and second.got, PATIENCE_SECONDS)
            put(context, booked("B2", due_at=now() + 2 * SECOND))
            assert timedelta(0) <= lateness(becomes(context, "B2", "released")) < LATEST
            assert wait_until(lambda: has_everything(context, verified(jail.got)), ATTEMPT_SECONDS)
            assert worker.stop() == 0
            assert is_gone(notifier)
            assert worker.logged("stop_forced") == []


def test_killed_again_and_again_it_loses_nothing_and_keeps_each_bookings_order(
    context: Context, store_server: str, jail: Receiver, directory: Path
) -> None:
    routes = routing_file(
        directory,
        webhook("jail", jail),
        file_sink("print-room", directory / "served.jsonl"),
        **dict.fromkeys(ALL, "jail print-room"),
    )
    with running(directory, routes, store_url=store_server) as worker:
        for kill in range(KILLS):
            arrived = len(jail.got)
            for booking in (f"B{kill}-{number}" for number in range(60)):
                at = now()
                put(context, booked(booking, due_at=at + HOUR), ice_contacted(booking, at))
                put(context, bail_posted(booking, at))
            assert wait_until(partial(has_got_more_than, jail, arrived), PATIENCE_SECONDS), worker.log
            os.kill(wait_for_notifier(worker, starts_so_far=kill), signal.SIGKILL)
        assert wait_until(lambda: has_everything(context, verified(jail.got)), 2 * PATIENCE_SECONDS)
        assert wait_until(
            lambda: has_everything(context, lines_of(directory / "served.jsonl")), PATIENCE_SECONDS
        )
        assert [one["part"] for one in worker.logged("part_ended")] == ["notifier"] * KILLS
        assert worker.stop() == 0


def has_got_more_than(jail: Receiver, arrived: int) -> bool:
    return len(jail.got) > arrived + 5


def test_killed_itself_it_leaves_no_notifier_and_the_next_goes_on(directory: Path, jail: Receiver) -> None:
    routes = routing_file(directory, webhook("jail", jail), **dict.fromkeys(ALL, "jail"))
    with running(directory, routes) as worker:
        notifier = notifier_of(worker)
        assert notifier is not None
        os.kill(worker.process.pid, signal.SIGKILL)
        assert wait_until(lambda: is_gone(notifier), PATIENCE_SECONDS)
    with running(directory / "again", routes, data_dir=str(directory / "data")) as worker:
        context = open_context(Settings(profile=PROFILE), find(directory / "data"))
        put(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
        assert wait_until(lambda: has_everything(context, verified(jail.got)), PATIENCE_SECONDS)
        context.client.close()
        assert worker.stop() == 0


def test_without_a_broker_and_after_a_loss_of_the_store_notices_arrive(
    directory: Path, jail: Receiver
) -> None:
    routes = routing_file(directory, webhook("jail", jail), **dict.fromkeys(ALL, "jail"))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = f"redis://127.0.0.1:{nobody.getsockname()[1]}/1"
        worker = WorkerProcess(directory, RUN, routes=str(routes), broker_url=closed)
        try:
            notifier = wait_for_notifier(worker)
            context = open_context(Settings(profile=PROFILE), find(directory / "data"))
            put(context, booked("B1", due_at=now() + 2 * SECOND))
            assert wait_until(lambda: has_everything(context, verified(jail.got)), PATIENCE_SECONDS)
            [server] = servers_under(directory)
            os.kill(server, signal.SIGKILL)
            assert wait_until(lambda: worker.logged("embedded_store_restarted"), PATIENCE_SECONDS)
            put(context, booked("B2", due_at=now() + 2 * SECOND))
            becomes(context, "B2", "released")
            assert wait_until(lambda: has_everything(context, verified(jail.got)), PATIENCE_SECONDS)
            context.client.close()
            assert worker.stop() == 0
            assert is_gone(notifier)
        finally:
            worker.kill()


def test_a_broker_that_hangs_keeps_no_notifier_from_ending(
    context: Context, store_server: str, jail: Receiver, directory: Path
) -> None:
    routes = routing_file(directory, webhook("jail", jail), **dict.fromkeys(ALL, "jail"))
    proxy = FaultProxy(store_server)
    settings = {"store_url": store_server, "broker_url": proxy.url, "routes": str(routes)}
    with running_worker(directory, NOTIFIER, **settings) as notifier:
        wait_for_start(notifier)
        with proxy.fault(Fault.FROZEN):
            put(context)
            assert notifier.stop() == 0


def test_a_receiver_that_wants_nothing_any_more_gets_it_once_a_person_enables_it(
    context: Context, store_server: str, jail: Receiver, directory: Path
) -> None:
    jail.answer = status(410)
    routes = routing_file(
        directory, webhook("jail", jail), file_sink("desk", directory / "desk"), jms="jail", watch="desk"
    )
    settings = {"store_url": store_server, "routes": str(routes)}
    with running_worker(directory, NOTIFIER, **settings) as notifier:
        take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
        assert wait_until(lambda: ("sink_disabled", "clock") in alarms(context), PATIENCE_SECONDS)
        assert wait_until(lambda: lines_of(directory / "desk"), PATIENCE_SECONDS), "by another sink"
        take_in(context, booked("B2", due_at=now() + HOUR), bail_posted("B2", now()))
        asked, jail.answer = len(jail.got), None
        enable = [sys.executable, "-m", "worker", "notices", "enable", "jail"]
        variables = {
            **os.environ,
            "CUSTODY_STORE_URL": store_server,
            "CUSTODY_DATA_DIR": str(directory / "d"),
        }
        done = subprocess.run(enable, env=variables, capture_output=True, text=True, check=True)
        assert done.stdout == "jail: enabled\n"
        expected = [one["id"] for one in everything_sent(context) if one["audience"] == "jms"]
        assert wait_until(
            lambda: [one["id"] for one in verified(jail.got[asked:])] == expected, PATIENCE_SECONDS
        )
        assert notifier.stop() == 0


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("run", "a fault"),
        ("worker", "a fault"),
        ("notifier", "a fault"),
        ("run", "no secret"),
        ("notifier", "no secret"),
        ("notifier", "no store"),
    ],
)
def test_what_keeps_it_from_starting_is_one_line(
    directory: Path, jail: Receiver, monkeypatch: pytest.MonkeyPatch, command: str, what: str
) -> None:
    routes = routing_file(directory, webhook("jail", jail), **dict.fromkeys(ALL, "jail"))
    expected = f"{routes}, line 4: sink jail: the variable {SECRET_VARIABLE} is not set"
    if what == "no store":
        expected = "no custody clock is running under"
    elif what == "a fault":
        routes.write_text(routes.read_text().replace("secret_env", "secret"))
        expected = f"{routes}, line 4: sinks.jail.secret: unknown key"
    else:
        monkeypatch.delenv(SECRET_VARIABLE)
    words = (sys.executable, "-m", "worker", command)
    with running_worker(directory, words, routes=str(routes)) as process:
        assert process.process.wait(START_WITHIN_SECONDS) == 1
        assert len(process.log.splitlines()) == 1, process.log
        assert expected in process.log
    assert servers_under(directory) == []
