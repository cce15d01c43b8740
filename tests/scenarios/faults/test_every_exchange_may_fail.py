"""Whichever exchange with the store fails, and however: doing it all again ends as if nothing had failed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from events.outbound import Outbound
from tests.support.bookings import PROFILE, bail_posted, booked, ice_contacted, now, raw
from tests.support.breaking import Break, Plan, breaking_client
from tests.support.signals import NoCelery
from tests.support.worker_by_hand import (
    Store,
    age,
    audit_problems,
    everything_sent,
    rejected,
    simulate,
    the_record,
)
from worker.delivery.deliver import deliver
from worker.engine import intake
from worker.engine.pacemaker import Pacemaker
from worker.host import wiring
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.connection import UNREACHABLE
from worker.store.context import Context
from worker.store.inbox import CLAIM_AFTER_MS

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


class Received:
    """A receiver that remembers the ids of what it got."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def deliver(self, notices: Sequence[tuple[Outbound, bytes]]) -> None:
        """Take them."""
        self.ids += [notice.id for notice, _ in notices]


class Outcome(NamedTuple):
    """What must not depend on what failed."""

    records: dict[str, tuple[Any, ...]]
    notices: Counter[tuple[str, str, str]]
    refused: set[tuple[str, bytes]]


def upstream_sends(client: Any) -> None:
    for text in UPSTREAM:
        client.xadd("{custody:0}:inbox", {"event": text})


def work(context: Context, receiver: Received, data_dir: Path) -> None:
    """What a worker's pacemaker and tasks do while something is to be done."""
    pacemaker = Pacemaker(lambda: context, NoCelery(), helpers=1, data_dir=data_dir, sinks=[])
    for _ in range(2):
        pacemaker.beat(context)
        while intake.work_one_batch(context, context.shards[0]):
            pass
        deliver(context.shards[0].outbox, [receiver])


def live_through(store: Store, receiver: Received, data_dir: Path) -> None:
    """Three hours of made-up time, with a worker started anew at the beginning and at the end of them."""
    for at in (START, START + 3 * HOUR):
        simulate(store, at)
        context = open_context(Settings(profile=PROFILE), store.url)
        if at == START:
            upstream_sends(context.client)
        work(context, receiver, data_dir)
        context.client.close()


def outcome(context: Context) -> Outcome:
    """How it stands; everything must be settled, delivered and provable."""
    found: dict[str, tuple[Any, ...]] = {}
    for booking in ("asked", "bailed", "contact-first", "unasked"):
        record = the_record(context, booking)
        found[booking] = (record.state, record.basis, record.deadline, record.entitled_at, record.version)
    notices = Counter(
        (event["subject"], event["type"], event["data"].get("status", ""))
        for event in everything_sent(context)
    )
    assert context.shards[0].inbox.waiting() == 0
    assert context.shards[0].outbox.waiting() == 0
    assert audit_problems(context) == []
    return Outcome(found, notices, set(rejected(context)))


def forget_who_held_what(context: Context) -> None:
    """Time enough goes by for what the failed worker held to be anybody's."""
    context.shards[0].inbox.ensure_group()
    age(context, CLAIM_AFTER_MS)
    context.client.delete(context.shards[0].keys.delivery_lease)


@pytest.fixture
def quick_disk(store: Store) -> Iterator[None]:
    """A disk that need not be waited for: here only the network fails."""
    store.client.config_set("appendfsync", "no")
    yield
    store.client.config_set("appendfsync", "always")


@pytest.fixture
def undisturbed(store: Store, context: Context, tmp_path: Path) -> Outcome:
    """How it ends when nothing fails."""
    store.client.flushall()
    receiver = Received()
    live_through(store, receiver, tmp_path)
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
def test_all_ends_well_whichever_exchange_breaks(
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
        plan, receiver = Plan(way, nth), Received()
        store.client.flushall()
        with monkeypatch.context() as broken:
            broken.setattr(wiring, "connect", lambda url, plan=plan: breaking_client(url, plan))
            try:
                live_through(store, receiver, tmp_path)
            except UNREACHABLE:
                assert plan.broken
        if not plan.broken:
            break
        forget_who_held_what(context)
        live_through(store, receiver, tmp_path)
        assert outcome(context) == undisturbed, f"exchange {nth}"
        assert set(receiver.ids) == {event["id"] for event in everything_sent(context)}, f"exchange {nth}"
    assert nth > 50, "so few exchanges cannot have been the whole of it"
