"""From bytes to a typed event, or to the one reason for which it cannot be taken."""

import json

import pytest

from events.inbound import INBOUND_TYPES
from tests.support.event_samples import ALL, AT, FEWEST, envelope, raw, rejected, taken

CHECK = "custody.warrant_check.completed.v1"
SAMPLES = [(kind, data) for samples in (FEWEST, ALL) for kind, data in samples.items()]
TELLTALE = "Zq7Xw9"


@pytest.mark.parametrize(("kind", "data"), SAMPLES)
def test_every_type_is_taken_with_the_fewest_fields_and_with_all(kind: str, data: dict[str, object]) -> None:
    event = taken(raw(kind, data))
    assert (event.type, event.subject) == (kind, "B-1")
    written = json.loads(event.data.model_dump_json(exclude_none=True))
    in_utc = {name: "2016-11-15T18:00:00.000Z" if value == AT else value for name, value in data.items()}
    assert written == in_utc
    assert event.to_wire() == event.model_dump_json(exclude_none=True).encode()
    assert taken(event.to_wire()) == event


def test_the_samples_are_all_the_types_there_are() -> None:
    names = [model.model_fields["type"].default for model in INBOUND_TYPES]
    assert sorted(names) == sorted(FEWEST) == sorted(ALL)


@pytest.mark.parametrize("kind", ALL)
def test_a_field_that_the_contract_does_not_name_is_refused(kind: str) -> None:
    for unknown in ("immigration_status", "citizenship", "birthplace", "ethnicity", "name", "paused"):
        refusal = rejected(raw(kind, ALL[kind] | {unknown: TELLTALE}))
        assert refusal.reason == "invalid_data"
        assert f"data.{unknown}" in refusal.detail


def test_a_field_that_the_contract_does_not_name_is_refused_in_a_charge_too() -> None:
    charge = {"statute": "211PC", "level": "felony", "citizenship": TELLTALE}
    data = FEWEST["custody.booking.created.v1"] | {"charges": [charge]}
    assert rejected(raw("custody.booking.created.v1", data)).reason == "invalid_data"


@pytest.mark.parametrize("kind", FEWEST)
def test_every_field_but_the_optional_ones_is_needed(kind: str) -> None:
    for name in FEWEST[kind]:
        data = {other: value for other, value in FEWEST[kind].items() if other != name}
        refusal = rejected(raw(kind, data))
        assert (refusal.reason, refusal.detail) == ("invalid_data", f"data.{name}: Field required")


@pytest.mark.parametrize("kind", ALL)
def test_no_value_is_bent_into_shape(kind: str) -> None:
    """A number for a text, a text for a truth value, a list for an instant: refused, never coerced."""
    for name, value in ALL[kind].items():
        for other in (7, 1.0, "true", [TELLTALE], {"a": 1}, ""):
            if type(other) is not type(value) or other == "":
                refusal = rejected(raw(kind, ALL[kind] | {name: other}))
                assert refusal.reason == "invalid_data", (name, other)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (raw(CHECK, ALL[CHECK]) + b"{}", "not_json"),
        (raw(CHECK, ALL[CHECK]).replace(b"e1", b"\xff"), "not_json"),
        (raw(CHECK, ALL[CHECK]).replace(b"e1", b"\\ud800"), "not_json"),
        (b"[" * 20_000, "not_json"),
        (b"null", "not_cloudevent"),
        (b"[]", "not_cloudevent"),
        (b'"custody"', "not_cloudevent"),
        (b"{}", "not_cloudevent"),
    ],
)
def test_what_is_no_json_and_what_is_no_cloudevent(text: bytes, reason: str) -> None:
    assert rejected(text).reason == reason


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
        {"source": None},
        {"type": 7},
        {"subject": ""},
        {"time": "yesterday"},
        {"time": "2016-11-15T10:00:00"},
        {"time": 1479232800},
        {"datacontenttype": "text/plain"},
        {"datacontenttype": None},
        {"data_base64": "e30="},
        {"Upper": "x"},
        {"ext": {"a": 1}},
        {"ext": [1]},
        {"x" * 65: "y"},
    ],
    ids=str,
)
def test_a_broken_envelope_is_no_cloudevent(broken: dict[str, object]) -> None:
    assert rejected(raw(CHECK, ALL[CHECK], **broken)).reason == "not_cloudevent"


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "subject", "time"])
def test_each_attribute_of_the_envelope_is_needed(name: str) -> None:
    attributes = envelope(CHECK, ALL[CHECK])
    del attributes[name]
    refusal = rejected(json.dumps(attributes).encode())
    assert (refusal.reason, refusal.detail) == ("not_cloudevent", f"{name}: Field required")


