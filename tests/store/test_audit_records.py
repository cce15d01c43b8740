"""`audit verify` finds a record or timer that is not what was committed, and raises no false alarm."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from events import inbound
from events.facts import Voiding
from tests.support.bookings import PROFILE, bail_posted, booked, ice_contacted, now
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store, fire_all, take_in
from tests.support.worker_by_hand import audit_problems as problems
from worker.custody.record import Record
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import audit, records
from worker.store.context import Context

HOUR = timedelta(hours=1)

FIELDS = {"head": "", "journal": "", "doc": "{}"}

HEAD = {"version": "1", "state": "released", "deadline": "4102444800000", "ceiling": "4102444800000"}
"""Each part of a head, and what it is changed to."""

LATER = "2030-01-01T00:00:00.000Z"
DOCUMENT: dict[str, Any] = {
    "booking": "B9",
    "state": "closed",
    "version": 9,
    "chain": "1" * 44,
    "profile": {"name": "another", "fingerprint": "0" * 16},
    "seen": [],
    "first_heard_at": LATER,
    "attended_until": LATER,
    "facts": None,
    "heard_at": LATER,
    "first_report": "0" * 24,
    "probable_cause_found_at": LATER,
    "deadline": LATER,
    "governing_limit": "type1_96h",
    "learned_late": True,
    "grace_until": LATER,
    "ceiling": {"deadline": LATER, "limit": "cap_72h"},
    "merged": [{"arrested_at": LATER, "booked_at": LATER, "kind": "warrant"}],
    "basis": "deadline",
    "ended_at": LATER,
    "void_reason": "duplicate",
    "renumbered_to": "B8",
    "former_numbers": ["B7"],
    "entitled_at": LATER,
    "released_at": LATER,
    "closed_at": LATER,
    "departed_at": LATER,
    "gone_while_held": True,
    "holds": [{"hold_id": "H1", "kind": "parole", "reference": "forged"}],
    "contacts": [],
    "counsel": "another",
    "awaiting": ["{}"],
}


def test_every_field_of_a_record_is_tried_here() -> None:
    assert DOCUMENT.keys() == set(Record.__struct_fields__)


@pytest.mark.parametrize("name", FIELDS)
def test_verify_finds_a_stored_field_of_a_record_changed(filled: Context, name: str) -> None:
    filled.client.hset(filled.shards[0].keys.record("B1"), name, FIELDS[name])
    assert any("B1" in problem for problem in problems(filled))


@pytest.mark.parametrize("name", HEAD)
def test_verify_finds_a_part_of_a_head_changed(filled: Context, name: str) -> None:
    key = filled.shards[0].keys.record("B1")
    head = dict(zip(HEAD, (filled.client.hget(key, "head") or b"").decode().split(" "), strict=True))
    filled.client.hset(key, "head", " ".join((head | {name: HEAD[name]}).values()))
    assert "booking B1: its head is not what was committed" in problems(filled)


@pytest.mark.parametrize("head", ["", "2", "2 held", "2 held x ", "2 held 1e300 ", "x held 1 1", '2 held",'])
def test_verify_finds_an_unreadable_head(filled: Context, head: str) -> None:
    filled.client.hset(filled.shards[0].keys.record("B1"), "head", head)
    assert "booking B1: its head is not what was committed" in problems(filled)


def test_verify_finds_a_missing_head(filled: Context) -> None:
    filled.client.hdel(filled.shards[0].keys.record("B1"), "head")
    assert "booking B1: its head is not what was committed" in problems(filled)


@pytest.mark.parametrize("number", ["B9", "B3"], ids=["without a record", "with a record"])
def test_verify_finds_a_record_copied_to_another_booking(filled: Context, number: str) -> None:
    keys = filled.shards[0].keys
    filled.client.copy(keys.record("B1"), keys.record(number), replace=True)
    filled.client.zadd(keys.timers, {number: filled.client.zscore(keys.timers, "B1") or 0})
    assert f"booking {number}: its booking is not what was committed" in problems(filled)


@pytest.mark.parametrize("name", DOCUMENT)
def test_verify_finds_a_part_of_a_document_changed(filled: Context, name: str) -> None:
    key = filled.shards[0].keys.record("B2")
    document = json.loads(filled.client.hget(key, "doc") or b"")
    filled.client.hset(key, "doc", json.dumps(document | {name: DOCUMENT[name]}, separators=(",", ":")))
    assert any("B2" in problem for problem in problems(filled))


@pytest.mark.parametrize("instant", [LATER, "2016-11-15T18:00:00.000Z", "", None])
def test_verify_finds_the_instant_of_a_release_changed_right_after_it(
    context: Context, instant: str | None
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    assert problems(context) == []
    key = context.shards[0].keys.record("B1")
    document = (context.client.hget(key, "doc") or b"").decode()
    released_at = json.loads(document)["released_at"]
    assert document.count(f'"{released_at}"') == 1
    changed = document.replace(f'"{released_at}"', json.dumps(instant))
    context.client.hset(key, "doc", changed)
    assert any("B1" in problem for problem in problems(context))


def test_verify_finds_another_instant_set_to_that_of_the_release(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    key = context.shards[0].keys.record("B1")
    document = json.loads(context.client.hget(key, "doc") or b"")
    changed = document | {"entitled_at": document["released_at"]}
    text = json.dumps(changed, separators=(",", ":"))
    assert json.dumps(document, separators=(",", ":")).encode() == context.client.hget(key, "doc")
    context.client.hset(key, "doc", text)
    assert any("B1" in problem for problem in problems(context))


def test_verify_finds_a_ceiling_removed_from_both_document_and_head(filled: Context) -> None:
    key = filled.shards[0].keys.record("B1")
    document = json.loads(filled.client.hget(key, "doc") or b"")
    del document["ceiling"]
    version, state, deadline, _ = (filled.client.hget(key, "head") or b"").decode().split(" ")
    head = f"{version} {state} {deadline} "
    filled.client.hset(key, mapping={"doc": json.dumps(document, separators=(",", ":")), "head": head})
    assert any("B1" in problem for problem in problems(filled))


def test_verify_finds_a_record_that_lists_fewer_journal_entries_than_it_has(filled: Context) -> None:
    key = filled.shards[0].keys.record("B2")
    ids = records.journal_ids(filled.client, filled.shards[0].keys, "B2")
    filled.client.hset(key, "journal", " ".join(ids[1:]))
    assert any("B2" in problem for problem in problems(filled))


def test_verify_finds_a_record_removed(filled: Context) -> None:
    filled.client.delete(filled.shards[0].keys.record("B1"))
    assert any("B1" in problem for problem in problems(filled))


def test_verify_finds_a_record_set_back_to_an_earlier_version(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    key = context.shards[0].keys.record("B1")
    earlier: Any = context.client.hgetall(key)
    take_in(context, ice_contacted("B1", now()))
    context.client.hset(key, mapping=earlier)
    assert any("B1" in problem for problem in problems(context))


def test_verify_finds_a_timer_removed_or_moved_past_the_deadline(filled: Context) -> None:
    timers = filled.shards[0].keys.timers
    score = filled.client.zscore(timers, "B1")
    assert score
    filled.client.zrem(timers, "B1")
    assert any("B1" in problem for problem in problems(filled))
    filled.client.zadd(timers, {"B1": score + 13 * 3_600_000})
    assert any("B1" in problem for problem in problems(filled))
    filled.client.zadd(timers, {"B1": score})
    assert problems(filled) == []


def test_verify_lets_a_booking_that_arrived_late_have_its_grace_and_no_more(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() - HOUR))
    assert problems(context) == []
    context.client.zincrby(context.shards[0].keys.timers, 1, "B1")
    assert problems(context) == ["booking B1: held without a timer at or before its release"]


def test_verify_finds_a_timer_of_a_closed_record(context: Context) -> None:
    void = inbound.BookingVoided.about(
        "B1", Voiding(reason="mistaken"), id="void", source="urn:test:jms", time=now()
    )
    take_in(context, booked("B1", due_at=now() + HOUR), void)
    assert problems(context) == []
    context.client.zadd(context.shards[0].keys.timers, {"B1": 1})
    assert any("B1" in problem for problem in problems(context))


# Beside a busy worker


@pytest.fixture
def busy_worker(store: Store, context: Context) -> Iterator[threading.Event]:
    """A worker that takes in bookings and events about them, and fires, until stopped."""
    stop = threading.Event()
    busy = open_context(Settings(profile=PROFILE), store.url)

    def work() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            take_in(busy, *(booked(f"B{number}-{part}", due_at=now() + HOUR) for part in range(20)))
            take_in(busy, *(ice_contacted(f"B{number}-{part}", now()) for part in range(20)))
            take_in(busy, *(bail_posted(f"B{number}-{part}", now()) for part in range(10)))
            fire_all(busy)

    thread = threading.Thread(target=work)
    thread.start()
    yield stop
    stop.set()
    thread.join()
    busy.client.close()


def test_verify_reports_nothing_beside_a_busy_worker(busy_worker: threading.Event, context: Context) -> None:
    counted: list[int] = []

    def has_verified_enough() -> bool:
        found = audit.verify(context.client, context.shards[0].keys)
        assert found.problems == []
        counted.append(found.entries)
        return found.entries > 500

    assert wait_until(has_verified_enough, 30.0)
    busy_worker.set()
    assert len(set(counted)) > 3, "the worker did nothing during the audits"
