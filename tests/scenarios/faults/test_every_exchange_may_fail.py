"""Whichever exchange with the store fails, and however: a retry ends as if nothing had failed."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.bookings import PROFILE, bail_posted, booked, ice_contacted, now, raw
from tests.support.breaking_client import Break, Plan, breaking_client
from tests.support.deliveries import Taker, deliver_all
from tests.support.signals import NoCelery
from tests.support.worker_by_hand import (
    Store,
    audit_problems,
    everything_sent,
    let_the_lease_expire,
    rejected,
    simulate,
    the_record,
)
from worker.engine import intake
from worker.engine.pacemaker import Pacemaker
from worker.host import wiring
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.connection import UNREACHABLE
from worker.store.context import Context
from worker.store.sinks import count_waiting

HOUR = timedelta(hours=1)
START = now()
UPSTREAM = (
    raw(booked("asked", due_at=START + HOUR)),
    raw(ice_contacted("asked", START, requests=("hold",))),
    raw(booked("bailed", due_at=START + 20 * HOUR)),
    raw(ice_contacted("contact-first", START)),
    raw(booked("contact-first", due_at=START + 2 * HOUR)),
    raw(bail_posted("bailed", START)),
    raw(booked("unasked", due_at=START + 1.5 * HOUR)),
    b"garbage",
)


class Outcome(NamedTuple):
    """What must not depend on what failed."""

    records: dict[str, tuple[Any, ...]]
    notices: Counter[tuple[str, str, str]]
    rejected: set[tuple[str, bytes]]


def upstream_sends(client: Any) -> None:
    for text in UPSTREAM:
        client.xadd("{custody:0}:inbox", {"event": text})


def work(context: Context, receiver: Taker, data_dir: Path) -> None:
    """What a worker's pacemaker and tasks do while there is work."""
    pacemaker = Pacemaker(lambda: context, NoCelery(), helpers=1, data_dir=data_dir)
    for _ in range(2):
        pacemaker.beat(context)
        while intake.work_one_batch(context, context.shards[0]):
            pass
        deliver_all(context, receiver)


def work_three_hours(store: Store, receiver: Taker, data_dir: Path) -> None:
    """Three hours of simulated time, with a fresh worker at the beginning and at the end."""
    for at in (START, START + 3 * HOUR):
        simulate(store, at)
        context = open_context(Settings(profile=PROFILE), store.url)
        if at == START:
            upstream_sends(context.client)
        work(context, receiver, data_dir)
        context.client.close()


def outcome(context: Context) -> Outcome:
    """The final state; everything must be settled, delivered and auditable."""
    found: dict[str, tuple[Any, ...]] = {}
    for booking in ("asked", "bailed", "contact-first", "unasked"):
        record = the_record(context, booking)
        found[booking] = (record.state, record.basis, record.deadline, record.entitled_at, record.version)
    notices = Counter(
        (event["subject"], event["type"], event["data"].get("status", ""))
        for event in everything_sent(context)
    )
    assert context.shards[0].inbox.waiting() == 0
    assert count_waiting(context.client, context.shards[0].keys) == 0
    assert audit_problems(context) == []
    return Outcome(found, notices, set(rejected(context)))


def let_leases_expire(context: Context) -> None:
    """Let enough time pass for another worker to take over what the failed one held."""
    let_the_lease_expire(context)
    context.client.delete(context.shards[0].keys.sink_lease("jail"))


@pytest.fixture
def quick_disk(store: Store) -> Iterator[None]:
    """No waiting for the disk: here only the network fails."""
    store.client.config_set("appendfsync", "no")
    yield
    store.client.config_set("appendfsync", "always")


@pytest.fixture
def undisturbed(store: Store, context: Context, tmp_path: Path) -> Outcome:
    """The outcome when nothing fails."""
    store.client.flushall()
    receiver = Taker()
    work_three_hours(store, receiver, tmp_path)
    ended = outcome(context)
    assert [event["id"] for event in everything_sent(context)] == receiver.ids
    assert {booking: state[:2] for booking, state in ended.records.items()} == {
        "asked": ("released", "deadline"),
        "bailed": ("released", "bail"),
        "contact-first": ("released", "deadline"),
        "unasked": ("released", "deadline"),
    }
    assert {subject for subject, kind, _ in ended.notices if ".ice." in kind} == {"asked", "contact-first"}
    assert max(ended.notices.values()) == 1
    return ended


@pytest.mark.usefixtures("quick_disk")
@pytest.mark.parametrize("way", Break)
def test_the_outcome_is_the_same_whichever_exchange_breaks(
    way: Break,
    store: Store,
    context: Context,
    undisturbed: Outcome,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    nth = 0
    while True:
        nth += 1
        plan, receiver, data_dir = Plan(way, nth), Taker(), tmp_path / str(nth)
        data_dir.mkdir()  # another installation, since the store is emptied
        store.client.flushall()
        with monkeypatch.context() as broken:
            broken.setattr(wiring, "connect", lambda url, plan=plan: breaking_client(url, plan))
            try:
                work_three_hours(store, receiver, data_dir)
            except UNREACHABLE:
                assert plan.broken
        if not plan.broken:
            break
        let_leases_expire(context)
        work_three_hours(store, receiver, data_dir)
        assert outcome(context) == undisturbed, f"exchange {nth}"
        assert set(receiver.ids) == {event["id"] for event in everything_sent(context)}, f"exchange {nth}"
    assert nth > 50, "so few exchanges cannot have covered all the work"