@pytest.mark.parametrize("character", ["\x00", "\x1f", "\x7f", "\n"])
@pytest.mark.parametrize("place", ["a{}b", "{}a", "a{}"])
def test_a_text_with_a_control_character_is_refused_and_the_reason_is_told_in_words(
    character: str, place: str
) -> None:
    text = place.format(character)
    created = "custody.booking.created.v1"
    refusal = rejected(raw(created, ALL[created] | {"facility": text}))
    sent = "data.facility: control characters are not allowed"
    assert (refusal.reason, refusal.detail) == ("invalid_data", sent)
    refusal = rejected(raw(created, ALL[created], id=text))
    assert (refusal.reason, refusal.detail) == ("not_cloudevent", "id: control characters are not allowed")


def test_the_content_type_may_be_left_out() -> None:
    attributes = envelope(CHECK, ALL[CHECK])
    del attributes["datacontenttype"]
    assert taken(json.dumps(attributes).encode()).datacontenttype == "application/json"


@pytest.mark.parametrize("value", ["text", 7, True, None])
def test_extension_attributes_are_allowed_and_change_nothing(value: object) -> None:
    event = taken(raw(CHECK, ALL[CHECK], traceparent=value, x9=value))
    assert event.data == taken(raw(CHECK, ALL[CHECK])).data


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_a_number_that_json_does_not_have_is_refused(number: bytes) -> None:
    text = raw(CHECK, ALL[CHECK], ext="here").replace(b'"here"', number)
    assert rejected(text).reason in {"not_json", "not_cloudevent"}


@pytest.mark.parametrize(
    "kind", ["custody.clock.paused.v1", "custody.record.released.v1", "custody.bail.posted.v2", "", "bail"]
)
def test_a_type_that_is_not_inbound_is_unknown(kind: str) -> None:
    assert rejected(raw(kind, {"anything": TELLTALE})).reason == "unknown_type"


@pytest.mark.parametrize("data", [None, [], "text", 7])
def test_data_that_is_no_object_is_invalid(data: object) -> None:
    assert rejected(raw(CHECK, data)).reason == "invalid_data"
    attributes = envelope(CHECK, data)
    del attributes["data"]
    assert rejected(json.dumps(attributes).encode()).reason == "invalid_data"


@pytest.mark.parametrize("booking", ["B", "A-z0.9_-", "x" * 64, "..", "-", "0"])
def test_a_booking_number_has_1_to_64_of_its_characters(booking: str) -> None:
    assert taken(raw(CHECK, ALL[CHECK], subject=booking)).subject == booking


@pytest.mark.parametrize(
    "booking",
    [
        "",
        "x" * 65,
        "a b",
        "a/b",
        "a\n",
        "\na",
        "a\u0000",
        "é",
        "１",
        "a{b}",
        "a:b",
        "a*",
        "а",
    ],  # the last is Cyrillic
    ids=repr,
)
def test_any_other_booking_number_is_refused_and_not_repeated(booking: str) -> None:
    refusal = rejected(raw(CHECK, ALL[CHECK], subject=booking))
    assert (refusal.reason, refusal.booking) == ("not_cloudevent", None)
