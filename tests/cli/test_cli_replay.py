"""`custody replay`: after the loss of the whole store every accepted booking has its clock again."""

from datetime import timedelta
from pathlib import Path

import pytest

from events.inbound import Inbound
from tests.support.bookings import (
    PROFILE,
    amended,
    bail_posted,
    booked,
    ice_contacted,
    now,
    raw,
)
from tests.support.sender import in_the_inbox, sender
from tests.support.store_with_users import store_with_users
from tests.support.terminal import Command, custody
from tests.support.worker_by_hand import fire_all, repeat_until_empty, the_record
from worker.desk.integrity import verify_journal
from worker.engine import intake
from worker.store.context import Context
from worker.store.day_file import DIRECTORY, DayFiles
from worker.store.journal import every
from worker.web.intake.routes import Safety

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def history() -> list[Inbound]:
    """200 events about 100 bookings: held, amended, asked about by ICE, released, and past the deadline."""
    present = now()
    events = []
    for number in range(100):
        name = f"B-{number}"
        due_at = present + number * HOUR / 2 - HOUR
        events.append(booked(name, due_at=due_at))
        match number % 4:
            case 0:
                events.append(bail_posted(name, present))
            case 1:
                events.append(ice_contacted(name, present))
            case 2:
                earlier = due_at - 73 * HOUR
                events.append(amended(name, present, arrested_at=earlier, booked_at=earlier))
            case _:
                later = present + HOUR
                events.append(amended(name, present, arrested_at=later, booked_at=later))
    return events


def work(context: Context) -> None:
    for shard in context.shards:
        repeat_until_empty(lambda shard=shard: intake.work_one_batch(context, shard))


def states(context: Context) -> dict[str, tuple[object, ...]]:
    """What each record comes to, but for the instants of this history's own commits."""
    found = {}
    for number in range(100):
        record = the_record(context, f"B-{number}")
        found[record.booking] = (record.state, record.deadline, record.ceiling, record.basis, record.heard_at)
    return found


def empty_the_store(context: Context) -> None:
    context.client.flushall()
    context.establish()


def post(context: Context, data_dir: Path, events: list[Inbound]) -> None:
    with sender(context, safety=Safety(day_files=DayFiles(data_dir))) as upstream:
        for start in range(0, len(events), 20):
            answer = upstream.batch(*map(raw, events[start : start + 20]))
            assert (answer.status_code, answer.json()["refused"]) == (202, [])


def test_after_the_loss_of_the_store_every_accepted_booking_has_the_clock_that_it_had(
    context: Context, ask: Command, tmp_path: Path
) -> None:
    post(context, tmp_path, history())
    work(context)
    before = states(context)
    empty_the_store(context)
    asked = ask("replay", "--since", "today")
    assert (asked.status, asked.out, asked.err) == (0, b"200 events put in again\n", "")
    work(context)
    assert states(context) == before
    assert {state for state, *_ in before.values()} == {"held", "released"}
    fire_all(context)
    assert verify_journal(context).problems == []


def test_replayed_twice_nothing_changes(context: Context, ask: Command, tmp_path: Path) -> None:
    post(context, tmp_path, history())
    work(context)
    entries = list(every(context.client, context.shards[0].keys))
    for _ in range(2):
        assert ask("replay", "--since", "today").out == b"200 events put in again\n"
        work(context)
    assert list(every(context.client, context.shards[0].keys)) == entries


def test_only_what_was_accepted_since_is_put_in(context: Context, ask: Command, tmp_path: Path) -> None:
    files, present = DayFiles(tmp_path), now()
    old, new = raw(booked("B-1", due_at=present)), raw(booked("B-2", due_at=present))
    files.append([(present - 2 * DAY, old)])
    files.append([(present - HOUR, new)])
    since = (present - DAY).isoformat()
    asked = ask("replay", "--since", since, "--dry-run")
    assert (asked.out, in_the_inbox(context)) == (b"1 event would be put in again\n", [])
    assert ask("replay", "--since", since).out == b"1 event put in again\n"
    assert in_the_inbox(context) == [new]


def test_files_of_another_machine_are_read_where_they_are(
    context: Context, ask: Command, tmp_path: Path
) -> None:
    other = tmp_path / "copied"
    DayFiles(other).append([(now(), raw(booked("B-1", due_at=now())))])
    assert ask("replay", str(other / DIRECTORY), "--since", "yesterday").out == b"1 event put in again\n"
    assert len(in_the_inbox(context)) == 1


def test_a_line_that_cannot_be_read_is_named_and_costs_no_other(
    context: Context, ask: Command, tmp_path: Path
) -> None:
    present = now()
    events = [raw(booked(f"B-{number}", due_at=present)) for number in range(3)]
    DayFiles(tmp_path).append([(present, event) for event in events])
    [path] = (tmp_path / DIRECTORY).iterdir()
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], b"garbage", lines[1], lines[2][:-1]]))
    asked = ask("replay", "--since", present.isoformat())
    assert (asked.status, asked.out) == (1, b"2 events put in again\n")
    assert asked.err.splitlines() == [
        f"{path}: line 4 was never finished, and so was not accepted",
        f"{path}: cannot be read: line 2",
    ]
    assert in_the_inbox(context) == events[:2]
    path.write_bytes(b"\n".join([lines[0], lines[1][:-1]]))
    assert ask("replay", "--since", present.isoformat()).status == 0


@pytest.mark.parametrize("since", ["soon", "25:00"])
def test_what_is_no_time_is_refused(ask: Command, tmp_path: Path, since: str) -> None:
    asked = ask("replay", "--since", since)
    assert asked.status == 2
    assert since in asked.err


def test_where_there_are_no_files_it_says_so(ask: Command, tmp_path: Path) -> None:
    asked = ask("replay", "--since", "today")
    assert asked.status == 1
    assert DIRECTORY in asked.complaint


@pytest.mark.parametrize("claimed", ["", "soon", "-1", "9" * 15, "99999999999999", "1e3"])
def test_an_arrival_that_another_program_claims_is_taken_only_if_it_is_an_earlier_instant(
    context: Context, claimed: str
) -> None:
    event = booked("B-1", due_at=now() + HOUR)
    context.client.xadd(context.shards[0].keys.inbox, {"event": raw(event), "accepted_at": claimed})
    present = context.store_now()
    work(context)
    assert abs(the_record(context, "B-1").heard_at - present) < HOUR  # type: ignore[operator]


def test_the_boards_user_of_the_store_may_replay(tmp_path: Path) -> None:
    DayFiles(tmp_path / "data").append([(now(), raw(booked("B-1", due_at=now())))])
    with store_with_users(tmp_path) as store:
        settings = {"store_url": store.url("board"), "profile": PROFILE, "data_dir": str(tmp_path / "data")}
        assert custody("replay", "--since", "yesterday", **settings).out == b"1 event put in again\n"
        assert store.client().xlen("{custody:0}:inbox") == 1
        assert store.refused() == []
