"""`custody doctor`: whether an installation is safe to rely on."""

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from events.outbound import AlarmCode
from tests.law import texas
from tests.support.bookings import bail_posted, booked, departed, now
from tests.support.deliveries import deliver_all
from tests.support.store_settings import configured, replica
from tests.support.terminal import Command
from tests.support.waiting_alarms import acknowledge_all
from tests.support.worker_by_hand import Store, everything, simulated_context, take_in
from worker.desk.doctor import census
from worker.embedded.server import EmbeddedStore
from worker.engine.alarms import raise_alarm
from worker.store import wrong_types
from worker.store.awake import show_awake
from worker.store.connection import connect
from worker.store.context import Context
from worker.store.keys import Keys
from worker.store.unix_ms import to_ms
from worker.store.waits import show_wait

HOUR = timedelta(hours=1)
OF_THE_SERVICE = {"worker", "releases", "timers", "losses", "identity"}


def verdicts(ask: Command, **settings: str) -> dict[str, str]:
    """Each finding that is not `ok`. The exit status must say whether one is unsafe."""
    asked = ask("doctor", "--json", **settings)
    findings = asked.document["findings"]
    assert all(set(finding) == {"check", "verdict", "detail"} and finding["detail"] for finding in findings)
    assert asked.document["safe"] is (asked.status == 0)
    assert asked.document["safe"] is all(finding["verdict"] != "unsafe" for finding in findings)
    return {finding["check"]: finding["verdict"] for finding in findings if finding["verdict"] != "ok"}


@pytest.fixture(autouse=True)
def at_work(context: Context) -> None:
    """A worker was seen just now."""
    show_awake(context.client, context.shards[0].keys)


def test_a_good_installation_is_safe(context: Context, ask: Command) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    assert verdicts(ask) == {}
    assert ask("doctor").status == 0


def test_an_installation_without_a_worker_is_unsafe(context: Context, ask: Command) -> None:
    context.client.delete(context.shards[0].keys.awake)
    assert verdicts(ask) == {"worker": "unsafe"}


def test_somebody_who_should_have_gone_is_unsafe(context: Context, ask: Command) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    context.client.zadd(context.shards[0].keys.timers, {"B1": to_ms(now() - timedelta(seconds=6))})
    assert verdicts(ask) == {"releases": "unsafe"}


def test_an_event_that_waits_for_long_is_unsafe(context: Context, ask: Command) -> None:
    past_ms = to_ms(now() - timedelta(seconds=11))
    keys = context.shards[0].keys
    context.client.xadd(keys.inbox, {"event": b"x"}, id=f"{past_ms}-0")
    assert verdicts(ask) == {"inbox": "unsafe"}
    assert "no worker takes them in at this moment" in ask("doctor").out.decode()
    context.client.set(keys.reader, "a reader's lease", px=3_000)
    assert "a worker takes them in, too slowly" in ask("doctor").out.decode()


@pytest.mark.parametrize(
    ("setting", "value", "check"),
    [
        ("appendonly", "no", "persistence"),
        ("appendfsync", "everysec", "durability"),
        ("maxmemory-policy", "allkeys-lru", "eviction"),
        ("maxmemory-policy", "volatile-ttl", "eviction"),
    ],
)
def test_a_store_that_may_forget_is_unsafe(
    store: Store, ask: Command, setting: str, value: str, check: str
) -> None:
    with configured(store.client, setting, value):
        assert verdicts(ask) == {check: "unsafe"}
        assert setting in ask("doctor").out.decode()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """The URL of a server for signals only."""
    with EmbeddedStore.own(tmp_path / "broker") as server:
        yield server.url


@pytest.mark.parametrize(
    ("setting", "value", "why"),
    [
        ("min-replicas-to-write", "1", "NOREPLICAS"),
        ("maxmemory", "1", "maxmemory"),
        ("replicaof", "127.0.0.1 1", "read only"),
    ],
)
def test_a_broker_that_answers_and_takes_no_message_is_unsafe(
    ask: Command, broker: str, setting: str, value: str, why: str
) -> None:
    client = connect(broker)
    assert verdicts(ask, broker_url=broker) == {}
    assert client.keys() == []
    if setting == "replicaof":
        client.replicaof(*value.split())
    else:
        client.config_set(setting, value)
    assert verdicts(ask, broker_url=broker) == {"broker": "unsafe"}
    [detail] = [
        one["detail"]
        for one in ask("doctor", "--json", broker_url=broker).document["findings"]
        if one["check"] == "broker"
    ]
    assert why in detail and "releases go on" in detail
    client.close()


