"""`custody alarms`: what waits for a person, and who acknowledged it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.cli.test_cli_failures import is_explained
from tests.support.bookings import booked, departed, now, raw
from tests.support.terminal import Command
from tests.support.worker_by_hand import alarms, audit_problems, take_in, the_record
from worker.custody.same_alarm import RaisedAlarm
from worker.engine.alarms import compose, raise_alarm
from worker.store.commit import Commit
from worker.store.context import Context

HOUR = timedelta(hours=1)


def listed(ask: Command, *options: str) -> list[tuple[str, str, int]]:
    """Code, subject and count of each."""
    document = ask("alarms", "list", "--json", *options).document
    return [(alarm["code"], alarm["subject"], alarm["count"]) for alarm in document]


@pytest.fixture
def departed_while_held(context: Context, ask: Command) -> str:
    """The handle of an alarm about B1."""
    take_in(context, booked("B1", due_at=now() + HOUR), departed("B1", now()))
    [alarm] = ask("alarms", "list", "--json").document
    return str(alarm["handle"])


def test_an_alarm_waits_and_is_listed_in_words(
    context: Context, ask: Command, departed_while_held: str
) -> None:
    assert listed(ask) == [("departed_while_held", "B1", 1)]
    out = " ".join(ask("alarms", "list").out.decode().split())
    for part in (departed_while_held, "reported gone while still held", "B1", "1 wait for a person"):
        assert part in out
    shown = ask("alarms", "show", departed_while_held).out.decode()
    for part in (
        "departed_while_held",
        "by nobody yet",
        "urn:test:jms",
        "ops/runbooks/departed-while-held.md",
    ):
        assert part in shown


def test_the_id_is_that_of_its_notice(context: Context, ask: Command) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), departed("B1", now()))
    [alarm] = ask("alarms", "list", "--json").document
    assert ask("alarms", "ack", alarm["id"], "--by", "A. Okafor").status == 0
    assert listed(ask) == []


def test_an_acknowledgement_is_in_the_journal_and_in_the_story_of_the_booking(
    context: Context, ask: Command, departed_while_held: str
) -> None:
    before = the_record(context, "B1")
    note = "at the hospital, the jail corrects it"
    asked = ask("alarms", "ack", departed_while_held, "--by", "A. Okafor", "--note", note)
    assert (asked.status, asked.err, asked.out) == (0, "", b"0 still waiting\n")
    after = the_record(context, "B1")
    assert (after.version, after.deadline) == (before.version + 1, before.deadline)
    entry = ask("show", "B1", "--json").document["timeline"][-1]
    assert entry["outcome"] == "alarm_acknowledged"
    assert entry["detail"] | {"alarm_id": ""} == {
        "alarm": "departed_while_held",
        "alarm_id": "",
        "by": "A. Okafor",
        "note": note,
    }
    shown = " ".join(ask("show", "B1").out.decode().split())
    for part in ("an alarm was acknowledged", "alarm: reported gone while still held", "by: A. Okafor", note):
        assert part in shown
    [done] = ask("alarms", "list", "--all", "--json").document
    assert (done["waits"], done["acknowledged"]["by"], done["acknowledged"]["note"]) == (
        False,
        "A. Okafor",
        note,
    )
    assert audit_problems(context) == []


def test_of_two_who_acknowledge_the_first_counts(ask: Command, departed_while_held: str) -> None:
    assert ask("alarms", "ack", departed_while_held, "--by", "A. Okafor").status == 0
    again = ask("alarms", "ack", departed_while_held, "--by", "Sgt. Diaz")
    assert again.status == 0
    assert f"{departed_while_held} was acknowledged by A. Okafor" in again.err
    [done] = ask("alarms", "list", "--all", "--json").document
    assert done["acknowledged"]["by"] == "A. Okafor"
    timeline = ask("show", "B1", "--json").document["timeline"]
    assert [entry["outcome"] for entry in timeline].count("alarm_acknowledged") == 1


def test_an_unknown_id_is_one_line_and_nothing_is_acknowledged(
    ask: Command, departed_while_held: str
) -> None:
    asked = ask("alarms", "ack", departed_while_held, "B9:1", "--by", "A. Okafor")
    assert is_explained(asked, "no alarm B9:1", "custody alarms list")
    assert listed(ask) == [("departed_while_held", "B1", 1)]
    assert is_explained(ask("alarms", "show", "B9:1"), "no alarm B9:1")


@pytest.mark.parametrize("by", ["", "  ", "x" * 101])
def test_an_acknowledgement_needs_a_name(ask: Command, departed_while_held: str, by: str) -> None:
    asked = ask("alarms", "ack", departed_while_held, "--by", by)
    assert (asked.status, "--by needs the name" in asked.complaint) == (2, True)


def test_an_alarm_about_the_service_is_acknowledged_and_the_chain_of_that_is_verified(
    context: Context, ask: Command
) -> None:
    for code in ("clock_skew", "intake_stalled"):
        raise_alarm(context.shards[0], code, "a test", now())
        [alarm] = ask("alarms", "list", "--json").document
        assert ask("alarms", "ack", alarm["handle"], "--by", "A. Okafor").status == 0
    assert ask("audit", "verify").status == 0
    acknowledged = context.shards[0].keys.acknowledged
    [(first, _), (second, fields)] = context.client.xrange(acknowledged)
    context.client.xdel(acknowledged, first)
    problem = f"acknowledgement {second.decode()}: does not follow the one before it"
    assert audit_problems(context) == [problem]
    context.client.delete(acknowledged)
    context.client.xadd(acknowledged, {b"entry": fields[b"entry"].replace(b"Okafor", b"Nobody")})
    assert len(audit_problems(context)) == 1


def test_an_alarm_about_a_number_without_a_record_can_be_acknowledged(context: Context, ask: Command) -> None:
    take_in(context, raw(departed("B7", now())).replace(b"departed_at", b"went"))
    assert listed(ask) == [("event_refused", "B7", 1)]
    [alarm] = ask("alarms", "list", "--json").document
    assert ask("alarms", "ack", alarm["handle"], "--by", "A. Okafor").status == 0
    assert listed(ask) == []
    assert audit_problems(context) == []


def test_an_alarm_about_a_damaged_record_can_be_acknowledged(
    context: Context, ask: Command, departed_while_held: str
) -> None:
    key = context.shards[0].keys.record("B1")
    for damage in ({"doc": b"{}"}, None):
        if damage:
            context.client.hset(key, mapping=damage)
        else:
            raise_alarm(context.shards[0], "held_without_clock", "a test", now(), about="B1")
            context.client.set(key, "of another program")
        [alarm] = ask("alarms", "list", "--json").document
        assert ask("alarms", "ack", alarm["handle"], "--by", "A. Okafor").status == 0
        assert listed(ask) == []


def test_after_an_acknowledgement_the_same_is_a_new_alarm_with_a_notice(
    context: Context, ask: Command, departed_while_held: str
) -> None:
    take_in(context, departed("B1", now()))
    assert listed(ask) == [("departed_while_held", "B1", 2)]
    assert len(alarms(context)) == 1
    ask("alarms", "ack", departed_while_held, "--by", "A. Okafor")
    take_in(context, departed("B1", now()))
    [alarm] = ask("alarms", "list", "--json").document
    assert (alarm["count"], alarm["handle"] == departed_while_held) == (1, False)
    assert len(alarms(context)) == 2


def test_the_rates_are_of_ten_minutes_of_a_day_and_of_the_worst(context: Context, ask: Command) -> None:
    take_in(context, *(booked(f"B{number}", due_at=now() + HOUR) for number in range(3)))
    take_in(context, *(departed(f"B{number}", now()) for number in (0, 1, 2, 2)))
    raise_alarm(context.shards[0], "clock_skew", "a test", now())
    week = ask("alarms", "--stats", "--json").document["last_7_days"]
    assert (week["alarms"], week["most_in_10_minutes"], sum(week["per_day"].values())) == (4, 4, 4)
    assert week["worst_codes"][0] == {"name": "departed_while_held", "alarms": 3, "times": 4}
    assert week["worst_sources"][0] == {"name": "urn:test:jms", "alarms": 3, "times": 4}
    printed = ask("alarms", "--stats").out.decode()
    for part in ("last 7 days", "most in 10 min", "reported gone while still held", "urn:test:jms"):
        assert part in printed


def test_without_an_alarm_there_is_nothing_to_list(ask: Command) -> None:
    assert listed(ask) == []
    assert "0 wait for a person" in ask("alarms", "list").out.decode()
    assert ask("alarms", "--stats").status == 0


def test_ten_thousand_alarms_are_listed(context: Context, ask: Command) -> None:
    def commits() -> Iterator[Commit]:
        for number in range(10_000):
            alarm = compose(
                "time_doubtful", f"a test {number}", event_id=f"B{number}:1", booking=f"B{number}"
            )
            yield Commit(None, alarms=(RaisedAlarm(alarm, f"time_doubtful:B{number}"),))

    context.shards[0].committer.commit(list(commits()), now())
    assert len(listed(ask)) == 10_000
    out = ask("alarms", "list").out.decode()
    assert "10000 wait for a person" in out
    assert "and 9800 newer ones" in out
