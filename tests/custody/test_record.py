"""The record as a document: what is written, and what is read back, also from an earlier version."""

import json
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import pytest
from custody.arrivals import ARRESTED, DEADLINE, HOUR, amended, bail, booked, event
from custody.case import policy
from hypothesis import given
from hypothesis import strategies as st
from msgspec import DecodeError
from msgspec.structs import replace

from events.facts import BookingFacts, Charge
from events.instants import AT_COMMIT, COMMIT_MARK
from worker.custody.advance import Tick, fold
from worker.custody.record import ChargeOnRecord, Facts, Record, read_record, write_record

EARLIER: dict[str, Any] = {
    "booking": "B1",
    "state": "released",
    "version": 3,
    "chain": "ab",
    "profile": "lapd-2016-11",
    "profile_version": "c513",
    "seen": ["0df0fbf892c5b97402a2db84"],
    "first_heard_at": "2016-11-14T19:31:00.123456Z",
    "attended_until": "2016-11-14T19:31:00.123Z",
    "facts": {
        "agency": "LAPD",
        "facility": 'Van "Nuys" é\u2028',
        "arrested_at": "2016-11-14T18:00:00.000001Z",
        "booked_at": "2016-11-14T19:30:00.000Z",
        "arrest_kind": "warrantless",
        "charges": [
            {"statute": "459PC", "level": "felony"},
            {"statute": "211PC", "level": "felony", "description": "robbery"},
        ],
    },
    "first_report": "d",
    "deadline": "2016-11-17T18:00:00.001Z",
    "governing_limit": "cap_72h",
    "deadline_set_at": "2016-11-14T19:31:00.123456Z",
    "ceiling": {"deadline": "2016-11-17T18:00:00.001Z", "limit": "cap_72h"},
    "basis": "deadline",
    "entitled_at": "2016-11-17T18:00:00.001Z",
    "released_at": "2016-11-17T18:00:00.002Z",
    "departed_at": "2016-11-17T18:30:00.000Z",
    "holds": [{"hold_id": "h1", "kind": "parole", "reference": "P 1"}],
    "contacts": [
        {
            "contacted_at": "2016-11-15T00:00:00.000Z",
            "reply_to": "ice",
            "form": "I-247D",
            "requests": ["hold", "release_date"],
        }
    ],
    "counsel": "pd",
    "awaiting": ["{}"],
}
"""A document as the version before structs wrote it: milliseconds where those are whole."""

TODAY: dict[str, Any] = json.loads(write_record(read_record(json.dumps(EARLIER).encode())))
"""The same document as it is written now."""


def test_a_document_of_the_version_before_is_read() -> None:
    record = read_record(json.dumps(EARLIER).encode())
    assert (record.chain, record.seen) == (b"\xab", (bytes.fromhex("0df0fbf892c5b97402a2db84"),))
    assert (record.profile.name, record.profile.fingerprint) == ("lapd-2016-11", "c513")
    assert record.attended_until == datetime(2016, 11, 14, 19, 31, 0, 123_000, tzinfo=UTC)
    assert record.facts is not None
    assert record.facts.arrested_at == datetime(2016, 11, 14, 18, 0, 0, 1, tzinfo=UTC)
    assert record.facts.arrest_kind == "warrantless"
    assert record.facts.charges == (
        ChargeOnRecord("459PC", "felony"),
        ChargeOnRecord("211PC", "felony", "robbery"),
    )
    assert record.contacts[0].asks_to_hold
    assert (record.contacts[0].qualification, record.contacts[0].warrant) == ("none", "none")
    assert record.holds[0].kind == "parole"
    assert read_record(write_record(record)) == record


def test_a_report_is_told_from_others_by_the_same_digest_as_before() -> None:
    """It is stored with what was amended, so it must not change with the software."""
    record = read_record(json.dumps(EARLIER).encode())
    assert record.facts is not None
    assert record.facts.digest == "b2e091dcec63eee214f841c3"


