"""Records and journals that earlier versions wrote are records and journals still.

The files in `older/` are what those versions left in a store, on 2016-11-15 at 10:00 UTC: B1, held until
11:00 and asked about by ICE; B2, amended and released on bail; B3, of which only a contact is known.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bookings import bail_posted, booked, ice_contacted
from committing import commit, laden
from msgspec.structs import replace
from working import (
    Store,
    alarms,
    audit_problems,
    decide,
    everything,
    fire_all,
    releases,
    simulated_site,
    take_in,
    the_record,
)

from worker.site import Site
from worker.store import journal
from worker.store.commit import Committed

TAKEN_AT = datetime(2016, 11, 15, 10, 0, tzinfo=UTC)
DEADLINE = datetime(2016, 11, 15, 11, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

FOUR_FIELDS = ("version", "state", "deadline_ms", "ceiling_ms")
LAYOUTS = {path.stem: path for path in sorted((Path(__file__).parent / "older").glob("*.json"))}


def _site_of(store: Store, layout: str, at: datetime) -> Site:
    """A hold on a store as that version left it, at this instant."""
    site = simulated_site(store, at)
    left: dict[str, Any] = json.loads(LAYOUTS[layout].read_text())
    keys = site.shards[0].keys
    for booking, fields in left["records"].items():
        store.client.hset(keys.record(booking), mapping=fields)
    for id_, entry in left["journal"].items():
        store.client.xadd(keys.journal, {"entry": entry}, id=id_)
    store.client.zadd(keys.timers, left["timers"])
    store.client.hset(keys.profiles, mapping=left["profiles"])
    return site


@pytest.fixture(params=LAYOUTS)
def older(store: Store, request: pytest.FixtureRequest) -> Site:
    """Each of the stores that earlier versions left, a minute later."""
    return _site_of(store, request.param, TAKEN_AT + MINUTE)


def _fields(site: Site, booking: str) -> set[bytes]:
    return set(site.client.hkeys(site.shards[0].keys.record(booking)))


def test_there_is_a_store_of_every_layout() -> None:
    assert set(LAYOUTS) == {"four_fields", "whole_document"}


def test_what_was_known_is_known(older: Site) -> None:
    held, released, waiting = (the_record(older, booking) for booking in ("B1", "B2", "B3"))
    assert (held.state, held.version, held.deadline) == ("held", 2, DEADLINE)
    assert (held.profile.name, len(held.seen), len(held.contacts)) == ("seventy-two-hours", 2, 1)
    assert held.ceiling is not None
    assert held.ceiling.deadline == DEADLINE
    assert (released.state, released.basis, released.version) == ("released", "bail", 3)
    assert released.facts is not None
    assert [(charge.statute, charge.level, charge.description) for charge in released.facts.charges] == [
        ("459PC", "felony", "burglary, “Zoë”"),
        ("484PC", "misdemeanor", None),
    ]
    assert (waiting.state, len(waiting.awaiting)) == ("awaiting_booking", 1)
    keys = older.shards[0].keys
    assert [link.content["outcome"] for link in journal.timeline(older.client, keys, "B2")] == [
        "clock_started",
        "amended",
        "released",
    ]


def test_the_audit_finds_nothing_amiss(older: Site) -> None:
    assert audit_problems(older) == []


@pytest.mark.parametrize("field", FOUR_FIELDS)
def test_the_audit_finds_a_field_changed(store: Store, field: str) -> None:
    older = _site_of(store, "four_fields", TAKEN_AT + MINUTE)
    older.client.hset(older.shards[0].keys.record("B1"), field, "4102444800000")
    assert any("B1" in problem for problem in audit_problems(older))


def test_the_audit_finds_a_document_changed(older: Site) -> None:
    key = older.shards[0].keys.record("B1")
    document = older.client.hget(key, "doc") or b""
    assert document.count(b"Metropolitan") == 1
    older.client.hset(key, "doc", document.replace(b"Metropolitan", b"metropolitan"))
    assert any("B1" in problem for problem in audit_problems(older))


def test_an_event_is_applied_and_the_record_written_anew(older: Site) -> None:
    take_in(older, bail_posted("B1", TAKEN_AT))
    assert (the_record(older, "B1").state, the_record(older, "B1").basis) == ("released", "bail")
    assert _fields(older, "B1") == {b"stands", b"journal", b"doc"}
    document = older.client.hget(older.shards[0].keys.record("B1"), "doc") or b""
    assert document.startswith(b'{"chain":')
    assert audit_problems(older) == []


def test_a_repeat_of_what_was_seen_changes_nothing(older: Site) -> None:
    before = the_record(older, "B1")
    take_in(older, booked("B1", due_at=DEADLINE, id="1"), ice_contacted("B1", TAKEN_AT, id="2"))
    assert the_record(older, "B1") == before
    take_in(older, booked("B1", due_at=DEADLINE, id="another"))
    assert alarms(older) == []


def test_a_booking_that_its_contact_waited_for_is_told_to_ice(older: Site) -> None:
    take_in(older, booked("B3", due_at=DEADLINE))
    assert (the_record(older, "B3").state, len(the_record(older, "B3").contacts)) == ("held", 1)
    assert audit_problems(older) == []


def test_the_deadline_releases_once(store: Store, older: Site) -> None:
    later = simulated_site(store, DEADLINE)
    fire_all(later)
    fire_all(later)
    assert releases(later) == ["B1"]
    assert audit_problems(later) == []


def test_the_script_holds_it_to_its_version_and_its_ceiling(older: Site) -> None:
    transition = decide(older, "B1", ice_contacted("B1", TAKEN_AT, id="another"))
    stale = laden(older, replace(transition, before=transition.before - 1))
    lifted = laden(older, replace(transition, record=replace(transition.record, ceiling=None)))
    before = everything(older.shards[0])
    assert commit(older, stale, lifted) == [Committed.CONFLICT, Committed.PAST_CEILING]
    assert everything(older.shards[0]) == before
