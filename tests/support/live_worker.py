"""What can be seen of a running worker from outside: its process, its records and its notices."""

import itertools
import json
import os
import signal
import socket
import threading
from datetime import timedelta
from typing import Any, NamedTuple

from tests.support.bookings import booked, now
from tests.support.processes import WorkerProcess
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import put
from worker.custody.record import Record
from worker.store import records
from worker.store.context import Context

PATIENCE_SECONDS = 20.0
IN_FLIGHT_SECONDS = 0.1
"""After so long the store has committed what a stopped worker had sent."""
LATEST = timedelta(milliseconds=500)
"""How late a release may be. The service is quicker; a busy machine may not be."""


class Service(NamedTuple):
    """A store, and a worker process that works on it."""

    context: Context
    worker: WorkerProcess


def record_of(context: Context, booking: str) -> Record | None:
    """The stored record, if there is one."""
    return records.load_one(context.client, context.shards[0].keys, booking)


def state_of(context: Context, booking: str) -> str | None:
    """A record's state, if there is one."""
    record = record_of(context, booking)
    return record.state if record else None


def becomes(context: Context, booking: str, state: str) -> Record:
    """Wait until a record is in this state, and return it."""
    reached = wait_until(lambda: state_of(context, booking) == state, PATIENCE_SECONDS)
    assert reached, f"booking {booking} is {state_of(context, booking)}, not {state}"
    record = record_of(context, booking)
    assert record is not None
    return record


def lateness(record: Record) -> timedelta:
    """How long after its deadline a record was released, by the store's own time."""
    assert record.released_at is not None
    assert record.deadline is not None
    return record.released_at - record.deadline


def is_released_on_time(
    context: Context, booking: str, *, due_in: timedelta = timedelta(seconds=1.5)
) -> bool:
    """Put a booking in; return whether it is held, and then released at its deadline and not before."""
    put(context, booked(booking, due_at=now() + due_in))
    becomes(context, booking, "held")
    return timedelta(0) <= lateness(becomes(context, booking, "released")) < LATEST


def delivered(worker: WorkerProcess) -> list[dict[str, Any]]:
    """Every notice in the worker's file of notices, oldest first."""
    path = worker.data_dir / "notices.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def held_by(worker: WorkerProcess, context: Context) -> int:
    """How many inbox entries the processes of a worker hold."""
    held = 0
    for consumer in context.client.xinfo_consumers(context.shards[0].keys.inbox, "clock"):
        host, _, pid = consumer["name"].decode().partition(".")[0].rpartition("-")
        try:
            if host == socket.gethostname() and os.getpgid(int(pid)) == worker.process.pid:
                held += consumer["pending"]
        except ProcessLookupError:
            continue
    return held


def stop_while_it_holds_something(
    worker: WorkerProcess, context: Context, *, resting: WorkerProcess
) -> list[str]:
    """Give a worker bookings until it holds some, and SIGSTOP its processes; return the booking numbers.

    The other worker is stopped meanwhile, so that it takes none, and then goes on.
    """
    numbers = itertools.count()
    bookings: list[str] = []

    def is_caught() -> bool:
        more = [f"B{next(numbers)}" for _ in range(500)]
        put(context, *(booked(booking, due_at=now() + timedelta(hours=1)) for booking in more))
        bookings.extend(more)
        os.killpg(worker.process.pid, signal.SIGSTOP)
        threading.Event().wait(IN_FLIGHT_SECONDS)
        if held_by(worker, context):
            return True
        os.killpg(worker.process.pid, signal.SIGCONT)
        return False

    os.killpg(resting.process.pid, signal.SIGSTOP)
    try:
        assert wait_until(is_caught, PATIENCE_SECONDS)
    finally:
        os.killpg(resting.process.pid, signal.SIGCONT)
    return bookings
