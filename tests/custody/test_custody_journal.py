"""The journal: what an entry says, how entries are chained, and that no change to one goes unnoticed."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.testing import committed_text, rules_of
from tests.support.arrivals import ARRESTED, BOOKING, DEADLINE, HOUR, bail, booked, hold, ice_contact, voided
from tests.support.tracked import tracked
from worker.custody.commit_time import COMMIT_MARK
from worker.custody.decide import decide
from worker.custody.journal import BrokenEntryError, read_entry, record_digest


def test_a_journal_entry_says_what_happened_and_which_event_caused_it() -> None:
    booking, fact = tracked(), bail()
    booking.receive(booked(), fact)
    content = booking.entries[-1].content
    assert content["booking"] == BOOKING
    assert (content["outcome"], content["cause"], content["state"]) == (
        "released",
        "custody.bail.posted.v1",
        "released",
    )
    assert content["event"]["id"] == fact.event.id
    assert content["detail"] == {"basis": "bail", "entitled_at": "2016-11-14T19:00:00.000Z"}
    booking = tracked()
    booking.receive(booked())
    booking.at(DEADLINE).tick()
    assert (booking.entries[-1].content["cause"], "event" in booking.entries[-1].content) == ("clock", False)


def test_a_journal_entry_is_canonical_json() -> None:
    transition = decide(
        None, [booked(facility="Zoë"), ice_contact("hold"), bail()], rules_of(), ARRESTED + HOUR
    )
    for entry in transition.entries:
        content = orjson.loads(entry.body)
        assert entry.body == orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def test_two_histories_that_differ_only_in_the_past_have_different_chains() -> None:
    bookings = [tracked(), tracked()]
    for booking, hold_id in zip(bookings, ("H-1", "H-2"), strict=True):
        booking.receive(booked(id="1"), hold(hold_id=hold_id))
        booking.receive(voided())
    assert bookings[0].entries[-1].hash != bookings[1].entries[-1].hash
    assert bookings[0].entries[-1].content["version"] == bookings[1].entries[-1].content["version"]


MIMICRY = '","hash":"00","committed_at":"","seal":"00"}'
"""A hold's number that looks like the end of an entry."""


def entry_text(record: str | None) -> bytes:
    """A journal entry as the store wrote it, with text in it that looks like the end of one."""
    booking = tracked()
    booking.receive(booked())
    transition = decide(booking.known, [hold(hold_id=MIMICRY)], booking.rules, ARRESTED + HOUR)
    return committed_text(transition.entries[0], ARRESTED + HOUR, record)


DIGEST = record_digest(b"the record's document", COMMIT_MARK)
TEXT = entry_text(DIGEST)
INNER_TEXT = entry_text(None)
"""An entry that is not the last of its commit."""


def test_an_entry_reads_back_as_it_was_written() -> None:
    link = read_entry(TEXT)
    assert (link.content["outcome"], link.committed_at) == ("hold_placed", "2016-11-14T19:00:00.000Z")
    assert link.content["detail"]["hold_id"] == MIMICRY
    assert link.record_digest == DIGEST
    assert read_entry(INNER_TEXT).record_digest is None


@pytest.mark.parametrize("text", [TEXT, INNER_TEXT], ids=["last of its commit", "inner"])
def test_no_bit_of_an_entry_can_be_flipped_unnoticed(text: bytes) -> None:
    """Each bit of each byte is flipped in turn."""
    for position in range(len(text)):
        for bit in range(8):
            changed = bytearray(text)
            changed[position] ^= 1 << bit
            with pytest.raises(BrokenEntryError):
                read_entry(bytes(changed))


@given(position=st.integers(0, len(TEXT) - 1), byte=st.integers(0, 255))
def test_no_byte_of_an_entry_can_be_replaced_unnoticed(position: int, byte: int) -> None:
    changed = bytearray(TEXT)
    changed[position] = byte
    if changed != TEXT:
        with pytest.raises(BrokenEntryError):
            read_entry(bytes(changed))


@given(position=st.integers(0, len(TEXT) - 1))
def test_no_entry_can_be_truncated_unnoticed(position: int) -> None:
    with pytest.raises(BrokenEntryError):
        read_entry(TEXT[:position])


@pytest.mark.parametrize("added", [b" ", b"\n", b',"note":"x"'], ids=["a space", "a newline", "a field"])
def test_nothing_can_be_added_to_an_entry_unnoticed(added: bytes) -> None:
    with pytest.raises(BrokenEntryError):
        read_entry(TEXT[:-1] + added + TEXT[-1:])


def test_no_hash_can_be_added_to_an_entry_unnoticed() -> None:
    added = b',"committed_at"'
    for other in (b"", b"0" * 64, read_entry(TEXT).hash.hex().encode()):
        with pytest.raises(BrokenEntryError):
            read_entry(TEXT.replace(added, b',"hash":"%b"' % other + added))


def test_an_entry_omits_its_own_hash() -> None:
    assert read_entry(TEXT).hash.hex().encode() not in TEXT


def test_a_digest_of_the_record_can_be_neither_added_nor_removed_unnoticed() -> None:
    seal = b',"seal":'
    assert INNER_TEXT.count(seal) == 1
    for digest in (b"", record_digest(b"another", COMMIT_MARK).encode()):
        with pytest.raises(BrokenEntryError):
            read_entry(INNER_TEXT.replace(seal, b',"record":"%b"' % digest + seal))
    with pytest.raises(BrokenEntryError):
        read_entry(TEXT.replace(b',"record":"%b"' % DIGEST.encode(), b""))


def test_the_digest_of_a_record_covers_everything_but_the_instant_of_the_commit() -> None:
    sent = b'{"released_at":"%b","note":"%b"}' % (COMMIT_MARK.encode(), b"2016-11-14T19:00:00.000Z")
    stored = sent.replace(COMMIT_MARK.encode(), b"2016-11-14T19:00:00.000Z")
    digest = record_digest(sent, COMMIT_MARK)
    assert record_digest(stored, "2016-11-14T19:00:00.000Z") == digest
    for changed in (
        stored.replace(b'note":"2016', b'note":"2017'),
        stored.replace(b'_at":"2016', b'_at":"2017'),
        stored.replace(b'note":"2016-11-14T19:00:00.000Z"', b'note":""'),
    ):
        assert record_digest(changed, "2016-11-14T19:00:00.000Z") != digest
