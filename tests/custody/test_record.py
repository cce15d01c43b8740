"""The record as a document: what is written, what is read back, and which formats are refused."""

import json
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import DecodeError
from msgspec.structs import replace

from events.facts import BookingFacts, Charge
from events.testing import rules_of
from tests.support.arrivals import ARRESTED, DEADLINE, HOUR, bail, booked, event
from worker.custody.changes import Changes
from worker.custody.commit_time import AT_COMMIT, COMMIT_MARK
from worker.custody.decide import decide
from worker.custody.record import ChargeOnRecord, Facts, Record
from worker.custody.record_document import UnknownFormatError, read_record, write_record
from worker.law.arrest import Arrest

FROZEN: dict[str, Any] = {
    "format": 1,
    "booking": "B1",
    "state": "released",
    "version": 3,
    "chain": "qw==",
    "profile": {"name": "lapd-2016-11", "fingerprint": "c513"},
    "seen": ["DfD7+JLFuXQCottvDfD7+JLFuXQ="],
    "first_heard_at": "2016-11-14T19:31:00.123456Z",
    "attended_until": "2016-11-14T19:31:00.123Z",
    "facts": {
        "agency": "LAPD",
        "facility": 'Van "Nuys" é\u2028',
        "arrested_at": "2016-11-14T18:00:00.000001Z",
        "booked_at": "2016-11-14T19:30:00Z",
        "charges": [
            {"statute": "459PC", "level": "felony"},
            {"statute": "211PC", "level": "felony", "description": "robbery"},
        ],
    },
    "heard_at": "2016-11-14T19:31:00.123456Z",
    "first_report": "d",
    "probable_cause_found_at": "2016-11-15T18:00:00Z",
    "deadline": "2016-11-17T18:00:00.001Z",
    "governing_limit": "cap_72h",
    "learned_late": True,
    "grace_until": "2016-11-14T19:32:00.123456Z",
    "ceiling": {"deadline": "2016-11-17T18:00:00.001Z", "limit": "cap_72h"},
    "merged": [
        {
            "arrested_at": "2016-11-14T18:00:00Z",
            "booked_at": "2016-11-14T19:30:00Z",
            "kind": "warrant",
            "probable_cause_found_at": "2016-11-15T18:00:00Z",
        }
    ],
    "basis": "deadline",
    "ended_at": "2016-11-16T18:00:00Z",
    "void_reason": "duplicate",
    "renumbered_to": "B2",
    "former_numbers": ["B0"],
    "entitled_at": "2016-11-17T18:00:00.001Z",
    "released_at": "2016-11-17T18:00:00.002Z",
    "closed_at": "2016-11-16T18:00:00.002Z",
    "departed_at": "2016-11-17T18:30:00Z",
    "gone_while_held": True,
    "holds": [{"hold_id": "h1", "kind": "city_marshal", "reference": "P 1"}],
    "contacts": [
        {
            "contacted_at": "2016-11-15T00:00:00Z",
            "reply_to": "ice",
            "form": "I-247D",
            "requests": ["hold", "release_date"],
            "is_withdrawn": True,
        }
    ],
    "counsel": "pd",
    "awaiting": ["{}"],
}
"""A document of format 1 with every field. It never changes: from 0.1.0 on, released formats are read."""


def test_the_frozen_document_has_every_field() -> None:
    assert FROZEN.keys() - {"format"} == set(Record.__struct_fields__)