def test_the_record_keeps_every_fact_that_an_event_can_tell() -> None:
    assert Facts.__struct_fields__ == tuple(BookingFacts.model_fields)
    assert ChargeOnRecord.__struct_fields__ == tuple(Charge.model_fields)


@given(
    place=st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20),
    description=st.none() | st.text(max_size=20),
    microseconds=st.integers(0, 999_999),
)
def test_the_digest_is_that_of_the_report_as_it_was_told(
    place: str, description: str | None, microseconds: int
) -> None:
    """So it was reckoned when the record was a model, for any text."""
    arrested_at = ARRESTED.replace(microsecond=microseconds)
    told = BookingFacts(
        agency=place,
        facility=place,
        arrested_at=arrested_at,
        booked_at=arrested_at,
        arrest_kind="warrant",
        charges=(Charge(statute=place, level="other", description=description),),
    )
    digest = blake2b(told.model_dump_json().encode(), digest_size=12).hexdigest()
    assert Facts.reported(told).digest == digest


def held_before() -> Record:
    """A booking that the version before took in, and wrote with every instant."""
    record = fold(None, [booked()], policy(), ARRESTED + HOUR).record
    document = json.loads(write_record(record))
    at = document["first_heard_at"]
    return read_record(json.dumps(document | {"attended_until": at, "deadline_set_at": at}).encode())


def test_a_booking_taken_in_by_the_version_before_ends_as_any_other() -> None:
    before, after = held_before(), fold(None, [booked()], policy(), ARRESTED + HOUR).record
    for facts, at in (
        ([Tick()], DEADLINE - 4 * HOUR),
        ([amended(arrested_at=ARRESTED - HOUR, booked_at=ARRESTED)], ARRESTED + 2 * HOUR),
        ([amended(arrested_at=ARRESTED - 90 * HOUR)], ARRESTED + 2 * HOUR),
        ([Tick()], DEADLINE),
        ([bail()], ARRESTED + 2 * HOUR),
    ):
        old, new = (fold(record, facts, policy(), at) for record in (before, after))
        assert (old.attention, old.outbound) == (new.attention, new.outbound)
        assert [entry.outcome for entry in old.entries] == [entry.outcome for entry in new.entries]
        assert old.record.deadline == new.record.deadline


def test_a_deadline_moved_in_the_instant_of_the_booking_is_known_since_then() -> None:
    at = ARRESTED + HOUR
    earlier = amended(arrested_at=ARRESTED - HOUR)
    together = fold(None, [booked(), earlier], policy(), at).record
    assert together.deadline == DEADLINE - HOUR
    assert together.deadline_known_since == together.attended_up_to == at
    later = fold(fold(None, [booked()], policy(), at).record, [earlier], policy(), at + HOUR).record
    assert later.deadline_known_since == later.attended_up_to == at + HOUR


def test_of_what_has_its_default_nothing_is_written() -> None:
    transition = fold(None, [booked()], policy(), ARRESTED + HOUR)
    assert set(json.loads(write_record(transition.record))) == {
        "booking",
        "state",
        "version",
        "chain",
        "profile",
        "seen",
        "first_heard_at",
        "facts",
        "deadline",
        "governing_limit",
    }


def test_an_arrest_on_a_warrant_is_kept_as_one() -> None:
    record = fold(None, [booked(arrest_kind="warrant")], policy(), ARRESTED + HOUR).record
    read = read_record(write_record(record))
    assert read.facts is not None
    assert read.facts.arrest_kind == "warrant"


@pytest.mark.parametrize(
    "change",
    [
        {"state": "paused"},
        {"basis": "forgotten"},
        {"version": "3"},
        {"version": 3.5},
        {"deadline": "2016-11-17T18:00:00.001"},
        {"deadline": "tomorrow"},
        {"extended_until": "2016-11-18T18:00:00.001Z"},
        {"holds": [{"hold_id": "h1", "kind": "detainer", "reference": "P 1"}]},
        {"holds": [{"hold_id": "h1", "kind": "parole", "reference": "P 1", "until": 1}]},
        {"seen": "k"},
    ],
    ids="-".join,
)
@pytest.mark.parametrize("record", [TODAY, EARLIER], ids=["today", "earlier"])
def test_a_document_that_is_not_quite_a_record_is_not_read(
    record: dict[str, Any], change: dict[str, Any]
) -> None:
    read_record(json.dumps(record).encode())
    with pytest.raises(DecodeError):
        read_record(json.dumps(record | change).encode())


