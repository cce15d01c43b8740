"""How a record lies in its hash: nothing twice, and all of it there again when it is read."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from custody.arrivals import ARRESTED, BOOKING, booked, ice_contact
from custody.case import policy
from hypothesis import given
from hypothesis import strategies as st
from msgspec import DecodeError
from msgspec.structs import replace

from worker.custody.advance import Fact, fold
from worker.custody.record import Record, write_record
from worker.store.record_layout import document_of, record_of, stands_of
from worker.store.unix_ms import from_ms, to_ms

HOUR = timedelta(hours=1)


def recorded(*facts: Fact) -> Record:
    return fold(None, facts, policy(), ARRESTED + HOUR).record


def test_a_document_repeats_nothing_that_its_key_and_its_field_tell() -> None:
    record = recorded(booked(), ice_contact())
    whole, stored = json.loads(write_record(record)), json.loads(document_of(record))
    assert whole.keys() - stored.keys() == {"booking", "version", "state", "deadline"}
    assert whole.items() >= stored.items()


@pytest.mark.parametrize(
    "record",
    [
        recorded(ice_contact()),
        recorded(booked(), ice_contact()),
        recorded(booked(facility='","chain":"x","state":"released')),
    ],
    ids=["of a booking that is not known yet", "held", "with a text that imitates the fields"],
)
def test_a_record_is_read_as_it_was_written(record: Record) -> None:
    assert record_of(BOOKING, stands_of(record), document_of(record)) == record


@given(since_epoch_ms=st.integers(0, to_ms(datetime.max.replace(tzinfo=UTC))))
def test_a_deadline_of_any_millisecond_is_read_as_it_was_written(since_epoch_ms: int) -> None:
    record = replace(recorded(booked()), deadline=from_ms(since_epoch_ms))
    assert record_of(BOOKING, stands_of(record), document_of(record)) == record


@pytest.mark.parametrize(
    "unreadable",
    [
        None,
        b"",
        b"1",
        b"1 held",
        b"1 held soon ",
        b"1 held 1e300 ",
        b"1 held  ",
        b"1 held +1479207600000 ",
        b"1 held 1_479_207_600_000 ",
        b"1 held -5 ",
        b"1 held 1479207600000 x",
        b"1 held 1479207600000",
        b"01 held 1479207600000 ",
        b'1 held","state":"released 1479207600000 ',
        b"1 held 99999999999999999 ",
        b"1 paused 1479207600000 ",
        b"x held 1479207600000 ",
        b"\xff held 1479207600000 ",
    ],
)
def test_a_document_whose_field_does_not_tell_how_it_stands_is_not_read(unreadable: bytes | None) -> None:
    with pytest.raises(DecodeError):
        record_of(BOOKING, unreadable, document_of(recorded(booked())))


def test_no_record_is_stored_before_its_first_journal_entry() -> None:
    with pytest.raises(ValueError, match="subsection not found"):
        document_of(replace(recorded(booked()), chain=None))
