"""An alarm about the service is raised again if its cause is still there later, and never lost."""

from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError as StoreConnectionError

from tests.support.bookings import bail_posted, booked, departed, now, raw
from tests.support.waiting import wait_until
from tests.support.waiting_alarms import acknowledge_all, alarms_waiting
from tests.support.worker_by_hand import alarms, everything_sent, put, rejected, take_in, the_record
from worker.engine import intake
from worker.engine.alarms import QUIET_SECONDS, raise_alarm
from worker.engine.sorting import setting_aside
from worker.store.commit import Committer
from worker.store.context import Context

HOUR = timedelta(hours=1)
DAY_SECONDS = 24 * 3600


def raise_it(context: Context, *, about: str = "clock", quiet_seconds: int = QUIET_SECONDS) -> bool:
    return raise_alarm(context.shards[0], "clock_skew", "a sample", now(), about, quiet_seconds=quiet_seconds)


def test_an_alarm_is_not_repeated_at_once_and_is_raised_again_later(context: Context) -> None:
    assert raise_it(context, quiet_seconds=1)
    assert not raise_it(context, quiet_seconds=1)
    assert alarms_waiting(context) == [("clock_skew", "clock", 1)]
    assert wait_until(lambda: raise_it(context, quiet_seconds=1), 5.0)
    assert alarms_waiting(context) == [("clock_skew", "clock", 2)]
    assert alarms(context) == [("clock_skew", "clock")], "while it waits for a person it only counts"
    acknowledge_all(context)
    assert wait_until(lambda: raise_it(context, quiet_seconds=1), 5.0)
    assert alarms_waiting(context) == [("clock_skew", "clock", 1)]
    assert alarms(context) == [("clock_skew", "clock")] * 2
    assert len({event["id"] for event in everything_sent(context)}) == 2


def test_by_default_it_is_raised_again_after_ten_minutes(context: Context) -> None:
    raise_it(context)
    keys = context.shards[0].keys
    assert 590 < context.client.ttl(keys.alarmed("clock_skew:clock")) <= 600


def test_the_same_alarm_about_another_booking_is_another(context: Context) -> None:
    assert [raise_it(context, about=about) for about in ("B1", "B2", "B1")] == [True, True, False]


def test_an_alarm_that_could_not_be_committed_is_raised_at_the_next_occasion(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise StoreConnectionError("gone")

    with monkeypatch.context() as unreachable:
        unreachable.setattr(Committer, "commit", gone)
        with pytest.raises(StoreConnectionError):
            raise_it(context)
    assert raise_it(context)


# In the log


def logged(context: Context, capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [
        line for line in capsys.readouterr().out.splitlines() if line.startswith("[error") and "alarm" in line
    ]


def test_an_alarm_about_a_booking_is_in_the_log_once_it_is_committed(
    context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), departed("B1", now()))
    [line] = logged(context, capsys)
    assert "code=departed_while_held" in line
    assert "booking=B1" in line
    assert "detail='booking B1: reported as departed while still held; the clock runs on'" in line


def test_an_alarm_that_is_not_committed_is_not_in_the_log(
    context: Context, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    monkeypatch.setattr(Committer, "write", lambda *_: iter(()))
    put(context, departed("B1", now()))
    intake.work_one_batch(context, context.shards[0])
    assert logged(context, capsys) == []


def test_a_late_release_is_in_the_log(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), bail_posted("B1", now() - HOUR))
    [line] = logged(context, capsys)
    assert "code=fired_late" in line
    assert "detail='booking B1: released 60 min after the entitlement (learned_late)'" in line


def test_an_event_that_is_set_aside_is_in_the_log_as_an_alarm(
    context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    setting_aside(raw(departed("B1", now())), "1-0", "B1")
    [line] = logged(context, capsys)
    assert "code=event_set_aside" in line
    assert "booking=B1" in line


# Fields that the contract does not have


def with_field(booking: str, name: str) -> bytes:
    text = raw(booked(booking, due_at=now() + HOUR))
    return text.replace(b'"agency"', b'"' + name.encode() + b'":"secret","agency"')


def test_an_unknown_field_is_removed_before_anything_is_kept_or_logged(
    context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    take_in(context, with_field("B1", "citizenship"))
    assert the_record(context, "B1").state == "held"
    assert rejected(context) == []
    kept = b"".join(context.client.dump(key) or b"" for key in context.client.scan_iter())
    assert b"secret" not in kept
    assert "secret" not in "".join(capsys.readouterr())


def test_the_watch_is_alarmed_once_a_source_type_and_field_a_day(context: Context) -> None:
    take_in(context, with_field("B1", "citizenship"), with_field("B2", "citizenship"))
    take_in(context, with_field("B3", "citizenship"), with_field("B4", "birthplace"))
    assert alarms(context) == [("field_removed", "B1"), ("field_removed", "B4")]
    [quiet, _] = [key for key in context.client.scan_iter() if b"alarmed:" in key]
    assert DAY_SECONDS - 10 < context.client.ttl(quiet) <= DAY_SECONDS
