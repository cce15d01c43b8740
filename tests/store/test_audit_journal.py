"""`verify` finds whatever was changed in the journal, removed from it or put into it."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from bookings import bail_posted, booked, now
from msgspec.structs import replace
from working import audit_problems as problems
from working import take_in

from worker.custody import transition
from worker.custody.journal import Entry, read_entry, seal_of, whole_record_digest, write_entry
from worker.custody.record import Record
from worker.site import Site
from worker.store.streams import entries_of_range

Journal = list[tuple[bytes, bytes]]


def read_journal(site: Site) -> Journal:
    entries = entries_of_range(site.client.xrange(site.shards[0].keys.journal))
    return [(id_, fields[b"entry"]) for id_, fields in entries]


def write_journal(site: Site, entries: Journal) -> None:
    """Put another journal in the place of the one that is there."""
    key = site.shards[0].keys.journal
    site.client.delete(key)
    for id_, entry in entries:
        site.client.xadd(key, {"entry": entry}, id=id_)


def positions(site: Site, booking: str) -> list[int]:
    """Where a booking's entries stand in the journal."""
    return [
        place for place, (_, text) in enumerate(read_journal(site)) if json.loads(text)["booking"] == booking
    ]


def test_a_byte_changed_anywhere_in_an_entry(kept: Site) -> None:
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
def test_an_entry_removed(kept: Site, nth: int) -> None:
    id_, _ = read_journal(kept)[positions(kept, "B2")[nth]]
    kept.client.xdel(kept.shards[0].keys.journal, id_)
    assert any("B2" in problem for problem in problems(kept))


def test_the_whole_journal_removed(kept: Site) -> None:
    kept.client.delete(kept.shards[0].keys.journal)
    assert {problem.split(":")[0] for problem in problems(kept)} == {"booking B1", "booking B2", "booking B3"}


@pytest.mark.parametrize("nth", [0, 1], ids=["a repeat of the first", "a repeat of the last"])
def test_an_entry_put_in_twice(kept: Site, nth: int) -> None:
    _, text = read_journal(kept)[positions(kept, "B1")[nth]]
    kept.client.xadd(kept.shards[0].keys.journal, {"entry": text})
    assert any("B1" in problem for problem in problems(kept))


def test_two_entries_that_changed_places(kept: Site) -> None:
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
def test_an_entry_forged_with_a_seal_of_its_own(kept: Site, nth: int) -> None:
    whole = read_journal(kept)
    place = positions(kept, "B2")[nth]
    whole[place] = (whole[place][0], forged(whole[place][1], outcome="noted"))
    write_journal(kept, whole)
    assert any("B2" in problem for problem in problems(kept))


def test_an_entry_about_a_booking_that_has_no_record(kept: Site) -> None:
    _, text = read_journal(kept)[0]
    kept.client.xadd(kept.shards[0].keys.journal, {"entry": forged(text, booking="B9")})
    assert any("B9" in problem for problem in problems(kept))


def test_an_entry_moved_to_another_time_even_if_its_record_points_there(kept: Site) -> None:
    whole = read_journal(kept)
    id_, text = whole[-1]
    moved = b"%d-0" % (int(id_.split(b"-")[0]) + 60_000)
    write_journal(kept, [*whole[:-1], (moved, text)])
    key = kept.shards[0].keys.record(json.loads(text)["booking"])
    listed: Any = kept.client.hget(key, "journal")
    kept.client.hset(key, "journal", listed.replace(id_, moved))
    [problem] = problems(kept)
    assert "commit time" in problem


def test_something_that_is_no_entry_at_all(kept: Site) -> None:
    kept.client.xadd(kept.shards[0].keys.journal, {"entry": "hello"})
    kept.client.xadd(kept.shards[0].keys.journal, {"other": "hello"})
    assert len(problems(kept)) == 2


def test_an_entry_with_the_digest_of_the_whole_document_as_it_once_was_is_whole(site: Site) -> None:
    take_in(site, booked("B1", due_at=now() + timedelta(hours=1)), bail_posted("B1", now()))
    *before, (id_, text) = read_journal(site)
    document: Any = site.client.hget(site.shards[0].keys.record("B1"), "doc")
    link = read_entry(text)
    once = whole_record_digest(document)
    assert once != link.record_digest
    sealed = {link.record_digest: once, json.loads(text)["seal"]: seal_of(link.hash, link.committed_at, once)}
    for now_is, was in sealed.items():
        text = text.replace(str(now_is).encode(), was.encode())
    write_journal(site, [*before, (id_, text)])
    assert problems(site) == []


def test_a_chain_that_began_with_zeros_as_they_once_did_is_whole(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_as_once(before: Record, *rest: Any) -> Entry:
        return write_entry(replace(before, chain=before.chain or bytes(32)), *rest)

    monkeypatch.setattr(transition, "write_entry", write_as_once)
    take_in(site, booked("B1", due_at=now() + timedelta(hours=1)))
    monkeypatch.undo()
    take_in(site, bail_posted("B1", now()))
    [(_, first), *_] = read_journal(site)
    assert json.loads(first)["prev"] == "0" * 64
    assert problems(site) == []
