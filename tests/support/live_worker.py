"""What can be seen of a running worker from outside: its process, its records and its notices."""

import json
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
