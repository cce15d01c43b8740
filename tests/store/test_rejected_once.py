"""An event that two workers hold is in `rejects` once; a booking goes by the rules it is booked under."""

from datetime import timedelta

from bookings import booked, ice_contacted, now, raw
from working import rejected

from worker import intake
from worker.law.profile import load_profile
from worker.settings import Settings
from worker.site import Site, open_site
from worker.store import records
from worker.store.commit import Commit, Committed, Reject
from worker.store.keys import INBOX_GROUP


def test_what_another_worker_has_rejected_meanwhile_is_not_rejected_again(site: Site) -> None:
    shard = site.shards[0]
    inbox_id = site.client.xadd(shard.keys.inbox, {"event": b"garbage"}).decode()
    site.client.xreadgroup(INBOX_GROUP, "slow", {shard.keys.inbox: ">"})
    commit = Commit(None, (Reject(b"garbage", "not_json", "not JSON", inbox_id),), (inbox_id,))
    for _ in range(2):
        [answer] = shard.committer.commit([commit], now())
        assert answer.outcome == Committed.COMMITTED
    assert len(rejected(site)) == 1


def test_events_that_waited_are_decided_by_the_profile_in_force_when_the_booking_comes(
    site: Site, store_server: str
) -> None:
    shard = site.shards[0]
    site.client.xadd(shard.keys.inbox, {"event": raw(ice_contacted("B1", now()))})
    intake.drain(site, shard)
    later = open_site(Settings(profile="ca-values-2018"), store_server)
    later.client.xadd(shard.keys.inbox, {"event": raw(booked("B1", due_at=now() + timedelta(hours=70)))})
    intake.drain(later, later.shards[0])
    record = records.load_one(site.client, shard.keys, "B1")
    assert record is not None
    assert (record.profile.name, record.profile.fingerprint) == (
        "ca-values-2018",
        load_profile("ca-values-2018").fingerprint,
    )
    later.client.close()
