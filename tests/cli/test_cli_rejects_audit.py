"""`custody rejects` and `custody audit`: what was refused stays whole, what was written stays provable."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest

from events import inbound
from tests.support.bookings import PROFILE, bail_posted, booked, departed, ice_contacted, now, raw
from tests.support.terminal import ROOT, Command
from tests.support.worker_by_hand import Store, take_in, the_record
from worker.custody import decide
from worker.store.context import Context
from worker.store.streams import entries_of_range

HOUR = timedelta(hours=1)
FIELDS = {
    *("id", "booking", "type", "rejected_at", "reason", "detail"),
    *("inbox_id", "waits", "replayed_as", "dealt_with", "event"),
}
GARBAGE = b'{"subject": "B1", "x": "\xff\x00'


# rejects


def test_what_was_refused_is_listed_with_its_reason_oldest_first(context: Context, ask: Command) -> None:
    take_in(context, b"garbage", b'{"specversion": "1.0"}')
    listed = ask("rejects", "list", "--json").document
    assert [item["reason"] for item in listed] == ["not_json", "not_cloudevent"]
    assert [item["event"] for item in listed] == ["garbage", '{"specversion": "1.0"}']
    for item in listed:
        assert set(item) == FIELDS
        assert item["rejected_at"].endswith("Z")
        assert (item["waits"], item["replayed_as"], item["dealt_with"]) == (True, None, None)
    table = ask("rejects", "list").out.decode()
    assert all(item["id"] in table for item in listed)


def test_nothing_refused_is_an_empty_list(ask: Command) -> None:
    assert ask("rejects", "list", "--json").document == []


def test_a_refused_event_is_shown_exactly_as_it_came(context: Context, ask: Command) -> None:
    take_in(context, GARBAGE)
    [item] = ask("rejects", "list", "--json").document
    assert ask("rejects", "show", item["id"]).out == GARBAGE + b"\n"


def test_a_refused_event_names_its_booking_and_type_where_they_can_be_read(
    context: Context, ask: Command
) -> None:
    wrong = json.loads(raw(bail_posted("B7", now())))
    del wrong["data"]["posted_at"]
    take_in(context, b"garbage", json.dumps(wrong).encode())
    listed = ask("rejects", "list", "--json").document
    assert [(item["booking"], item["type"]) for item in listed] == [
        (None, None),
        ("B7", "custody.bail.posted.v1"),
    ]
    table = ask("rejects", "list").out.decode()
    assert "B7" in table and "custody.bail.posted.v1" in table and "cannot be read" in table


def test_what_a_person_has_dealt_with_leaves_the_list_and_keeps_the_name(
    context: Context, ask: Command
) -> None:
    take_in(context, b"one", b"two")
    first, second = ask("rejects", "list", "--json").document
    said = ask("rejects", "done", first["id"], "--by", "Sgt. Ortiz", "--note", "sent again")
    assert (said.status, said.out, said.err) == (0, b"1 still waiting\n", "")
    assert ask("rejects", "list", "--json").document == [second]
    dealt = ask("rejects", "list", "--all", "--json").document[0]
    assert (dealt["waits"], dealt["event"]) == (False, "one")
    assert (dealt["dealt_with"]["by"], dealt["dealt_with"]["note"]) == ("Sgt. Ortiz", "sent again")
    assert dealt["dealt_with"]["at"].endswith("Z")
    assert "Sgt. Ortiz" in ask("rejects", "list", "--all").out.decode()


def test_who_dealt_with_it_first_stays(context: Context, ask: Command) -> None:
    take_in(context, b"one")
    [item] = ask("rejects", "list", "--json").document
    ask("rejects", "done", item["id"], "--by", "Ortiz")
    assert "before" in ask("rejects", "done", item["id"], "--by", "Chen").err
    assert ask("rejects", "list", "--all", "--json").document[0]["dealt_with"]["by"] == "Ortiz"


def test_one_wrong_id_marks_none_of_them(context: Context, ask: Command) -> None:
    take_in(context, b"one")
    [item] = ask("rejects", "list", "--json").document
    assert ask("rejects", "done", item["id"], "1-1", "--by", "Ortiz").status == 1
    assert ask("rejects", "list", "--json").document == [item]


@pytest.mark.parametrize("words", [("1-1",), ("--by", "Ortiz"), ("1-1", "--by", " ")])
def test_done_wants_ids_and_a_name(ask: Command, words: tuple[str, ...]) -> None:
    assert ask("rejects", "done", *words).status == 2


@pytest.mark.parametrize("words", [("show", "1-1"), ("replay", "1-1"), ("show", "none"), ("replay", "none")])
def test_an_id_that_is_not_there_is_one_line(ask: Command, words: tuple[str, str]) -> None:
    asked = ask("rejects", *words)
    assert asked.status == 1
    assert asked.complaint


def test_an_event_whose_cause_of_rejection_is_gone_is_applied_when_replayed(
    context: Context, ask: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a defect")

    with monkeypatch.context() as broken:
        broken.setitem(decide._HANDLERS, inbound.PersonDeparted, fail)
        take_in(context, booked("B1", due_at=now() + HOUR), departed("B1", now()))
    [item] = ask("rejects", "list", "--json").document
    assert item["reason"] == "set_aside"
    asked = ask("rejects", "replay", item["id"])
    assert (asked.status, asked.out) == (0, b"1 replayed\n")
    take_in(context)
    assert the_record(context, "B1").departed_at is not None


def test_what_still_breaks_the_contract_is_refused_again_and_the_first_stays(
    context: Context, ask: Command
) -> None:
    take_in(context, GARBAGE)
    [first] = ask("rejects", "list", "--json").document
    assert ask("rejects", "replay", first["id"]).status == 0
    take_in(context)
    again = ask("rejects", "list", "--all", "--json").document
    assert [item["event"] for item in again] == [first["event"]] * 2
    assert again[0]["id"] == first["id"]
    assert again[0]["replayed_as"] == again[1]["inbox_id"]
    assert [item["waits"] for item in again] == [False, True]
    assert ask("rejects", "list", "--json").document == again[1:]


def test_all_replays_each_once(context: Context, store: Store, ask: Command) -> None:
    take_in(context, b"one", b"two", b"three")
    listed = ask("rejects", "list", "--json").document
    assert ask("rejects", "replay", listed[0]["id"]).out == b"1 replayed\n"
    assert ask("rejects", "replay", "--all").out == b"2 replayed\n"
    assert ask("rejects", "replay", "--all").out == b"0 replayed\n"
    waiting = entries_of_range(store.client.xrange(context.shards[0].keys.inbox))
    assert [fields[b"event"] for _, fields in waiting] == [b"one", b"two", b"three"]


def test_an_event_of_which_only_the_beginning_is_kept_is_not_replayed(context: Context, ask: Command) -> None:
    take_in(context, b"x" * 70_000, b"garbage")
    [large, garbage] = ask("rejects", "list", "--json").document
    for words in ((large["id"],), ("--all",)):
        asked = ask("rejects", "replay", *words)
        assert asked.status == 1
        assert f"not replayed: {large['id']}: too large" in asked.err
        assert "rejects done" in asked.err
    [left] = ask("rejects", "list", "--json").document
    assert left["id"] == large["id"]
    [(_, fields)] = entries_of_range(context.client.xrange(context.shards[0].keys.inbox))
    assert fields == {b"event": b"garbage"}
    assert garbage["waits"]


def test_replay_wants_ids_or_all_and_not_both(ask: Command) -> None:
    for words in ((), ("--all", "1-1")):
        asked = ask("rejects", "replay", *words)
        assert asked.status == 2
        assert "--all" in asked.complaint


# audit


def test_a_whole_journal_is_verified(context: Context, ask: Command) -> None:
    take_in(
        context,
        booked("B1", due_at=now() + HOUR),
        ice_contacted("B1", now()),
        booked("B2", due_at=now() + HOUR),
        bail_posted("B2", now()),
    )
    asked = ask("audit", "verify", "--json")
    entries = asked.document["entries"]
    assert (asked.status, asked.document) == (0, {"entries": entries, "bookings": 2, "problems": []})
    assert entries == 4
    assert ask("audit", "verify").out == b"4 entries of 2 bookings checked, 0 problems\n"


def test_what_does_not_hold_is_printed_and_exits_with_1(context: Context, store: Store, ask: Command) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    store.client.zrem(context.shards[0].keys.timers, "B1")
    asked = ask("audit", "verify", "--json")
    assert asked.status == 1
    [problem] = asked.document["problems"]
    assert "booking B1" in problem
    plain = ask("audit", "verify")
    assert (plain.status, plain.out) == (1, b"1 entries of 1 bookings checked, 1 problems\n")
    assert plain.err == f"{problem}\n"


def test_the_journal_is_written_out_whole_and_can_be_checked_elsewhere(
    context: Context, store: Store, ask: Command
) -> None:
    take_in(
        context, booked("B1", due_at=now() + HOUR), ice_contacted("B1", now()), booked("B2", due_at=now())
    )
    written = ask("audit", "export").out.splitlines()
    kept = entries_of_range(store.client.xrange(context.shards[0].keys.journal))
    assert written == [fields[b"entry"] for _, fields in kept]
    first, second = [line for line in written if json.loads(line)["booking"] == "B1"]
    assert [json.loads(line)["version"] for line in (first, second)] == [1, 2]
    text = first.rpartition(b',"committed_at"')[0] + b"}"
    assert json.loads(second)["prev"] == hashlib.sha256(text).hexdigest()


def test_a_reader_that_stops_early_is_no_error(context: Context, store_server: str) -> None:
    take_in(context, *(booked(f"B{number}", due_at=now() + HOUR) for number in range(300)))
    with subprocess.Popen(
        [sys.executable, "-m", "worker", "audit", "export"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "CUSTODY_STORE_URL": store_server, "CUSTODY_PROFILE": PROFILE},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as export:
        assert export.stdout
        assert export.stderr
        assert export.stdout.readline()
        export.stdout.close()
        assert export.stderr.read() == b""


def test_no_charge_and_no_reference_is_in_the_journal(context: Context, ask: Command) -> None:
    charge = {"statute": "211PC", "level": "felony", "description": "distinctive words"}
    take_in(context, booked("B1", due_at=now() + HOUR, charges=(charge,)))
    assert b"distinctive" not in ask("audit", "export").out
    assert b"211PC" not in ask("audit", "export").out
    assert b"distinctive" in raw(booked("B1", due_at=now() + HOUR, charges=(charge,)))
