"""What is judged of a well-formed event, in what order, and what is told of one that is refused."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from events.envelope import MAX_EVENT_BYTES
from events.inbound import BookingAmended, BookingCreated, IceContacted, Inbound
from events.instants import format_instant
from events.parse import Rejection, parse
from tests.support.event_samples import ALL, AT, FEWEST, INSTANTS, NOW, envelope, raw, rejected, taken

CHECK = "custody.warrant_check.completed.v1"
TELLTALE = "Zq7Xw9"


def padded(size: int) -> bytes:
    """A valid event of exactly so many bytes."""
    text = raw(CHECK, ALL[CHECK], ext="")
    return text[:-2] + b"x" * (size - len(text)) + text[-2:]


def test_an_event_may_have_64_kib_and_not_a_byte_more() -> None:
    assert MAX_EVENT_BYTES == 65_536
    assert len(padded(65_536)) == 65_536
    taken(padded(65_536))
    assert rejected(padded(65_537)).reason == "too_large"


@pytest.mark.parametrize("kind", INSTANTS)
def test_an_instant_may_be_five_minutes_ahead_of_the_store_and_not_more(kind: str) -> None:
    limit = NOW + timedelta(minutes=5)
    allowed, too_far = format_instant(limit), format_instant(limit + timedelta(microseconds=1))
    for name in INSTANTS[kind]:
        others = dict.fromkeys(INSTANTS[kind], allowed)
        taken(raw(kind, ALL[kind] | others))
        refusal = rejected(raw(kind, ALL[kind] | others | {name: too_far}))
        assert (refusal.reason, refusal.booking) == ("future_time", "B-1")
        assert refusal.detail.startswith(f"{name} ")
    taken(raw(kind, ALL[kind], time=allowed))
    assert rejected(raw(kind, ALL[kind], time=too_far)).reason == "future_time"


def test_without_the_stores_time_the_future_is_not_judged() -> None:
    assert not isinstance(parse(raw(CHECK, ALL[CHECK], time="2999-01-01T00:00:00Z")), Rejection)


@pytest.mark.parametrize("kind", ["custody.booking.created.v1", "custody.booking.amended.v1"])
def test_a_booking_from_before_the_arrest_is_impossible(kind: str) -> None:
    times = {"arrested_at": "2016-11-15T10:00:00.000001-08:00", "booked_at": AT}
    refusal = rejected(raw(kind, ALL[kind] | times))
    assert (refusal.reason, refusal.booking) == ("impossible_times", "B-1")
    taken(raw(kind, ALL[kind] | times | {"booked_at": times["arrested_at"]}))


def test_an_amendment_of_one_of_the_two_is_judged_with_the_booking_and_not_here() -> None:
    event = taken(raw("custody.booking.amended.v1", {"reason": "clerical_error", "booked_at": AT}))
    assert isinstance(event, BookingAmended)
    assert event.data.changes().keys() == {"booked_at"}


# Each breaks its own rule and all that are judged after it.
LATE = "2016-11-15T21:00:00Z"
PRECEDENCE = [
    ("too_large", b"x" * 65_537),
    ("not_json", b"{" + raw("custody.no.such.v1", {}, specversion="0")),
    ("not_cloudevent", raw("custody.no.such.v1", {"x": 1}, specversion="0", time=LATE)),
    ("unknown_type", raw("custody.no.such.v1", {"x": 1}, time=LATE)),
    (
        "invalid_data",
        raw("custody.booking.created.v1", {"arrested_at": LATE, "booked_at": AT}, time=LATE),
    ),
    (
        "future_time",
        raw("custody.booking.created.v1", FEWEST["custody.booking.created.v1"] | {"arrested_at": LATE}),
    ),
]


@pytest.mark.parametrize(("reason", "text"), PRECEDENCE, ids=[reason for reason, _ in PRECEDENCE])
def test_of_several_reasons_the_first_is_told(reason: str, text: bytes) -> None:
    assert rejected(text).reason == reason


@pytest.mark.parametrize("kind", ALL)
def test_what_is_told_of_a_refused_event_repeats_no_value_of_it(kind: str) -> None:
    for name in ALL[kind]:
        for bad in (TELLTALE, [TELLTALE], {"x": TELLTALE}, TELLTALE * 200, f"{TELLTALE}\n"):
            result = parse(raw(kind, ALL[kind] | {name: bad}, time=AT), NOW)
            if isinstance(result, Rejection):
                assert TELLTALE not in result.detail
    for name in ("id", "source", "type", "time", "datacontenttype", "specversion"):
        result = parse(raw(kind, ALL[kind], **{name: TELLTALE + "\n"}), NOW)
        assert isinstance(result, Rejection)
        assert TELLTALE not in result.detail


def test_a_long_list_of_faults_is_told_in_short() -> None:
    data = {f"unknown_{number}": number for number in range(50)} | FEWEST[CHECK]
    refusal = rejected(raw(CHECK, data))
    assert refusal.detail.endswith("; and 47 more")
    assert len(refusal.detail) < 500


def test_a_field_name_that_came_with_the_event_is_made_plain() -> None:
    refusal = rejected(raw(CHECK, ALL[CHECK] | {"a\nb\u202e" + "x" * 500: 1}))
    assert refusal.detail.isprintable()
    assert len(refusal.detail) < 200


def test_the_booking_is_named_even_where_the_envelope_is_broken() -> None:
    assert rejected(raw(CHECK, ALL[CHECK], specversion="0")).booking == "B-1"
    assert rejected(raw(CHECK, {})).booking == "B-1"


def test_an_event_cannot_be_altered() -> None:
    event = taken(raw("custody.booking.created.v1", ALL["custody.booking.created.v1"]))
    assert isinstance(event, BookingCreated)
    with pytest.raises(ValidationError):
        event.subject = "B-2"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        event.data.facility = "Van Nuys"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        event.data.charges[0].statute = "187PC"  # type: ignore[misc]


def test_an_event_may_be_composed_in_python_too() -> None:
    sample = taken(raw("custody.ice.contacted.v1", ALL["custody.ice.contacted.v1"]))
    composed = IceContacted.about("B-1", sample.data, id="e1", source="urn:test:jms", time=sample.time)
    assert composed == sample
    assert parse(composed.model_dump_json().encode(), NOW) == sample
    with pytest.raises(ValidationError):
        IceContacted.about("B 1", sample.data, id="e1", source="urn:test:jms", time=sample.time)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(text: bytes) -> None:
    assert isinstance(parse(text, NOW), Rejection)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(kind=st.sampled_from(sorted(ALL)), data=_json, attributes=st.dictionaries(st.text(max_size=8), _json))
def test_no_json_makes_it_fail(kind: str, data: object, attributes: dict[str, object]) -> None:
    result = parse(json.dumps(envelope(kind, data) | attributes).encode(), NOW)
    assert isinstance(result, Inbound | Rejection)
