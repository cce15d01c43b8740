"""The log says what happened to which booking, and never what a person is accused of."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.bookings import bail_posted, booked, custody_requested, ice_contacted, now, raw
from tests.support.live_worker import PATIENCE_SECONDS, becomes, state_of
from tests.support.processes import WorkerProcess, running_worker
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import put, rejected
from worker.store import journal
from worker.store.context import Context

pytestmark = pytest.mark.live

HOUR = timedelta(hours=1)

# What must never be logged, each in a different field of an event.
STATUTE, DESCRIPTION, REFERENCE, OFFICER = "31337PC", "DistinctiveWords", "ref-4711-x", "badge-0815-y"
SECRET = (STATUTE, DESCRIPTION, REFERENCE, OFFICER)

CHARGES = ({"statute": STATUTE, "level": "felony", "description": DESCRIPTION},)


def work_through_everything(context: Context, worker: WorkerProcess) -> None:
    """Put in events that are applied, in part or whole, rejected at intake, or break the worker."""
    put(
        context,
        booked("B1", due_at=now() + HOUR, charges=CHARGES),
        ice_contacted("B1", now(), reference=REFERENCE),
        custody_requested("B1", now(), officer_reference=OFFICER),
        booked("B2", due_at=now() + HOUR, charges=CHARGES),
        bail_posted("B2", now()),
        ice_contacted("B3", now(), reference=REFERENCE),
    )
    becomes(context, "B2", "released")
    whole = context.client.hget(context.shards[0].keys.record("B1"), "doc") or b""
    context.client.hset(context.shards[0].keys.record("B1"), "doc", whole[:-1])
    broken = raw(booked("B4", due_at=now() + HOUR, charges=CHARGES))
    put(
        context,
        broken.replace(b'"felony"', b'"felony","reference":"%s"' % REFERENCE.encode()),
        broken[:-9],
        broken.replace(b"custody.booking.created.v1", b"custody.%s.v1" % DESCRIPTION.encode()),
        ice_contacted("B2", now() - 90 * HOUR, reference=REFERENCE),
        ice_contacted("B1", now(), reference=REFERENCE),
        booked("B5", due_at=now() + timedelta(seconds=1), charges=CHARGES),
    )
    becomes(context, "B5", "released")
    assert wait_until(lambda: len(rejected(context)) == 3, PATIENCE_SECONDS)
    assert wait_until(lambda: "event_failed" in worker.log, PATIENCE_SECONDS)


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_charge_and_no_reference_is_ever_logged(
    log_format: str, context: Context, store_server: str, tmp_path: Path
) -> None:
    with running_worker(tmp_path, store_url=store_server, log_format=log_format) as worker:
        worker.wait_until_ready()
        work_through_everything(context, worker)
        assert worker.stop() == 0
    assert [word for word in SECRET if word in worker.log] == []
    assert "B1" in worker.log
    assert state_of(context, "B2") == "released"
    if log_format == "json":
        assert logged_transitions(worker) == journaled_transitions(context)


def logged_transitions(worker: WorkerProcess) -> set[tuple[object, ...]]:
    """Booking, version, outcome and event of every transition in a JSON log; each must be logged once."""
    lines = [line for line in worker.log.splitlines() if line and not line.startswith("worker: ")]
    entries = [json.loads(line) for line in lines]
    found = [
        tuple(entry[name] for name in ("booking", "version", "outcome", "event_id"))
        for entry in entries
        if entry["event"] == "transition"
    ]
    assert len(found) == len(set(found))
    return set(found)


def journaled_transitions(context: Context) -> set[tuple[object, ...]]:
    entries = [json.loads(text) for _, text in journal.every(context.client, context.shards[0].keys)]
    return {
        (entry["booking"], entry["version"], entry["outcome"], entry.get("event", {}).get("id"))
        for entry in entries
    }
