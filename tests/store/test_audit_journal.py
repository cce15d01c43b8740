"""`verify` finds whatever was changed in the journal, removed from it or put into it."""

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
    """Put another journal in the place of the one that is there."""
    key = context.shards[0].keys.journal
    context.client.delete(key)
    for id_, entry in entries:
        context.client.xadd(key, {"entry": entry}, id=id_)


def positions(context: Context, booking: str) -> list[int]:
    """Where a booking's entries stand in the journal."""
    return [
        place
        for place, (_, text) in enumerate(read_journal(context))
        if json.loads(text)["booking"] == booking
    ]


def test_a_byte_changed_anywhere_in_an_entry(kept: Context) -> None:
    whole = read_journal(kept)
    place = positions(kept, "B1")[1]
    id_, text = whole[place]
    unseen = []
    for at in range(0, len(text), 7):
        other = text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]
        write_journal(kept, [*whole[:place], (id_, other), *whole[place + 1 :]])
        if not problems(kept):
            unseen.append(at)
    assert unseen == []
    write_journal(kept, whole)
    assert problems(kept) == []


@pytest.mark.parametrize("nth", [0, 1, 2], ids=["the first", "one in the middle", "the last"])
def test_an_entry_removed(kept: Context, nth: int) -> None:
    id_, _ = read_journal(kept)[positions(kept, "B2")[nth]]
    kept.client.xdel(kept.shards[0].keys.journal, id_)
    assert any("B2" in problem for problem in problems(kept))


def test_the_whole_journal_removed(kept: Context) -> None:
    kept.client.delete(kept.shards[0].keys.journal)
    assert {problem.split(":")[0] for problem in problems(kept)} == {"booking B1", "booking B2", "booking B3"}


@pytest.mark.parametrize("nth", [0, 1], ids=["a repeat of the first", "a repeat of the last"])
def test_an_entry_put_in_twice(kept: Context, nth: int) -> None:
    _, text = read_journal(kept)[positions(kept, "B1")[nth]]
    kept.client.xadd(kept.shards[0].keys.journal, {"entry": text})
    assert any("B1" in problem for problem in problems(kept))


def test_two_entries_that_changed_places(kept: Context) -> None:
    whole = read_journal(kept)
    first, second = positions(kept, "B2")[:2]
    whole[first], whole[second] = (whole[first][0], whole[second][1]), (whole[second][0], whole[first][1])
    write_journal(kept, whole)
    assert any("B2" in problem for problem in problems(kept))


def forged(text: bytes, **changes: Any) -> bytes:
    """An entry with other content whose seal is right."""
    content = json.loads(text)
    committed_at = content["committed_at"]
    for added in ("committed_at", "seal"):
        del content[added]
    body = json.dumps(content | changes, sort_keys=True, separators=(",", ":")).encode()
    seal = seal_of(hashlib.sha256(body).digest(), committed_at)
    tail = {"committed_at": committed_at, "seal": seal}
    return body[:-1] + b"," + json.dumps(tail, separators=(",", ":")).encode()[1:]


@pytest.mark.parametrize("nth", [0, 1, 2], ids=["the first", "one in the middle", "the last"])
def test_an_entry_forged_with_a_seal_of_its_own(kept: Context, nth: int) -> None:
    whole = read_journal(kept)
    place = positions(kept, "B2")[nth]
    whole[place] = (whole[place][0], forged(whole[place][1], outcome="noted"))
    write_journal(kept, whole)
    assert any("B2" in problem for problem in problems(kept))


def test_an_entry_about_a_booking_that_has_no_record(kept: Context) -> None:
    _, text = read_journal(kept)[0]
    kept.client.xadd(kept.shards[0].keys.journal, {"entry": forged(text, booking="B9")})
    assert any("B9" in problem for problem in problems(kept))


def test_an_entry_moved_to_another_time_even_if_its_record_points_there(kept: Context) -> None:
    whole = read_journal(kept)
    id_, text = whole[-1]
    moved = b"%d-0" % (int(id_.split(b"-")[0]) + 60_000)
    write_journal(kept, [*whole[:-1], (moved, text)])
    key = kept.shards[0].keys.record(json.loads(text)["booking"])
    listed: Any = kept.client.hget(key, "journal")
    kept.client.hset(key, "journal", listed.replace(id_, moved))
    [problem] = problems(kept)
    assert "commit time" in problem


def test_something_that_is_no_entry_at_all(kept: Context) -> None:
    kept.client.xadd(kept.shards[0].keys.journal, {"entry": "hello"})
    kept.client.xadd(kept.shards[0].keys.journal, {"other": "hello"})
    assert len(problems(kept)) == 2
