"""An event that breaks the worker stops neither the others of its booking nor those of others."""

from datetime import timedelta
from typing import Any

import pytest
from bookings import bail_posted, booked, departed, ice_contacted, now, raw
from redis.exceptions import ConnectionError as StoreConnectionError
from working import age, alarms, put, rejected, take_in, the_record

from events import inbound
from worker import intake
from worker.custody import advance
from worker.site import Site
from worker.store.inbox import CLAIM_AFTER_MS

HOUR = timedelta(hours=1)
HANDLERS: dict[Any, Any] = advance._HANDLERS


def fail(*_: object) -> None:
    """A handler with a defect."""
    raise RuntimeError("a defect")


@pytest.fixture
def departures_break(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core has a defect: it fails on every departure."""

    monkeypatch.setitem(HANDLERS, inbound.PersonDeparted, fail)


def deliver_again(site: Site) -> None:
    """Another worker takes over what was left."""
    age(site, CLAIM_AFTER_MS)
    intake.drain(site, site.shards[0])


@pytest.mark.usefixtures("departures_break")
def test_the_others_are_applied_at_once_and_the_one_is_set_aside_at_its_third_delivery(site: Site) -> None:
    poison = departed("B1", now())
    take_in(
        site,
        booked("B1", due_at=now() + HOUR),
        poison,
        bail_posted("B1", now()),
        booked("B2", due_at=now() + HOUR),
    )
    assert the_record(site, "B1").state == "released"
    assert the_record(site, "B2").state == "held"
    assert site.shards[0].inbox.waiting() == 1
    deliver_again(site)
    assert (rejected(site), alarms(site)) == ([], [])
    deliver_again(site)
    assert rejected(site) == [("set_aside", raw(poison))]
    assert alarms(site) == [("event_set_aside", "B1")]
    assert site.shards[0].inbox.waiting() == 0


@pytest.mark.usefixtures("departures_break")
def test_each_of_several_is_set_aside_with_an_alarm_of_its_own(site: Site) -> None:
    poison = [departed("B1", now()), departed("B1", now()), departed("B2", now())]
    take_in(site, booked("B1", due_at=now() + HOUR), booked("B2", due_at=now() + HOUR), *poison)
    for _ in range(2):
        deliver_again(site)
    assert [text for _, text in rejected(site)] == [raw(event) for event in poison]
    assert alarms(site) == [("event_set_aside", booking) for booking in ("B1", "B1", "B2")]


def test_an_event_set_aside_is_applied_once_the_defect_is_gone(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setitem(HANDLERS, inbound.PersonDeparted, fail)
        take_in(site, booked("B1", due_at=now() + HOUR), departed("B1", now()))
        for _ in range(2):
            deliver_again(site)
    [(_, text)] = rejected(site)
    take_in(site, text)
    assert the_record(site, "B1").departed_at is not None


def test_a_record_that_cannot_be_read_stops_no_other_and_its_events_are_kept(site: Site) -> None:
    take_in(site, booked("B1", due_at=now() + HOUR), booked("B2", due_at=now() + HOUR))
    key = site.shards[0].keys.record("B1")
    whole = site.client.hget(key, "doc") or b""
    site.client.hset(key, "doc", whole[:-1])
    contact = ice_contacted("B1", now())
    take_in(site, contact, bail_posted("B2", now()))
    assert the_record(site, "B2").state == "released"
    for _ in range(2):
        deliver_again(site)
    assert rejected(site) == [("set_aside", raw(contact))]
    site.client.hset(key, "doc", whole)
    take_in(site, raw(contact))
    assert len(the_record(site, "B1").contacts) == 1


def test_a_store_that_goes_away_is_no_reason_to_set_anything_aside(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(site, booked("B1", due_at=now() + HOUR))

    def gone(*_: object) -> None:
        raise StoreConnectionError("gone")

    with monkeypatch.context() as unreachable:
        unreachable.setattr(type(site.shards[0].committer), "commit", gone)
        for _ in range(5):
            with pytest.raises(StoreConnectionError):
                intake.work_one_batch(site, site.shards[0])
            age(site, CLAIM_AFTER_MS)
    deliver_again(site)
    assert the_record(site, "B1").state == "held"
    assert rejected(site) == []