def test_a_broker_that_does_not_answer_is_unsafe(ask: Command) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = f"redis://127.0.0.1:{nobody.getsockname()[1]}/1"
        assert verdicts(ask, broker_url=closed) == {"broker": "unsafe"}


def test_a_routing_file_that_is_not_there_is_unsafe(ask: Command, tmp_path: Path) -> None:
    assert verdicts(ask, routes=str(tmp_path / "routes.toml")) == {"routes": "unsafe"}


def test_a_damaged_tail_that_was_cut_off_is_a_warning_until_it_is_moved_away(
    ask: Command, tmp_path: Path
) -> None:
    kept = tmp_path / "valkey" / "appendonlydir" / "appendonly.aof.1.incr.aof.cut-20261130T120000Z-4096"
    kept.parent.mkdir(parents=True)
    kept.touch()
    assert verdicts(ask) == {"tails": "warning"}
    assert kept.name in ask("doctor", "--json").out.decode()


def test_a_profile_that_is_not_there_is_unsafe(ask: Command) -> None:
    assert verdicts(ask, profile="nowhere") == {"profile": "unsafe", "rules": "warning"}


def test_a_profile_out_of_its_dates_is_a_warning(ask: Command) -> None:
    assert verdicts(ask, profile="lapd-2016-11") == {"profile": "warning"}


def test_a_strangers_profile_is_unsafe_without_a_calendar_and_a_warning_without_the_years_holidays(
    ask: Command, tmp_path: Path
) -> None:
    without = tmp_path / "without.toml"
    without.write_text(texas.PROFILE.replace(texas.CALENDAR_FILE, ""), encoding="utf-8")
    outdated = tmp_path / "outdated.toml"
    outdated.write_text(texas.PROFILE.replace("2026-01-02", "2016-01-02"), encoding="utf-8")
    (tmp_path / "holidays.csv").write_text(
        "date,name\n2016-12-26,Christmas Day (observed)\n", encoding="utf-8"
    )
    assert verdicts(ask, profile=str(without)) == {"profile": "unsafe", "rules": "warning"}
    assert 'add calendar_file = "holidays.csv"' in " ".join(
        ask("doctor", profile=str(without)).out.decode().split()
    )
    assert verdicts(ask, profile=str(outdated)) == {"profile": "warning"}


def test_a_variable_that_looks_like_a_setting_is_a_warning(ask: Command) -> None:
    assert verdicts(ask, profle="ca-values-2018") == {"settings": "warning"}
    assert "did you mean CUSTODY_PROFILE?" in ask("doctor", profle="x").out.decode()
    assert ask("due", profle="x").err == ""


def test_a_store_of_simulated_time_is_a_warning(store: Store, ask: Command) -> None:
    simulated_context(store, now()).client.close()
    assert verdicts(ask) == {"clock": "warning"}


def test_events_of_a_shard_that_there_is_not_are_unsafe(context: Context, ask: Command) -> None:
    context.client.xadd(Keys(1).inbox, {"event": "{}"})
    assert verdicts(ask) == {"inbox": "unsafe"}


def test_a_clock_of_the_store_that_was_set_back_is_unsafe(context: Context, ask: Command) -> None:
    keys = context.shards[0].keys
    take_in(context, booked("B1", due_at=now() + HOUR))
    context.client.xadd(keys.journal, {"entry": "as written before"}, id=to_ms(now() + HOUR))
    assert verdicts(ask) == {"clock": "unsafe"}
    assert "by 3600 s" in ask("doctor").out.decode()
    context.client.delete(keys.journal)
    assert verdicts(ask) == {}
    context.client.set(keys.awake, to_ms(now() + HOUR))
    assert verdicts(ask) == {"clock": "unsafe"}
    show_awake(context.client, keys)
    assert verdicts(ask) == {"clock": "unsafe"}, "whatever is shown since"