@pytest.mark.parametrize(
    "charge",
    [
        {"statute": "459PC"},
        {"statute": 459, "level": "felony"},
        {"statute": "459PC", "level": "grave"},
        {"statute": "459PC", "level": "felony", "description": "burglary", "degree": 1},
        ["459PC"],
        ["459PC", "grave", None],
        ["459PC", "felony", "burglary", 1],
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize("record", [TODAY, EARLIER], ids=["today", "earlier"])
def test_a_charge_that_is_not_quite_one_is_not_read(record: dict[str, Any], charge: Any) -> None:
    facts = record["facts"] | {"charges": [charge]}
    with pytest.raises(DecodeError):
        read_record(json.dumps(record | {"facts": facts}).encode())


@pytest.mark.parametrize(
    ("record", "missing"),
    [
        (record, missing)
        for record in (TODAY, EARLIER)
        for missing in ("booking", "state", "profile", "profile_version", "first_heard_at")
        if missing in record
    ],
    ids=lambda given: given if isinstance(given, str) else "of today" if given is TODAY else "earlier",
)
def test_a_document_without_what_every_record_has_is_not_read(record: dict[str, Any], missing: str) -> None:
    document = {name: value for name, value in record.items() if name != missing}
    with pytest.raises(DecodeError):
        read_record(json.dumps(document).encode())


@pytest.mark.parametrize(
    "document",
    [b"", b"{", b"null", b"[]", json.dumps(EARLIER).encode().replace(b'"B1"', b'"\xff"')],
    ids=["empty", "cut off", "null", "a list", "not UTF-8"],
)
def test_what_is_no_document_is_not_read(document: bytes) -> None:
    with pytest.raises(DecodeError):
        read_record(document)


@pytest.mark.parametrize(
    "imitation",
    ["9999-12-31T23:59:59.999999Z", '"released_at":"9999-12-31T23:59:59.999999Z"', "_at", '_at":'],
)
def test_only_the_commits_own_instant_is_left_to_the_store(imitation: str) -> None:
    """A text of an event may say what it likes."""
    charges = [{"statute": imitation, "level": "felony", "description": imitation}]
    held_for = {"hold_id": "H-1", "kind": "parole", "reference": imitation}
    facts = [booked(facility=imitation, charges=charges), event("hold.placed", held_for), bail()]
    transition = fold(None, facts, policy(), ARRESTED + 2 * HOUR)
    assert transition.record.released_at == AT_COMMIT
    document = write_record(transition.record).decode()
    assert document.count(COMMIT_MARK) == 1
    assert json.loads(document)["released_at"] == COMMIT_MARK
    assert json.loads(document)["facts"]["facility"] == imitation
    assert json.loads(document)["facts"]["charges"] == [[imitation, "felony", imitation]]
    assert json.loads(document)["holds"][0]["reference"] == imitation


def test_without_an_end_of_custody_no_instant_is_left_to_the_store() -> None:
    transition = fold(None, [booked()], policy(), ARRESTED + HOUR)
    assert COMMIT_MARK.encode() not in write_record(transition.record)
    assert transition.record.deadline == DEADLINE


def test_reports_are_the_same_if_all_that_they_say_is() -> None:
    record = fold(None, [booked()], policy(), ARRESTED + HOUR).record
    assert record.facts is not None
    assert Facts.reported(booked().event.data) == record.facts
    other = replace(record.facts, facility="elsewhere")
    assert other != record.facts
    assert other.digest != record.facts.digest
