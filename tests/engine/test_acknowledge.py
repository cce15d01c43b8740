"""An alarm is acknowledged whole or not at all, once, and whatever is wrong with its booking."""

from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError as StoreConnectionError

from tests.support.bookings import PROFILE, bail_posted, booked, departed, now
from tests.support.breaking_client import Break, Plan, breaking_client
from tests.support.waiting_alarms import acknowledge_all, alarms_waiting, stored
from tests.support.worker_by_hand import (
    Store,
    alarms,
    audit_problems,
    everything,
    fire_all,
    put,
    take_in,
    the_record,
)
from worker.engine import acknowledge as acknowledging
from worker.engine import intake
from worker.engine.acknowledge import acknowledge
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import alarms as stored_alarms
from worker.store import records
from worker.store.alarms import StoredAlarm
from worker.store.connection import Client
from worker.store.context import Context, Shard
from worker.store.keys import Keys

HOUR = timedelta(hours=1)


@pytest.fixture
def alarmed(context: Context) -> tuple[str, StoredAlarm]:
    """An alarm about B1, who is held."""
    take_in(context, booked("B1", due_at=now() + HOUR), departed("B1", now()))
    [alarm] = stored(context)
    return alarm


def acknowledgements(context: Context) -> list[str]:
    """Who acknowledged, by the stream; the journal of B1 must agree."""
    shard = context.shards[0]
    found = [done.by for done in stored_alarms.acknowledged(shard.client, shard.keys)]
    assert audit_problems(context) == []
    return found


def test_of_two_who_acknowledge_at_once_one_does(context: Context, alarmed: tuple[str, StoredAlarm]) -> None:
    shard = context.shards[0]
    assert acknowledge(context, shard, *alarmed, "A. Okafor", None)
    version = the_record(context, "B1").version
    before = everything(shard)
    assert not acknowledge(context, shard, *alarmed, "Sgt. Diaz", "too late")
    assert everything(shard) == before
    assert the_record(context, "B1").version == version
    assert acknowledgements(context) == ["A. Okafor"]


def test_an_old_id_does_not_acknowledge_the_next_alarm(
    context: Context, alarmed: tuple[str, StoredAlarm]
) -> None:
    acknowledge_all(context)
    take_in(context, departed("B1", now()))
    assert not acknowledge(context, context.shards[0], *alarmed, "Sgt. Diaz", None)
    assert alarms_waiting(context) == [("departed_while_held", "B1", 1)]
    assert len(alarms(context)) == 2, "the next occurrence is a new alarm with a notice"


def test_what_was_counted_meanwhile_is_acknowledged_with_it(
    context: Context, alarmed: tuple[str, StoredAlarm]
) -> None:
    take_in(context, departed("B1", now()))
    assert acknowledge(context, context.shards[0], *alarmed, "A. Okafor", None)
    [done] = stored_alarms.acknowledged(context.client, context.shards[0].keys)
    assert done.alarm.count == 2


def test_a_record_that_changes_meanwhile_is_read_again(
    context: Context, alarmed: tuple[str, StoredAlarm], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, times = records.load_one, []

    def reading(client: Client, keys: Keys, booking: str) -> object:
        record = read(client, keys, booking)
        if not times:
            times.append(booking)
            take_in(context, bail_posted("B1", now()))
        return record

    monkeypatch.setattr(acknowledging.records, "load_one", reading)
    assert acknowledge(context, context.shards[0], *alarmed, "A. Okafor", None)
    assert the_record(context, "B1").state == "released"
    assert acknowledgements(context) == ["A. Okafor"]


@pytest.mark.parametrize("way", Break)
def test_killed_at_any_exchange_it_is_acknowledged_whole_or_not_at_all(
    context: Context, store: Store, alarmed: tuple[str, StoredAlarm], way: Break
) -> None:
    shard = context.shards[0]
    version = the_record(context, "B1").version
    for nth in range(1, 30):
        plan = Plan(way, nth)
        broken = open_context(Settings(profile=PROFILE), store.url)
        client = breaking_client(store.url, plan)
        acting = Shard.open(client, shard.keys, "breaking")
        try:
            acknowledge(broken, acting, *alarmed, "A. Okafor", None)
        except StoreConnectionError:
            done = acknowledgements(context)
            assert (stored(context) == []) is (done == ["A. Okafor"])
            assert the_record(context, "B1").version == version + len(done)
        finally:
            client.close()
            broken.client.close()
        if not plan.broken:
            break
    assert not plan.broken
    assert acknowledgements(context) == ["A. Okafor"]
    assert the_record(context, "B1").version == version + 1


def test_an_alarm_of_a_commit_that_is_not_made_waits_for_nobody(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    reader = context.shards[0].inbox.reader()
    put(context, departed("B1", now()))
    monkeypatch.setattr(intake, "apply", lambda *_, **__: (_ for _ in ()).throw(StoreConnectionError("gone")))
    with pytest.raises(StoreConnectionError):
        intake.work_one_batch(context, context.shards[0])
    reader.release()
    assert alarms_waiting(context) == []


def test_an_acknowledgement_just_before_the_deadline_delays_no_release(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), departed("B1", now()))
    shard = context.shards[0]
    before = context.client.zscore(shard.keys.timers, "B1")
    acknowledge_all(context)
    assert context.client.zscore(shard.keys.timers, "B1") == before
    context.client.zadd(shard.keys.timers, {"B1": 1})
    fire_all(context)
    assert context.client.zscore(shard.keys.timers, "B1") == before


def test_an_alarm_of_another_program_is_replaced_by_the_next(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), departed("B1", now()))
    [(same, _)] = stored(context)
    for damage in (b"no JSON", b"[]", b'{"id":1}'):
        context.client.hset(context.shards[0].keys.alarms, same, damage)
        assert stored(context) == []
        take_in(context, departed("B1", now()))
        assert alarms_waiting(context) == [("departed_while_held", "B1", 1)]