def test_a_held_person_without_a_timer_is_unsafe(context: Context, store: Store, ask: Command) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    store.client.zrem(context.shards[0].keys.timers, "B1")
    assert verdicts(ask) == {"timers": "unsafe"}


def test_somebody_held_past_the_deadline_is_unsafe_without_any_timer(
    context: Context, ask: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    context.client.delete(context.shards[0].keys.timers)
    monkeypatch.setattr(census, "LONGEST_LATE", -2 * HOUR)
    assert verdicts(ask) == {"releases": "unsafe", "timers": "unsafe"}
    assert "B1" in ask("doctor").out.decode()


def test_a_person_held_under_other_rules_is_a_warning(context: Context, ask: Command) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    assert verdicts(ask, profile="lapd-2016-11") == {"profile": "warning", "rules": "warning"}
    assert "custody reprofile" in ask("doctor", profile="lapd-2016-11").out.decode()


def test_rules_that_are_lost_or_damaged_are_unsafe_while_somebody_is_held_under_them(
    context: Context, ask: Command
) -> None:
    profiles, fingerprint = (
        context.shards[0].keys.profiles,
        context.rules_by_record.current.profile.fingerprint,
    )
    context.client.hset(profiles, "0123456789abcdef", b"{}")
    assert verdicts(ask) == {"profiles": "warning"}
    context.client.hdel(profiles, "0123456789abcdef")
    take_in(context, booked("B1", due_at=now() + HOUR))
    for damage in (b"{}", None):
        if damage is None:
            context.client.delete(profiles)
        else:
            context.client.hset(profiles, fingerprint, damage)
        assert verdicts(ask) == {"profiles": "unsafe"}
        assert "1 (B1)" in ask("doctor", "--json").out.decode()


@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("timers", {"releases", "timers", "rules", "profiles", "keys"}),
        ("inbox", {"inbox", "keys"}),
        ("rejects", {"rejects", "keys"}),
        ("simulation", {"keys"}),
    ],
)
def test_what_cannot_be_examined_is_unsafe_and_hides_nothing_else(
    context: Context, ask: Command, key: str, named: set[str]
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    name = getattr(context.shards[0].keys, key)
    context.client.delete(name)
    context.client.set(name, "of another type")
    assert verdicts(ask) == dict.fromkeys(named, "unsafe")


def test_the_doctor_writes_nothing(context: Context, store: Store, ask: Command) -> None:
    before = everything(context.shards[0])
    assert ask("doctor").status == 0
    assert everything(context.shards[0]) == before


def test_a_replica_is_unsafe(context: Context, ask: Command) -> None:
    with replica(context.client):
        assert verdicts(ask) == {"role": "unsafe", "writes": "unsafe", "broker": "unsafe"}


@pytest.mark.parametrize(("setting", "value"), [("min-replicas-to-write", "1"), ("maxmemory", "1")])
def test_a_store_that_refuses_writes_is_unsafe(
    context: Context, ask: Command, setting: str, value: str
) -> None:
    with configured(context.client, setting, value):
        assert verdicts(ask) == {"writes": "unsafe", "broker": "unsafe"}


def test_timers_whose_records_are_gone_are_unsafe(context: Context, ask: Command) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), booked("B2", due_at=now() + HOUR))
    context.client.delete(context.shards[0].keys.record("B1"))
    assert verdicts(ask) == {"timers": "unsafe"}
    assert "1 timers are of bookings whose record is gone" in " ".join(ask("doctor").out.decode().split())


def test_alarms_are_a_warning_until_a_person_acknowledges_them(context: Context, ask: Command) -> None:
    take_in(context, departed("nobody", now()))
    raise_alarm(context.shards[0], "clock_skew", "a test", now())
    assert verdicts(ask) == {"alarms": "warning"}
    assert "1 wait for a person: clock_skew 1" in " ".join(ask("doctor").out.decode().split())
    acknowledge_all(context)
    assert verdicts(ask) == {}


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("intake_stalled", "unsafe"), ("held_without_clock", "unsafe"), ("clock_skew", "warning")],
)
def test_an_alarm_that_people_may_be_held_unlawfully_is_unsafe_after_an_hour(
    store: Store, ask: Command, code: AlarmCode, verdict: str
) -> None:
    """Of other alarms the doctor warns, however long they wait."""

    def verdict_after(since: timedelta) -> str:
        later = simulated_context(store, started + since)
        show_awake(later.client, later.shards[0].keys)
        found = verdicts(ask)
        later.client.close()
        return found["alarms"]

    started = now()
    before = simulated_context(store, started)
    raise_alarm(before.shards[0], code, "a test", started)
    before.client.close()
    assert verdict_after(HOUR - timedelta(minutes=1)) == "warning"
    assert verdict_after(HOUR + timedelta(minutes=1)) == verdict


