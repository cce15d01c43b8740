"""`custody publish`: whole events go in, broken ones are printed and make the exit status 1."""

import codecs
import json
from datetime import timedelta
from pathlib import Path

import pytest

from events.addressing import inbox_key, shard_of
from tests.support.bookings import booked, ice_contacted, now, raw
from tests.support.terminal import Command
from tests.support.worker_by_hand import Store
from worker.store.context import Context
from worker.store.streams import entries_of_range

HOUR = timedelta(hours=1)


def inbox(store: Store, shard: int = 0) -> list[bytes]:
    return [fields[b"event"] for _, fields in entries_of_range(store.client.xrange(inbox_key(shard)))]


def event(booking: str) -> bytes:
    return raw(booked(booking, due_at=now() + HOUR))


def test_events_go_into_the_inbox_as_they_are_in_their_order(store: Store, ask: Command) -> None:
    lines = [event("B1"), event("B2"), raw(ice_contacted("B1", now()))]
    asked = ask("publish", stdin=b"\n".join(lines))
    assert (asked.status, asked.out, asked.err) == (0, b"3 published\n", "")
    assert inbox(store) == lines


def test_a_file_is_read_as_standard_input_is(store: Store, ask: Command, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n" + event("B1") + b"\r\n\n  " + event("B2") + b"\n\n")
    assert ask("publish", str(file)).out == b"2 published\n"
    assert ask("publish", "-", stdin=file.read_bytes()).out == b"2 published\n"
    assert len(inbox(store)) == 4


def test_a_broken_line_is_printed_and_not_sent_and_stops_no_other(store: Store, ask: Command) -> None:
    no_instant = raw(booked("B3", due_at=now())).replace(b'"arrested_at"', b'"arrested"')
    lines = [event("B1"), b"garbage", b'{"specversion":"1.0"}', no_instant, event("B2")]
    asked = ask("publish", stdin=b"\n".join(lines) + b"\n")
    assert asked.status == 1
    assert asked.out == b"2 published, 3 refused\n"
    sent = asked.err.splitlines()
    assert [line.split(":")[:2] for line in sent] == [
        ["line 2", " not_json"],
        ["line 3", " not_cloudevent"],
        ["line 4", " invalid_data"],
    ]
    assert sent[0].endswith("garbage")
    assert inbox(store) == [lines[0], lines[4]]


def test_a_byte_order_mark_is_no_error_wherever_a_line_begins_with_one(store: Store, ask: Command) -> None:
    lines = [event("B1"), event("B2")]
    asked = ask("publish", stdin=b"".join(codecs.BOM_UTF8 + line + b"\r\n" for line in lines))
    assert (asked.status, asked.out, asked.err) == (0, b"2 published\n", "")
    assert ask("publish", stdin=codecs.BOM_UTF8).out == b"0 published\n"
    assert inbox(store) == lines


@pytest.mark.parametrize("count", [1, 2])
def test_a_pretty_printed_file_is_named_as_one(ask: Command, tmp_path: Path, count: int) -> None:
    file = tmp_path / "two words.json"
    file.write_text("\n".join(json.dumps(json.loads(event("B1")), indent=2) for _ in range(count)))
    asked = ask("publish", str(file))
    assert asked.status == 1
    assert asked.err.splitlines()[-1] == (
        "custody: one event a line: this looks like pretty-printed JSON; "
        f"`jq -c . '{file}' | custody publish -`"
    )


def test_a_json_array_is_named_as_one(ask: Command) -> None:
    asked = ask("publish", stdin=b"[" + event("B1") + b"]")
    assert "this is a JSON array; `jq -c '.[]' FILE | custody publish -`" in asked.err


@pytest.mark.parametrize("text", [b"garbage\n{}", b"{}", b"[" * 100_000])
def test_what_is_broken_otherwise_gets_no_such_hint(ask: Command, text: bytes) -> None:
    asked = ask("publish", stdin=text)
    assert asked.status == 1
    assert "one event a line" not in asked.err


def test_the_counts_as_json(ask: Command) -> None:
    asked = ask("publish", "--json", stdin=event("B1") + b"\nbroken\n")
    assert (asked.status, asked.document) == (1, {"published": 1, "refused": 1})
    assert ask("publish", "--json").document == {"published": 0, "refused": 0}


def test_more_than_one_batch_is_counted_and_numbered_through(store: Store, ask: Command) -> None:
    lines = [event(f"B{number}") for number in range(1203)]
    lines[1100] = b"broken"
    asked = ask("publish", stdin=b"\n".join(lines))
    assert asked.out == b"1202 published, 1 refused\n"
    assert asked.err.startswith("line 1101: ")
    assert store.client.xlen(inbox_key()) == 1202


def test_a_long_broken_line_is_shown_shortened(ask: Command) -> None:
    asked = ask("publish", stdin=json.dumps({"x": "y" * 70_000}).encode())
    assert asked.err.startswith("line 1: too_large")
    assert len(asked.err) < 1500


def test_of_a_line_that_is_far_too_long_only_the_beginning_is_read(store: Store, ask: Command) -> None:
    lines = [event("B1"), b"x" * 3_000_000, b" " * 3_000_000, b" " * 262_144, event("B2")]
    asked = ask("publish", stdin=b"\n".join(lines))
    assert (asked.status, asked.out) == (1, b"2 published, 3 refused\n")
    assert [line.split(":")[:2] for line in asked.err.splitlines()] == [
        ["line 2", " too_large"],
        ["line 3", " too_large"],
        ["line 4", " too_large"],
    ]
    assert inbox(store) == [lines[0], lines[-1]]


def test_an_event_goes_to_the_shard_of_its_booking(store: Store, ask: Command, context: Context) -> None:
    store.client.flushall()  # `context` has one shard
    numbers = [f"B{number}" for number in range(20)]
    assert ask("publish", stdin=b"\n".join(map(event, numbers)), shards="4").status == 0
    for shard in range(4):
        found = [json.loads(text)["subject"] for text in inbox(store, shard)]
        assert found == [number for number in numbers if shard_of(number, 4) == shard]
        assert found
