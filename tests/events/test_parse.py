"""From bytes to a typed event, or to the one reason for which it cannot be taken."""

import json

import pytest

from events.inbound import INBOUND_TYPES, CustodyCarried
from events.outbound import SOURCE
from events.parse import Parsed, parse
from tests.support.event_samples import ALL, AT, FEWEST, INSTANTS, envelope, parsed, raw, rejected, taken

CHECK = "custody.warrant_check.completed.v1"
CARRIED = "custody.custody.carried.v1"
SAMPLES = [(kind, data) for samples in (FEWEST, ALL) for kind, data in samples.items()]
TELLTALE = "Zq7Xw9"


@pytest.mark.parametrize(("kind", "data"), SAMPLES)
def test_every_type_is_taken_with_the_fewest_fields_and_with_all(kind: str, data: dict[str, object]) -> None:
    text = raw(kind, data)
    result = parsed(text)
    event = result.event
    assert (event.type, event.subject, result.raw, result.removed) == (kind, "B-1", text, ())
    written = json.loads(event.data.model_dump_json(exclude_unset=True))
    in_utc = {name: "2016-11-15T18:00:00.000Z" if value == AT else value for name, value in data.items()}
    assert written == in_utc
    assert parsed(event.to_wire()).event.data == event.data


@pytest.mark.parametrize("kind", ALL)
def test_nothing_is_doubtful_about_a_whole_event(kind: str) -> None:
    taken(raw(kind, ALL[kind]))


def test_the_samples_are_all_the_types_there_are() -> None:
    names = [model.model_fields["type"].default for model in INBOUND_TYPES]
    assert sorted(names) == sorted(FEWEST) == sorted(ALL)


@pytest.mark.parametrize("kind", FEWEST)
def test_every_field_without_which_a_type_means_nothing_is_needed(kind: str) -> None:
    for name in FEWEST[kind]:
        data = {other: value for other, value in FEWEST[kind].items() if other != name}
        for without in (data, data | {name: None}):
            rejection = rejected(raw(kind, without))
            assert (rejection.reason, rejection.detail) == ("invalid_data", f"data.{name}: Field required")


@pytest.mark.parametrize("kind", FEWEST)
def test_of_a_needed_field_no_value_is_bent_into_shape(kind: str) -> None:
    """A number for a text, a text for a truth value, a list for an instant: rejected, never coerced."""
    for name, value in FEWEST[kind].items():
        for other in (7, 1.0, "true", [TELLTALE], {"a": 1}, "", "a\n"):
            if type(other) is not type(value) or name in INSTANTS[kind] or other in {"", "a\n"}:
                rejection = rejected(raw(kind, ALL[kind] | {name: other}))
                assert (rejection.reason, rejection.booking) == ("invalid_data", "B-1"), (name, other)
                assert rejection.detail.startswith(f"data.{name}: ")


NO_INSTANTS = (
    "yesterday",
    "2016-11-15",
    "2016-11-15T10:00:00",
    "2016-11-15 10:00:00-08:00",
    "2016-02-30T10:00:00Z",
    "2016-11-15T10:00:00-0800",
    1479232800,
    {"seconds": 1479232800},
)


@pytest.mark.parametrize("value", NO_INSTANTS, ids=str)
@pytest.mark.parametrize("kind", [kind for kind in FEWEST if AT in FEWEST[kind].values()])
def test_the_instant_that_a_type_needs_is_rfc_3339_with_an_offset(kind: str, value: object) -> None:
    (name,) = (name for name, given in FEWEST[kind].items() if given == AT)
    rejection = rejected(raw(kind, ALL[kind] | {name: value}))
    assert rejection.reason == "invalid_data"
    assert rejection.detail.endswith("as in 2016-11-15T10:00:00-08:00")


def test_a_leap_second_is_the_second_after() -> None:
    leap = taken(raw(CHECK, ALL[CHECK] | {"completed_at": "2016-12-31T15:59:60-08:00"}))
    after = taken(raw(CHECK, ALL[CHECK] | {"completed_at": "2017-01-01T00:00:00Z"}))
    assert leap.data == after.data


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"\xef\xbb\xbf", "not_json"),
        (raw(CHECK, ALL[CHECK]) + b"{}", "not_json"),
        (raw(CHECK, ALL[CHECK]) + b"\0", "not_json"),
        (raw(CHECK, ALL[CHECK]).replace(b"e1", b"\xff"), "not_json"),
        (raw(CHECK, ALL[CHECK]).replace(b"e1", b"a\nb"), "not_json"),
        (raw(CHECK, ALL[CHECK]).replace(b"{", b"{'a': 1,", 1), "not_json"),
        (b"[" * 20_000, "not_json"),
        (b"[" * 20_000 + b"]" * 20_000, "not_json"),
        (b"null", "not_cloudevent"),
        (b"[]", "not_cloudevent"),
        (b'"custody"', "not_cloudevent"),
        (b"{}", "not_cloudevent"),
        (b"\xef\xbb\xbf{}", "not_cloudevent"),
    ],
)
def test_what_is_no_json_and_what_is_no_cloudevent(text: bytes, reason: str) -> None:
    assert rejected(text).reason == reason


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
@pytest.mark.parametrize("place", ["ext", "data"])
def test_a_number_that_json_does_not_have_is_rejected(number: bytes, place: str) -> None:
    attributes = {"ext": "here"} if place == "ext" else {"data": ALL[CHECK] | {"x": "here"}}
    text = json.dumps(envelope(CHECK, ALL[CHECK]) | attributes).encode().replace(b'"here"', number)
    rejection = rejected(text)
    assert (rejection.reason, rejection.booking) == ("not_json", "B-1")


