"""A record from when version, state, deadline and ceiling were fields of their own is a record still."""

from datetime import timedelta

import pytest
from bookings import bail_posted, booked, ice_contacted, now
from committing import commit, laden
from msgspec.structs import replace
from working import (
    Store,
    audit_problems,
    decide,
    everything,
    fire_all,
    releases,
    simulate,
    simulated_site,
    take_in,
    the_record,
)

from worker.site import Site
from worker.store.commit import Committed

HOUR = timedelta(hours=1)

OLDER = ("version", "state", "deadline_ms", "ceiling_ms")


@pytest.fixture
def older(store: Store) -> Site:
    """A booking with a contact, as it was once written."""
    site = simulated_site(store, now())
    take_in(site, booked("B1", due_at=now() + HOUR), ice_contacted("B1", now()))
    key = site.shards[0].keys.record("B1")
    stands = (site.client.hget(key, "stands") or b"").decode().split(" ")
    site.client.hset(key, mapping=dict(zip(OLDER, stands, strict=True)))
    site.client.hdel(key, "stands")
    return site


def _fields(site: Site, booking: str) -> set[bytes]:
    return set(site.client.hkeys(site.shards[0].keys.record(booking)))


def test_its_audit_finds_nothing_amiss(older: Site) -> None:
    assert audit_problems(older) == []


@pytest.mark.parametrize("field", OLDER)
def test_its_audit_finds_a_field_changed(older: Site, field: str) -> None:
    older.client.hset(older.shards[0].keys.record("B1"), field, "4102444800000")
    assert any("B1" in problem for problem in audit_problems(older))


def test_an_event_is_applied_and_the_record_written_anew(older: Site) -> None:
    take_in(older, bail_posted("B1", now()))
    assert (the_record(older, "B1").state, the_record(older, "B1").basis) == ("released", "bail")
    assert _fields(older, "B1") == {b"stands", b"journal", b"doc"}
    assert audit_problems(older) == []


def test_its_deadline_releases_once(older: Site, store: Store) -> None:
    simulate(store, now() + HOUR)
    later = simulated_site(store, now() + HOUR)
    fire_all(later)
    fire_all(later)
    assert releases(later) == ["B1"]
    assert audit_problems(later) == []


def test_the_script_holds_it_to_its_version_and_its_ceiling(older: Site) -> None:
    transition = decide(older, "B1", ice_contacted("B1", now(), id="another"))
    stale = laden(older, replace(transition, before=transition.before - 1))
    lifted = laden(older, replace(transition, record=replace(transition.record, ceiling=None)))
    before = everything(older.shards[0])
    assert commit(older, stale, lifted) == [Committed.CONFLICT, Committed.PAST_CEILING]
    assert everything(older.shards[0]) == before