def test_the_frozen_document_is_read() -> None:
    record = read_record(json.dumps(FROZEN).encode())
    assert (record.chain, len(record.seen[0])) == (b"\xab", 20)
    assert (record.profile.name, record.profile.fingerprint) == ("lapd-2016-11", "c513")
    assert record.attended_until == datetime(2016, 11, 14, 19, 31, 0, 123_000, tzinfo=UTC)
    assert record.facts is not None
    assert record.facts.arrested_at == datetime(2016, 11, 14, 18, 0, 0, 1, tzinfo=UTC)
    assert record.facts.arrest_kind == "warrantless"
    assert record.arrest.kind == "warrantless"
    assert record.facts.charges == (
        ChargeOnRecord("459PC", "felony"),
        ChargeOnRecord("211PC", "felony", "robbery"),
    )
    assert record.contacts[0].asks_to_hold and record.contacts[0].is_withdrawn
    assert record.merged[0].arrest == Arrest(
        datetime(2016, 11, 14, 18, tzinfo=UTC), datetime(2016, 11, 14, 19, 30, tzinfo=UTC), "warrant"
    )
    assert (record.contacts[0].qualification, record.contacts[0].warrant) == ("none", "none")
    assert record.holds[0].kind == "city_marshal"
    assert read_record(write_record(record)) == record


@pytest.mark.parametrize("found", [0, 2, 17])
def test_a_document_of_an_unknown_format_is_refused_and_its_number_reported(found: int) -> None:
    with pytest.raises(UnknownFormatError, match=f"format is {found} and this version reads 1"):
        read_record(json.dumps(FROZEN | {"format": found}).encode())


def test_the_digest_of_a_report_never_changes() -> None:
    """It is stored with amended records, so it must not depend on the version of the software."""
    record = read_record(json.dumps(FROZEN).encode())
    assert record.facts is not None
    assert record.facts.digest == "b2e091dcec63eee214f841c3"


def test_every_change_that_a_step_may_make_is_a_field_of_the_record_with_its_type() -> None:
    changes, fields = get_type_hints(Changes), get_type_hints(Record)
    assert changes.keys() <= fields.keys()
    assert fields.keys() - changes.keys() == {"booking", "version", "chain", "seen"}
    for name, wanted in changes.items():
        assert fields[name] in (wanted, wanted | None), name


def test_the_record_keeps_every_fact_that_an_event_can_report() -> None:
    assert Facts.__struct_fields__ == tuple(BookingFacts.model_fields)
    assert ChargeOnRecord.__struct_fields__ == tuple(Charge.model_fields)


@given(
    place=st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20),
    description=st.none() | st.text(max_size=20),
    microseconds=st.integers(0, 999_999),
)
def test_the_digest_is_that_of_the_report_as_it_was_sent(
    place: str, description: str | None, microseconds: int
) -> None:
    arrested_at = ARRESTED.replace(microsecond=microseconds)
    sent = BookingFacts(
        agency=place,
        facility=place,
        arrested_at=arrested_at,
        booked_at=arrested_at,
        arrest_kind="warrant",
        charges=(Charge(statute=place, level="other", description=description),),
    )
    digest = blake2b(sent.model_dump_json().encode(), digest_size=12).hexdigest()
    assert Facts.reported(sent).digest == digest


def test_a_field_with_its_default_value_is_not_written() -> None:
    transition = decide(None, [booked()], rules_of(), ARRESTED + HOUR)
    assert set(json.loads(write_record(transition.record))) == {
        "format",
        "booking",
        "state",
        "version",
        "chain",
        "profile",
        "seen",
        "first_heard_at",
        "attended_until",
        "facts",
        "heard_at",
        "deadline",
        "governing_limit",
    }


def test_words_that_are_on_no_list_are_read_back_as_they_were_reported() -> None:
    fact = booked(arrest_kind="city_warrant", charges=[{"statute": "459PC", "level": "infamy"}])
    record = decide(None, [fact], rules_of(), ARRESTED + HOUR).record
    read = read_record(write_record(record))
    assert read == record
    assert read.facts is not None
    assert (read.facts.arrest_kind, read.arrest.kind) == ("city_warrant", "warrantless")
    assert read.facts.charges == (ChargeOnRecord("459PC", "infamy"),)


