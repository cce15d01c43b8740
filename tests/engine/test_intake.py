"""Intake: an event is rejected once, and a booking is decided by the profile in force when it arrives."""

from datetime import timedelta

from tests.support.bookings import booked, ice_contacted, now, raw
from tests.support.worker_by_hand import rejected
from worker.custody.transition import RejectedEvent
from worker.engine import intake
from worker.host.wiring import open_context
from worker.law.profiles import load_profile
from worker.settings import Settings
from worker.store import records
from worker.store.commit import Commit, CommitOutcome
from worker.store.context import Context
from worker.store.keys import INBOX_GROUP


def test_an_event_that_two_workers_reject_is_listed_once(context: Context) -> None:
    shard = context.shards[0]
    inbox_id = context.client.xadd(shard.keys.inbox, {"event": b"garbage"}).decode()
    context.client.xreadgroup(INBOX_GROUP, "slow", {shard.keys.inbox: ">"})
    commit = Commit(None, (RejectedEvent(b"garbage", "not_json", "not JSON", inbox_id),), (inbox_id,))
    for _ in range(2):
        [answer] = shard.committer.commit([commit], now())
        assert answer.outcome == CommitOutcome.COMMITTED
    assert len(rejected(context)) == 1


def test_waiting_events_are_decided_by_the_profile_in_force_when_the_booking_arrives(
    context: Context, store_server: str
) -> None:
    shard = context.shards[0]
    context.client.xadd(shard.keys.inbox, {"event": raw(ice_contacted("B1", now()))})
    intake.drain(context, shard)
    later = open_context(Settings(profile="ca-values-2018"), store_server)
    later.client.xadd(shard.keys.inbox, {"event": raw(booked("B1", due_at=now() + timedelta(hours=70)))})
    intake.drain(later, later.shards[0])
    record = records.load_one(context.client, shard.keys, "B1")
    assert record is not None
    assert (record.profile.name, record.profile.fingerprint) == (
        "ca-values-2018",
        load_profile("ca-values-2018").fingerprint,
    )
    later.client.close()