@pytest.mark.parametrize(
    "broken",
    [
        {"specversion": "0.3"},
        {"specversion": 1.0},
        {"id": ""},
        {"id": 7},
        {"id": "x" * 513},
        {"id": "a\nb"},
        {"source": ""},
        {"source": ["urn:a"]},
        {"type": 7},
        {"type": {"a": [[]]}},
        {"subject": ""},
        {"subject": 201600417},
    ],
    ids=str,
)
def test_a_broken_envelope_is_no_cloudevent(broken: dict[str, object]) -> None:
    rejection = rejected(raw(CHECK, ALL[CHECK], **broken))
    assert rejection.reason == "not_cloudevent"
    assert rejection.detail.startswith(next(iter(broken)))


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "subject"])
def test_each_of_these_attributes_of_the_envelope_is_needed_and_null_is_absent(name: str) -> None:
    attributes = envelope(CHECK, ALL[CHECK])
    del attributes[name]
    for text in (attributes, attributes | {name: None}):
        rejection = rejected(json.dumps(text).encode())
        assert (rejection.reason, rejection.detail) == ("not_cloudevent", f"{name}: Field required")


@pytest.mark.parametrize("character", ["\x00", "\x1f", "\x7f", "\n"])
@pytest.mark.parametrize("place", ["a{}b", "{}a", "a{}"])
def test_an_id_with_a_control_character_is_rejected_and_the_reason_is_given_in_words(
    character: str, place: str
) -> None:
    rejection = rejected(raw(CHECK, ALL[CHECK], id=place.format(character)))
    detail = "id: control characters are not allowed"
    assert (rejection.reason, rejection.detail) == ("not_cloudevent", detail)


@pytest.mark.parametrize(
    "kind", ["custody.clock.paused.v1", "custody.record.released.v1", "custody.bail.posted.v2", "", "bail"]
)
def test_a_type_that_is_not_inbound_is_unknown(kind: str) -> None:
    for data in ({"anything": TELLTALE}, None, TELLTALE):
        assert rejected(raw(kind, data)).reason == "unknown_type"


@pytest.mark.parametrize("data", [[], "text", 7, True, '["text"]', "7"])
def test_data_that_is_no_object_is_invalid(data: object) -> None:
    assert rejected(raw(CHECK, data)).reason == "invalid_data"
    assert rejected(raw("custody.booking.voided.v1", data)).reason == "invalid_data"


@pytest.mark.parametrize("kind", FEWEST)
def test_data_that_is_absent_has_no_fields(kind: str) -> None:
    without = envelope(kind, None)
    del without["data"]
    for text in (raw(kind, None), json.dumps(without).encode()):
        result = parse(text)
        assert isinstance(result, Parsed) is (FEWEST[kind] == {})


@pytest.mark.parametrize("booking", ["B", "A-z0.9_-", "x" * 64, "..", "-", "0", "16/417", "#7", "A:1", "/:#"])
def test_a_booking_number_has_1_to_64_of_its_characters(booking: str) -> None:
    assert taken(raw(CHECK, ALL[CHECK], subject=booking)).subject == booking
    assert rejected(raw(CHECK, {}, subject=booking)).booking == booking


def test_a_slash_may_be_escaped_as_some_encoders_do() -> None:
    text = raw(CHECK, ALL[CHECK], subject="16/417").replace(b"16/417", rb"16\/417")
    assert taken(text).subject == "16/417"
    assert rejected(text + b",").booking == "16/417"


@pytest.mark.parametrize(
    "booking",
    ["", "x" * 65, "a b", "a\n", "\na", "a\u0000", "é", "１", "a{b}", "a*", "a\\b", 'a"b', "a\ud800", "а"],
    ids=repr,  # the last is Cyrillic
)
def test_any_other_booking_number_is_rejected_and_not_repeated(booking: str) -> None:
    rejection = rejected(raw(CHECK, ALL[CHECK], subject=booking))
    assert (rejection.reason, rejection.booking) == ("not_cloudevent", None)


def test_custody_is_carried_by_the_clock_itself_and_by_nobody_else() -> None:
    assert isinstance(taken(raw(CARRIED, {"record": '{"a": 1}'}, source=SOURCE)), CustodyCarried)
    for data in ({"record": "{}"}, {}, {"record": "{}", "more": 1}):
        assert rejected(raw(CARRIED, data)).reason == "unknown_type"


def test_custody_is_carried_however_large_the_record_is() -> None:
    large = {"record": "x" * 70_000}
    assert isinstance(taken(raw(CARRIED, large, source=SOURCE)), CustodyCarried)
    assert rejected(raw(CARRIED, large)).reason == "unknown_type"
    assert rejected(raw(CARRIED, large, source=SOURCE)[:-1]).reason == "too_large"