def test_an_arrest_on_a_warrant_is_read_back_as_one() -> None:
    record = decide(None, [booked(arrest_kind="warrant")], rules_of(), ARRESTED + HOUR).record
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
        {"holds": [{"hold_id": "h1", "kind": 7, "reference": "P 1"}]},
        {"holds": [{"hold_id": "h1", "reference": "P 1"}]},
        {"merged": [{"arrested_at": "2016-11-14T18:00:00Z", "booked_at": "2016-11-14T18:00:00Z"}]},
        {"heard_at": "2016-11-14T18:00:00"},
        {"holds": [{"hold_id": "h1", "kind": "parole", "reference": "P 1", "until": 1}]},
        {"seen": "k"},
    ],
    ids="-".join,
)
def test_a_document_with_an_unknown_field_or_a_wrong_value_is_not_read(change: dict[str, Any]) -> None:
    with pytest.raises(DecodeError):
        read_record(json.dumps(FROZEN | change).encode())


@pytest.mark.parametrize(
    "charge",
    [
        {"statute": "459PC"},
        {"statute": 459, "level": "felony"},
        {"statute": "459PC", "level": 7},
        {"statute": "459PC", "level": "felony", "description": "burglary", "degree": 1},
        ["459PC", "felony", None],
    ],
    ids=json.dumps,
)
def test_a_charge_with_a_missing_unknown_or_wrong_field_is_not_read(charge: Any) -> None:
    facts = FROZEN["facts"] | {"charges": [charge]}
    with pytest.raises(DecodeError):
        read_record(json.dumps(FROZEN | {"facts": facts}).encode())


@pytest.mark.parametrize(
    "missing", ["format", "booking", "state", "profile", "first_heard_at", "attended_until"]
)
def test_a_document_without_a_required_field_is_not_read(missing: str) -> None:
    document = {name: value for name, value in FROZEN.items() if name != missing}
    with pytest.raises(DecodeError):
        read_record(json.dumps(document).encode())


@pytest.mark.parametrize(
    "document",
    [b"", b"{", b"null", b"[]", json.dumps(FROZEN).encode().replace(b'"B1"', b'"\xff"')],
    ids=["empty", "cut off", "null", "a list", "not UTF-8"],
)
def test_text_that_is_no_document_is_not_read(document: bytes) -> None:
    with pytest.raises(DecodeError):
        read_record(document)


@pytest.mark.parametrize(
    "imitation",
    ["9999-12-31T23:59:59.999999Z", '"released_at":"9999-12-31T23:59:59.999999Z"', "_at", '_at":'],
)
def test_only_the_commits_own_instant_is_left_to_the_store(imitation: str) -> None:
    """The text of an event may contain anything, even the placeholder."""
    charges = [{"statute": imitation, "level": "felony", "description": imitation}]
    held_for = {"hold_id": "H-1", "kind": "parole", "reference": imitation}
    facts = [booked(facility=imitation, charges=charges), event("hold.placed", held_for), bail()]
    transition = decide(None, facts, rules_of(), ARRESTED + 2 * HOUR)
    assert transition.record.released_at == AT_COMMIT
    document = write_record(transition.record).decode()
    assert document.count(COMMIT_MARK) == 1
    assert json.loads(document)["released_at"] == COMMIT_MARK
    assert json.loads(document)["facts"]["facility"] == imitation
    assert json.loads(document)["facts"]["charges"] == [
        {"statute": imitation, "level": "felony", "description": imitation}
    ]
    assert json.loads(document)["holds"][0]["reference"] == imitation


def test_without_an_end_of_custody_no_instant_is_left_to_the_store() -> None:
    transition = decide(None, [booked()], rules_of(), ARRESTED + HOUR)
    assert COMMIT_MARK.encode() not in write_record(transition.record)
    assert transition.record.deadline == DEADLINE


def test_two_reports_are_the_same_if_all_their_facts_are() -> None:
    record = decide(None, [booked()], rules_of(), ARRESTED + HOUR).record
    assert record.facts is not None
    assert Facts.reported(booked().event.data) == record.facts
    other = replace(record.facts, facility="elsewhere")
    assert other != record.facts
    assert other.digest != record.facts.digest