def test_a_notice_that_waits_for_a_minute_is_unsafe_by_its_id_and_by_what_a_worker_has_seen(
    context: Context, ask: Command
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now()))
    assert verdicts(ask) == {}
    show_wait(context.client, context.shards[0].keys, "outbox", 61)
    assert verdicts(ask) == {"notices": "unsafe"}
    deliver_all(context)
    assert verdicts(ask) == {}


def test_a_notice_that_cannot_be_delivered_is_unsafe_until_a_person_has_dealt_with_it(
    context: Context, ask: Command
) -> None:
    foreign = context.client.xadd(context.shards[0].keys.outbox, {"evnet": "{}"})
    assert foreign
    deliver_all(context)
    assert verdicts(ask) == {"undelivered": "unsafe"}
    [item] = ask("notices", "list", "--undelivered", "--json").document
    assert (item["outbox_id"], item["dead"]) == (foreign.decode(), ["jail"])
    assert item["outbox_id"] in ask("notices", "list").out.decode()
    assert ask("notices", "done", item["outbox_id"], "--by", "Ortiz").status == 0
    assert verdicts(ask) == {}
    again = ask("notices", "done", item["outbox_id"], "--by", "Ortiz")
    assert (again.status, bool(again.complaint)) == (1, True)


def test_an_event_whose_id_lies_ahead_of_the_stores_clock_is_judged_by_what_a_worker_has_seen(
    context: Context, ask: Command
) -> None:
    in_ten_years_ms = to_ms(now() + 87_600 * HOUR)
    context.client.xadd(context.shards[0].keys.inbox, {"event": "garbage"}, id=f"{in_ten_years_ms}-0")
    assert verdicts(ask) == {}
    assert "ahead of the store's clock" in ask("doctor").out.decode()
    show_wait(context.client, context.shards[0].keys, "inbox", 11)
    assert verdicts(ask) == {"inbox": "unsafe"}


def test_a_key_that_was_set_aside_is_unsafe_until_a_person_has_removed_it(
    context: Context, ask: Command
) -> None:
    rejects = context.shards[0].keys.rejects
    context.client.set(rejects, "not ours")
    wrong_types.set_aside(context.client, context.shards[0].keys)
    assert verdicts(ask) == {"keys": "unsafe"}
    context.client.delete(f"{rejects}:wrong-type")
    assert verdicts(ask) == {}


def test_a_record_that_cannot_be_read_is_unsafe(context: Context, store: Store, ask: Command) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    store.client.hset(context.shards[0].keys.record("B1"), "doc", json.dumps({"booking": "B1"}))
    assert verdicts(ask) == {"timers": "unsafe"}


def test_refused_events_are_a_warning_until_a_person_has_dealt_with_them(
    context: Context, ask: Command
) -> None:
    take_in(context, b"garbage")
    assert verdicts(ask) == {"rejects": "warning"}
    [item] = ask("rejects", "list", "--json").document
    assert ask("rejects", "done", item["id"], "--by", "Ortiz").status == 0
    assert verdicts(ask) == {}


def test_a_refused_event_that_nobody_has_dealt_with_for_an_hour_is_unsafe(
    context: Context, ask: Command
) -> None:
    past_ms = to_ms(now() - HOUR - timedelta(seconds=1))
    fields = {"event": b"garbage", "reason": "not_json", "detail": "", "inbox_id": "1-1"}
    context.client.xadd(context.shards[0].keys.rejects, fields, id=f"{past_ms}-0")
    assert verdicts(ask) == {"rejects": "unsafe"}
    assert ask("rejects", "replay", f"{past_ms}-0").status == 0
    assert verdicts(ask) == {}
