"""`audit verify` finds whatever was changed in the journal, removed from it or added to it."""

import hashlib
import json
from typing import Any

import pytest

from tests.support.worker_by_hand import audit_problems as problems
from worker.custody.journal import seal_of
from worker.store.context import Context
from worker.store.streams import entries_of_range

Journal = list[tuple[bytes, bytes]]


def read_journal(context: Context) -> Journal:
    entries = entries_of_range(context.client.xrange(context.shards[0].keys.journal))
    return [(id_, fields[b"entry"]) for id_, fields in entries]


def write_journal(context: Context, entries: Journal) -> None:
    """Replace the journal."""
    key = context.shards[0].keys.journal
    context.client.delete(key)
    for id_, entry in entries:
        context.client.xadd(key, {"entry": entry}, id=id_)


def positions(context: Context, booking: str) -> list[int]:
    """The positions of a booking's entries in the journal."""
    return [
        place
        for place, (_, text) in enumerate(read_journal(context))
        if json.loads(text)["booking"] == booking
    ]


def test_verify_finds_a_byte_changed_anywhere_in_an_entry(filled: Context) -> None:
    whole = read_journal(filled)
    place = positions(filled, "B1")[1]
    id_, text = whole[place]
    unnoticed = []
    for position in range(0, len(text), 7):
        changed = text[:position] + bytes([text[position] ^ 1]) + text[position + 1 :]
        write_journal(filled, [*whole[:place], (id_, changed), *whole[place + 1 :]])
        if not problems(filled):
            unnoticed.append(position)
    assert unnoticed == []
    write_journal(filled, whole)
    assert problems(filled) == []


@pytest.mark.parametrize("nth", [0, 1, 2], ids=["the first", "one in the middle", "the last"])
def test_verify_finds_an_entry_removed(filled: Context, nth: int) -> None:
    id_, _ = read_journal(filled)[positions(filled, "B2")[nth]]
    filled.client.xdel(filled.shards[0].keys.journal, id_)
    assert any("B2" in problem for problem in problems(filled))


def test_verify_finds_the_whole_journal_removed(filled: Context) -> None:
    filled.client.delete(filled.shards[0].keys.journal)
    assert {problem.split(":")[0] for problem in problems(filled)} == {
        "booking B1",
        "booking B2",
        "booking B3",
    }


@pytest.mark.parametrize("nth", [0, 1], ids=["a repeat of the first", "a repeat of the last"])
def test_verify_finds_an_entry_that_is_there_twice(filled: Context, nth: int) -> None:
    _, text = read_journal(filled)[positions(filled, "B1")[nth]]
    filled.client.xadd(filled.shards[0].keys.journal, {"entry": text})
    assert any("B1" in problem for problem in problems(filled))


def test_verify_finds_two_entries_swapped(filled: Context) -> None:
    whole = read_journal(filled)
    first, second = positions(filled, "B2")[:2]
    whole[first], whole[second] = (whole[first][0], whole[second][1]), (whole[second][0], whole[first][1])
    write_journal(filled, whole)
    assert any("B2" in problem for problem in problems(filled))


def forged(text: bytes, **changes: Any) -> bytes:
    """An entry with changed content and a seal that is right for it."""
    content = json.loads(text)
    committed_at = content["committed_at"]
    for added in ("committed_at", "seal"):
        del content[added]
    body = json.dumps(content | changes, sort_keys=True, separators=(",", ":")).encode()
    seal = seal_of(hashlib.sha256(body).digest(), committed_at)
    tail = {"committed_at": committed_at, "seal": seal}
    return body[:-1] + b"," + json.dumps(tail, separators=(",", ":")).encode()[1:]


@pytest.mark.parametrize("nth", [0, 1, 2], ids=["the first", "one in the middle", "the last"])
def test_verify_finds_a_forged_entry_even_if_its_seal_is_right(filled: Context, nth: int) -> None:
    whole = read_journal(filled)
    place = positions(filled, "B2")[nth]
    whole[place] = (whole[place][0], forged(whole[place][1], outcome="noted"))
    write_journal(filled, whole)
    assert any("B2" in problem for problem in problems(filled))


def test_verify_finds_an_entry_about_a_booking_that_has_no_record(filled: Context) -> None:
    _, text = read_journal(filled)[0]
    filled.client.xadd(filled.shards[0].keys.journal, {"entry": forged(text, booking="B9")})
    assert any("B9" in problem for problem in problems(filled))


def test_verify_finds_an_entry_moved_to_another_time_even_if_its_record_points_there(filled: Context) -> None:
    whole = read_journal(filled)
    id_, text = whole[-1]
    moved = b"%d-0" % (int(id_.split(b"-")[0]) + 60_000)
    write_journal(filled, [*whole[:-1], (moved, text)])
    key = filled.shards[0].keys.record(json.loads(text)["booking"])
    listed: Any = filled.client.hget(key, "journal")
    filled.client.hset(key, "journal", listed.replace(id_, moved))
    [problem] = problems(filled)
    assert "commit time" in problem


def test_verify_finds_what_is_no_entry_at_all(filled: Context) -> None:
    filled.client.xadd(filled.shards[0].keys.journal, {"entry": "hello"})
    filled.client.xadd(filled.shards[0].keys.journal, {"other": "hello"})
    assert len(problems(filled)) == 2
