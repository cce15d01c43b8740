"""The stored rules of a booking are lost or damaged under a worker whose site has others: releases go on."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.bookings import PROFILE, amended, bail_posted, booked, ice_contacted, now
from tests.support.signals import NoCelery
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import (
    Store,
    alarms,
    audit_problems,
    everything_sent,
    fire_all,
    put,
    rejected,
    releases,
    take_in,
    the_record,
)
from worker.engine import intake
from worker.engine.chores.keep_profiles import KeepProfiles
from worker.engine.pacemaker import Pacemaker
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import kept_profiles
from worker.store.context import Context

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
OTHER_RULES = "ca-values-2018"


def delete_all(context: Context, _fingerprint: str) -> None:
    context.client.delete(context.shards[0].keys.profiles)


def delete_one(context: Context, fingerprint: str) -> None:
    context.client.hdel(context.shards[0].keys.profiles, fingerprint)


def change_content(context: Context, fingerprint: str) -> None:
    """What is there can be read, and would be other rules."""
    kept = context.client.hget(context.shards[0].keys.profiles, fingerprint)
    assert kept
    changed = kept.replace(b"72", b"96")
    assert changed != kept
    context.client.hset(context.shards[0].keys.profiles, fingerprint, changed)


def garble(context: Context, fingerprint: str) -> None:
    context.client.hset(context.shards[0].keys.profiles, fingerprint, b'{"content": "\xff')


def make_it_a_string(context: Context, _fingerprint: str) -> None:
    context.client.set(context.shards[0].keys.profiles, "no hash")


FAULTS = [delete_all, delete_one, change_content, garble, make_it_a_string]


@pytest.fixture
def site(context: Context, store: Store) -> Iterator[Context]:
    """A worker of a site whose rules are others than those that `context` books under."""
    site = open_context(Settings(profile=OTHER_RULES), store.url)
    site.establish()
    yield site
    site.client.close()


def fingerprint_of(context: Context) -> str:
    return context.rules_by_record.current.profile.fingerprint


@pytest.mark.parametrize("fault", FAULTS)
def test_a_known_deadline_is_released_on_time_and_what_ice_may_be_owed_is_an_alarm(
    context: Context, site: Context, tmp_path: Path, fault: Callable[[Context, str], None]
) -> None:
    due_at = now() + 1.5 * SECOND
    take_in(
        context, booked("asked", due_at=due_at), ice_contacted("asked", now()), booked("B2", due_at=due_at)
    )
    before = len(everything_sent(context))
    fault(context, fingerprint_of(context))
    pacemaker = Pacemaker(lambda: site, NoCelery(), helpers=1, data_dir=tmp_path)
    pacemaker.start()
    try:
        assert wait_until(lambda: len(releases(context)) == 2, 10.0)
    finally:
        pacemaker.stop()
        pacemaker.join()
    for booking in ("asked", "B2"):
        record = the_record(context, booking)
        assert (record.state, record.entitled_at) == ("released", record.deadline)
        assert record.released_at
        assert timedelta(0) <= record.released_at - due_at < SECOND
    sent = everything_sent(context)[before:]
    assert {event["audience"] for event in sent} == {"jms", "watch"}
    assert ("profile_missing", "asked") in alarms(context)
    assert ("profile_missing", "B2") not in alarms(context)
    assert "held_without_clock" not in dict(alarms(context))
    assert audit_problems(context) == []


def test_a_worker_that_has_used_a_profile_stores_it_again_and_composes_the_notices(
    context: Context, site: Context
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), ice_contacted("B1", now()))
    chore = KeepProfiles()
    chore.do(site)
    for fault in FAULTS:
        fault(context, fingerprint_of(context))
        chore.do(site)
        assert kept_profiles.load(context.client, context.shards[0].keys, fingerprint_of(context))
    delete_all(context, "")
    take_in(site, bail_posted("B1", now()))
    assert "ice" in {event["audience"] for event in everything_sent(site)}
    assert alarms(site) == []


def test_a_damaged_profile_is_alarmed_before_anybody_is_due(context: Context, site: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    change_content(context, fingerprint_of(context))
    for _ in range(2):
        KeepProfiles().do(site)
    assert alarms(site) == [("profile_missing", "clock")]


def test_the_sites_own_profile_is_mended_at_the_start(context: Context, store: Store) -> None:
    for fault in FAULTS:
        fault(context, fingerprint_of(context))
        open_context(Settings(profile=PROFILE), store.url).establish()
        kept = context.client.hget(context.shards[0].keys.profiles, fingerprint_of(context))
        assert kept
        assert b"96" not in kept


def test_an_event_that_needs_the_rules_is_set_aside_and_stops_no_other(
    context: Context, site: Context
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    delete_all(context, "")
    put(site, amended("B1", now(), arrested_at=now() - HOUR), bail_posted("B1", now()))
    for _ in range(3):
        intake.drain(site, site.shards[0])
    fire_all(site)
    assert [reason for reason, _ in rejected(site)] == ["set_aside"]
    assert the_record(site, "B1").basis == "bail"
