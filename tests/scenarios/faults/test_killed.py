"""Workers and store are killed again and again without warning; still everybody is released once."""

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.bookings import PROFILE, now
from tests.support.live_worker import stop_while_it_holds_something
from tests.support.processes import WorkerProcess, running_worker, servers_under
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import audit_problems, everything_sent, rejected, the_record
from tests.support.workload import Load, Upstream
from worker.embedded.server import EmbeddedStore
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context
from worker.store.sinks import count_waiting, receipts

pytestmark = pytest.mark.live

SECONDS = float(os.environ.get("SOAK_SECONDS", "10"))
SEED = int(os.environ.get("SOAK_SEED", "825"))
WAVE = 25
WAVE_SECONDS = 0.4
SETTLED_WITHIN_SECONDS = 90.0
"""More than the minute of grace of a booking that a kill made late."""
TAKEN_OVER_WITHIN_SECONDS = 10.0


@dataclass
class Installation:
    """A store and two workers that share a data directory; whatever is killed is started again at once."""

    directory: Path
    store: EmbeddedStore
    seeded: Random
    workers: list[WorkerProcess] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)

    def start_worker(self) -> WorkerProcess:
        """Start one more."""
        directory = self.directory / f"worker-{self.killed['worker']}-{len(self.workers)}"
        shared = str(self.directory / "data")
        return WorkerProcess(directory, store_url=self.store.url, data_dir=shared)

    def kill_something(self) -> None:
        """Kill a worker with all its processes, the store, and one process of a worker's pool, in turn."""
        kind = ("worker", "store", "pool process")[self.killed.total() % 3]
        self.killed[kind] += 1
        chosen = self.seeded.randrange(len(self.workers))
        match kind:
            case "worker":
                self.workers[chosen].kill()
                self.workers[chosen] = self.start_worker()
            case "store":
                [server] = servers_under(self.directory / "store")
                os.kill(server, signal.SIGKILL)
                assert wait_until(self.store.ensure_running, 20.0)
            case _:
                for child in self.workers[chosen].children()[:1]:
                    os.kill(child, signal.SIGKILL)

    def notices(self) -> list[dict[str, Any]]:
        """What was delivered; a line cut short by a kill is skipped."""
        found = []
        for line in (self.directory / "data" / "notices.jsonl").read_bytes().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Two workers that are ready; nothing of them is left afterwards."""
    with EmbeddedStore.own(tmp_path / "store") as store:
        running = Installation(tmp_path, store, Random(SEED))
        try:
            running.workers += [running.start_worker()]
            running.workers += [running.start_worker()]
            for worker in running.workers:
                worker.wait_until_ready()
            yield running
        finally:
            for worker in running.workers:
                worker.kill()


def pace(seconds: float) -> None:
    """Set the pace of the load; nothing is waited for."""
    threading.Event().wait(seconds)


def send_while_killing(running: Installation, load: Load) -> None:
    """Send wave after wave while things are killed, one about every second and a half."""
    upstream = Upstream(running.store.url, load)
    ends_at = time.monotonic() + SECONDS
    kill_at = time.monotonic() + 1
    while time.monotonic() < ends_at:
        upstream.send(load.wave(now(), WAVE))
        if time.monotonic() > kill_at:
            running.kill_something()
            kill_at = time.monotonic() + running.seeded.uniform(0.5, 2.5)
        pace(WAVE_SECONDS)
    upstream.send(load.rest())
    upstream.close()


def is_settled(context: Context, load: Load) -> bool:
    """Whether nothing waits any more, and everybody is free."""
    shard = context.shards[0]
    if shard.inbox.waiting() or count_waiting(shard.client, shard.keys):
        return False
    free = Counter(event["type"] for event in everything_sent(context))["custody.record.released.v1"]
    return free >= len(load.bookings)


def assert_released_once_and_in_time(context: Context, load: Load) -> timedelta:
    """Every booking is released exactly once and not early; ICE hears of those it asked about and no other.

    Returns the greatest delay of a release at a deadline.
    """
    latest = timedelta(0)
    for booking in load.bookings:
        record = the_record(context, booking)
        assert record.state == "released"
        assert record.released_at
        assert record.deadline
        if record.basis == "deadline":
            assert record.released_at >= record.deadline, booking
            latest = max(latest, record.released_at - max(record.deadline, record.first_heard_at))
    events = everything_sent(context)
    orders = Counter(event["subject"] for event in events if event["type"] == "custody.record.released.v1")
    assert orders == dict.fromkeys(load.bookings, 1)
    ice = Counter(
        (event["subject"], event["data"]["status"])
        for event in events
        if event["type"] == "custody.ice.release_date_given.v1"
    )
    assert {booking for booking, _ in ice} == load.asked
    assert {booking: ice[booking, "released"] for booking in load.asked} == dict.fromkeys(load.asked, 1)
    assert max(ice.values()) == 1
    return latest


def test_under_repeated_kills_everybody_is_released_once_and_no_event_is_lost(
    installation: Installation,
) -> None:
    load = Load(installation.seeded)
    send_while_killing(installation, load)
    context = open_context(Settings(profile=PROFILE), installation.store.url)
    assert wait_until(lambda: is_settled(context, load), SETTLED_WITHIN_SECONDS)
    latest = assert_released_once_and_in_time(context, load)
    assert audit_problems(context) == []
    assert rejected(context) == []
    assert context.client.xpending(context.shards[0].keys.inbox, "clock")["pending"] == 0
    delivered = Counter(event["id"] for event in installation.notices())
    # What a newer notice had made untrue before it was its turn is not sent.
    shard = context.shards[0]
    superseded = {one.notice for _, one in receipts(shard.client, shard.keys) if one.outcome == "superseded"}
    assert all(":ice.release_date_given." in notice for notice in superseded)
    assert set(delivered) | superseded == {event["id"] for event in everything_sent(context)}
    assert [worker.stop() for worker in installation.workers] == [0, 0]
    context.client.close()
    assert installation.killed.total() >= 3
    sys.stdout.write(
        f"seed {SEED}, {SECONDS:.0f} s: {len(load.bookings)} bookings, {load.sent} events sent, "
        f"killed {dict(installation.killed)}, {len(delivered)} notices in {delivered.total()} deliveries, "
        f"latest release {latest.total_seconds() * 1000:.0f} ms after it was due\n"
    )


# Entries of a killed worker


def test_entries_of_a_killed_worker_are_processed_by_another_within_ten_seconds(
    context: Context, store_server: str, tmp_path: Path
) -> None:
    with (
        running_worker(tmp_path / "first", store_url=store_server) as first,
        running_worker(tmp_path / "second", store_url=store_server) as second,
    ):
        first.wait_until_ready()
        second.wait_until_ready()
        bookings = stop_while_it_holds_something(first, context, resting=second)
        first.kill()
        assert wait_until(lambda: context.shards[0].inbox.waiting() == 0, TAKEN_OVER_WITHIN_SECONDS)
        assert context.client.zcard(context.shards[0].keys.timers) == len(bookings)
        assert audit_problems(context) == []
        assert second.stop() == 0
