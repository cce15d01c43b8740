"""A worker on a Sentinel group: whatever becomes of the primary, nobody is late by more than the failover."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.bookings import PROFILE, booked, ice_contacted, now
from tests.support.live_worker import becomes, delivered, is_released_on_time, lateness
from tests.support.processes import WorkerProcess, running_worker
from tests.support.sentinel_group import NAME, Group, Node, running_group
from tests.support.waiting import wait_until
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.arrivals import Arrival, NotTakenError, put_in
from worker.store.context import Context

BOOKINGS: Final = 60
FAILOVER_AT_MOST: Final = timedelta(seconds=30)
"""Of a busy machine: the sentinels notice after 1.5 s, and then elect."""


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    with running_group(tmp_path) as group:
        yield group


@pytest.fixture
def worker(group: Group, tmp_path: Path) -> Iterator[WorkerProcess]:
    with running_worker(tmp_path / "worker", store_url=group.url, min_replicas="1") as worker:
        yield worker.wait_until_ready()


@pytest.fixture
def context(group: Group, worker: WorkerProcess) -> Context:
    return open_context(Settings(profile=PROFILE), group.url)


class Sender:
    """Sends bookings that ICE has asked about, again until they are acknowledged."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.acknowledged: list[str] = []

    def send(self, booking: str, due_at: datetime) -> None:
        """Return once a replica has the booking and the contact."""
        events = booked(booking, due_at=due_at), ice_contacted(booking, now())
        arrivals = [Arrival(event.to_wire(), booking) for event in events]
        while not self._is_taken(arrivals):
            threading.Event().wait(0.1)
        self.acknowledged.append(booking)

    def _is_taken(self, arrivals: list[Arrival]) -> bool:
        try:
            put_in(self._context, arrivals, min_replicas=1, is_unsafe_accepted=False)
        except NotTakenError:
            return False
        return True


def fail(group: Group, primary: Node, fault: str) -> None:
    """Take the primary away; `stopped` leaves its connections open."""
    if fault == "killed":
        primary.kill()
    elif fault == "stopped":
        primary.send(signal.SIGSTOP)
    else:
        group.sentinels[0].client.execute_command("SENTINEL", "FAILOVER", NAME)


def of_type(notices: list[dict[str, Any]], type_: str, **data: str) -> Counter[str]:
    """How often each booking has such a notice."""
    return Counter(
        notice["subject"]
        for notice in notices
        if notice["type"] == type_ and notice["data"] == notice["data"] | data
    )


def ended_at_ice(worker: WorkerProcess) -> Counter[str]:
    return of_type(delivered(worker), "custody.ice.release_date_given.v1", status="released")


@pytest.mark.parametrize("fault", ["killed", "stopped", "failover"])
def test_no_acknowledged_booking_is_lost_or_early_or_later_than_the_failover(
    group: Group, worker: WorkerProcess, context: Context, fault: str
) -> None:
    sender, primary, began = Sender(context), group.primary, now()
    for number in range(BOOKINGS):
        if number == BOOKINGS // 3:
            fail(group, primary, fault)
        sender.send(f"B{number}", began + timedelta(seconds=1.5 + number * 0.2))
    group.wait_for_another_primary(primary)
    late = [lateness(becomes(context, booking, "released")) for booking in sender.acknowledged]
    primary.send(signal.SIGCONT)
    assert min(late) >= timedelta(0)
    assert max(late) < FAILOVER_AT_MOST
    assert wait_until(lambda: ended_at_ice(worker).keys() == set(sender.acknowledged), 20.0)
    notices = delivered(worker)
    contents = {(notice["id"], json.dumps(notice, sort_keys=True)) for notice in notices}
    assert len(contents) == len({notice["id"] for notice in notices})
    orders = of_type(notices, "custody.record.released.v1")
    assert orders == dict.fromkeys(sender.acknowledged, 1), "a release that was lost must not have been sent"


def test_a_group_is_used_by_every_part(group: Group, worker: WorkerProcess, context: Context) -> None:
    assert is_released_on_time(context, "B1")
    settings = {
        "CUSTODY_STORE_URL": group.url,
        "CUSTODY_PROFILE": PROFILE,
        "CUSTODY_DATA_DIR": str(worker.data_dir),
    }
    asked = subprocess.run(
        [sys.executable, "-m", "worker", "doctor", "--json"],
        env=os.environ | settings,
        capture_output=True,
        check=False,
        timeout=60,
    )
    findings = {one["check"]: one["verdict"] for one in json.loads(asked.stdout)["findings"]}
    assert [check for check, verdict in findings.items() if verdict == "unsafe"] == []
    assert {findings[check] for check in ("role", "group", "durability", "broker", "writes")} == {"ok"}


def test_a_primary_that_is_alone_confirms_nothing(
    group: Group, worker: WorkerProcess, context: Context
) -> None:
    primary = group.primary
    for server in group.servers:
        if server is not primary:
            server.send(signal.SIGSTOP)
    event = booked("B1", due_at=now() + timedelta(hours=1))
    try:
        with pytest.raises(NotTakenError):
            put_in(context, [Arrival(event.to_wire(), "B1")], min_replicas=1, is_unsafe_accepted=False)
    finally:
        for server in group.servers:
            server.send(signal.SIGCONT)
    Sender(context).send("B1", now() + timedelta(hours=1))
    becomes(context, "B1", "held")


def test_without_most_of_the_sentinels_nothing_is_confirmed(
    group: Group, worker: WorkerProcess, context: Context
) -> None:
    Sender(context).send("B1", now() + timedelta(hours=1))
    for sentinel in group.sentinels[:2]:
        sentinel.kill()
    event = booked("B2", due_at=now() + timedelta(hours=1))
    with pytest.raises(NotTakenError, match="most of the sentinels"):
        put_in(context, [Arrival(event.to_wire(), "B2")], min_replicas=1, is_unsafe_accepted=False)
