"""A store that was emptied or exchanged is not taken for an empty jail, nor deleted events for none."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.bookings import PROFILE, booked, now
from tests.support.waiting_alarms import acknowledge_all, alarms_waiting
from tests.support.worker_by_hand import Store, alarms, everything_sent, put, take_in, the_record
from worker.engine.chores.guard_store import GuardStore
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import losses
from worker.store.context import Context
from worker.store.losses import STORE_ID_FILE

HOUR = timedelta(hours=1)
VANISHED = ("records_vanished", "clock")


def look(guard: GuardStore, context: Context, times: int = 1) -> list[tuple[str, str]]:
    """Look so often; the alarms since the store was last emptied."""
    for _ in range(times):
        guard.do(context)
    return alarms(context)


def forget_alarms(context: Context) -> None:
    """As ten minutes later."""
    for key in context.client.scan_iter(match="*alarmed:*"):
        context.client.delete(key)


def accept_all(context: Context) -> None:
    shard = context.shards[0]
    for loss in losses.unaccepted(shard.client, shard.keys):
        losses.accept(shard.client, shard.keys, loss, "Sgt. Diaz")


def test_a_store_that_stays_the_same_is_no_alarm(context: Context, tmp_path: Path) -> None:
    assert look(GuardStore(tmp_path), context, times=3) == []
    assert look(GuardStore(tmp_path), context) == [], "nor is it after a restart"


def test_an_emptied_store_is_an_alarm_and_whoever_is_booked_then_has_a_clock(
    context: Context, tmp_path: Path
) -> None:
    guard = GuardStore(tmp_path)
    look(guard, context)
    take_in(context, booked("B1", due_at=now() + HOUR))
    context.client.flushall()
    assert look(guard, context, times=3) == [VANISHED]
    detail = everything_sent(context)[0]["data"]["detail"]
    assert "compare the roster" in detail
    take_in(context, booked("B2", due_at=now() + HOUR))
    assert the_record(context, "B2").state == "held"
    assert context.client.exists(context.shards[0].keys.profiles), "the rules are kept again"


def test_the_alarm_comes_again_until_a_person_accepts_the_new_store(context: Context, tmp_path: Path) -> None:
    guard = GuardStore(tmp_path)
    look(guard, context)
    context.client.flushall()
    assert look(guard, context) == [VANISHED]
    forget_alarms(context)
    assert look(GuardStore(tmp_path), context) == [VANISHED], "while the alarm waits it only counts"
    assert [times for _, _, times in alarms_waiting(context)] == [2], "a restart makes no difference"
    acknowledge_all(context)
    forget_alarms(context)
    assert look(guard, context) == [VANISHED] * 2, "to acknowledge the alarm is not to accept the loss"
    acknowledge_all(context)
    forget_alarms(context)
    accept_all(context)
    assert look(guard, context, times=2) == [VANISHED] * 2
    assert look(GuardStore(tmp_path), context) == [VANISHED] * 2
    context.client.flushall()
    assert look(guard, context) == [VANISHED], "the new store is missed as the old one was"


def test_a_store_emptied_while_no_worker_ran_is_missed_at_the_next_start(
    context: Context, tmp_path: Path
) -> None:
    look(GuardStore(tmp_path), context)
    context.client.flushall()
    assert look(GuardStore(tmp_path), context) == [VANISHED]


def test_a_wrong_database_number_is_an_alarm_and_the_right_one_ends_it(
    store: Store, context: Context, tmp_path: Path
) -> None:
    look(GuardStore(tmp_path), context)
    elsewhere = open_context(Settings(profile=PROFILE), store.url.replace("/0", "/7"))
    assert look(GuardStore(tmp_path), elsewhere) == [VANISHED]
    assert look(GuardStore(tmp_path), context) == []
    elsewhere.client.close()


def test_where_the_file_cannot_be_written_the_process_remembers(context: Context, tmp_path: Path) -> None:
    guard = GuardStore(tmp_path / "not there")
    assert look(guard, context) == []
    context.client.flushall()
    assert look(guard, context) == [VANISHED]


@pytest.mark.parametrize("content", ["", "{", "[1]"])
def test_a_damaged_file_is_written_again(context: Context, tmp_path: Path, content: str) -> None:
    (tmp_path / STORE_ID_FILE).write_text(content)
    assert look(GuardStore(tmp_path), context) == []
    context.client.flushall()
    assert look(GuardStore(tmp_path), context) == [VANISHED]


def test_events_deleted_unread_are_an_alarm_until_a_person_accepts_it(
    context: Context, tmp_path: Path
) -> None:
    guard = GuardStore(tmp_path)
    put(context, *(booked(f"B{number}", due_at=now() + HOUR) for number in range(3)))
    context.client.xtrim(context.shards[0].keys.inbox, maxlen=1, approximate=False)
    assert look(guard, context, times=2) == [("events_lost", "clock")]
    assert "inbox entries (2)" in everything_sent(context)[0]["data"]["detail"]
    forget_alarms(context)
    accept_all(context)
    assert look(guard, context) == [("events_lost", "clock")]
