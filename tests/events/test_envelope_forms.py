"""The envelope in the forms in which senders write it: what is absent, encoded or unknown changes nothing."""

import base64
import json

import pytest

from events.parse import booking_in, parse
from tests.support.event_samples import ALL, envelope, parsed, raw, rejected, taken

CHECK = "custody.warrant_check.completed.v1"
BOOKED = "custody.booking.created.v1"
PLAIN = taken(raw(CHECK, ALL[CHECK]))
TELLTALE = "Zq7Xw9"


def without(*names: str, **other: object) -> bytes:
    """An event without these attributes, and with others."""
    attributes = envelope(CHECK, ALL[CHECK]) | other
    return json.dumps({name: value for name, value in attributes.items() if name not in names}).encode()


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json ; charset=utf-8; profile=x",
        "APPLICATION/JSON",
        "Application/Json; Charset=UTF-8",
        "text/json",
        "text/json; charset=us-ascii",
        "application/cloudevents+json",
        "application/cloudevents+json; charset=utf-8",
        "application/vnd.custody.v1+json",
        "application/ld+JSON",
        "model/gltf+json",
    ],
)
def test_the_content_type_is_any_json_media_type(media_type: str) -> None:
    text = raw(CHECK, ALL[CHECK], datacontenttype=media_type)
    assert taken(text).datacontenttype == media_type
    assert parsed(text).raw == text


@pytest.mark.parametrize(
    "media_type", ["text/plain", "json", "application/jsonl", "", 7, ["text/json"]], ids=str
)
def test_another_content_type_of_data_that_is_an_object_is_doubtful_and_no_more(media_type: object) -> None:
    result = parsed(raw(CHECK, ALL[CHECK], datacontenttype=media_type))
    assert [doubt.detail for doubt in result.doubts] == [
        "datacontenttype could not be read: the event counts without it"
    ]
    assert result.event == PLAIN


@pytest.mark.parametrize("time", ["yesterday", "2016-11-15T10:00:00", 1479232800, ["x"], ""], ids=str)
def test_a_time_of_the_envelope_that_cannot_be_read_is_doubtful_and_no_more(time: object) -> None:
    result = parsed(raw(CHECK, ALL[CHECK], time=time))
    assert [doubt.detail for doubt in result.doubts] == [
        "time could not be read: the event counts without it"
    ]
    assert result.event.time is None
    assert result.event.data == PLAIN.data


def test_the_time_and_the_content_type_may_be_left_out_or_null() -> None:
    for text in (
        without("time", "datacontenttype"),
        without(time=None, datacontenttype=None),
        without(time=None, datacontenttype=None, dataschema=None, traceparent=None),
    ):
        event = taken(text)
        assert (event.time, event.datacontenttype, event.data) == (None, "application/json", PLAIN.data)
        assert taken(event.to_wire()) == event


@pytest.mark.parametrize(
    "value", [TELLTALE, 7, -1.5, True, None, {"a": {"b": TELLTALE}}, [TELLTALE, [1]]], ids=str
)
@pytest.mark.parametrize("name", ["traceparent", "x9", "Upper", "with-dash", "x" * 65, "", "é", "dataschema"])
def test_an_extension_attribute_is_dropped_whatever_its_name_and_value(name: str, value: object) -> None:
    result = parsed(raw(CHECK, ALL[CHECK], **{name: value}))
    assert result.event == PLAIN
    assert (result.doubts, result.removed) == ((), ())
    assert json.loads(result.raw) == envelope(CHECK, ALL[CHECK])


def test_an_extension_attribute_may_have_any_number_and_any_depth() -> None:
    for value in (b"1e400", b"-1e-999", b"9" * 5_000, b"[" * 900 + b"]" * 900):
        assert parsed(raw(CHECK, ALL[CHECK], ext="here").replace(b'"here"', value)).event == PLAIN


def test_a_byte_order_mark_and_line_ends_of_any_kind_change_nothing() -> None:
    pretty = json.dumps(envelope(CHECK, ALL[CHECK]), indent=2)
    assert taken(pretty.encode()) == PLAIN
    assert taken(pretty.replace("\n", "\r\n").encode() + b"\r\n") == PLAIN
    assert taken(b"\xef\xbb\xbf" + pretty.encode()) == PLAIN
    assert taken(b"\xef\xbb\xbf \r\n" + raw(CHECK, ALL[CHECK]) + b"\r\n") == PLAIN
    assert not parsed(b"\xef\xbb\xbf" + raw(CHECK, ALL[CHECK])).raw.startswith(b"\xef")


def in_base64(data: bytes) -> str:
    """The value of `data_base64`."""
    return base64.b64encode(data).decode()


def test_data_may_be_json_in_base64_or_in_a_string() -> None:
    data = json.dumps(ALL[CHECK])
    for text in (
        without("data", data_base64=in_base64(data.encode())),
        without(data=None, data_base64=in_base64(data.encode())),
        without("data", data_base64=base64.encodebytes(data.encode()).decode()),
        without("data", data_base64=in_base64(b"\xef\xbb\xbf" + data.encode() + b"\r\n")),
        without(data=data),
        without(data_base64=in_base64(b"{}")),
    ):
        result = parsed(text)
        assert result.event == PLAIN
        assert json.loads(result.raw) == envelope(CHECK, ALL[CHECK])
        assert (result.doubts, result.removed) == ((), ())


def test_what_is_in_base64_is_cleaned_as_any_data() -> None:
    data = json.dumps(ALL[CHECK] | {"citizenship": TELLTALE}).encode()
    result = parsed(without("data", data_base64=in_base64(data)))
    assert result.removed == ("data.citizenship",)
    assert json.loads(result.raw) == envelope(CHECK, ALL[CHECK])


@pytest.mark.parametrize(
    "encoded",
    [in_base64(b"text"), in_base64(b"\xff"), in_base64(b"[]"), "e30", "*", "é", "", 7, ["e30="]],
    ids=str,
)
def test_base64_that_holds_no_json_is_invalid_data(encoded: object) -> None:
    for kind in (CHECK, "custody.booking.voided.v1"):
        rejection = rejected(without("data", type=kind, data_base64=encoded))
        assert (rejection.reason, rejection.booking) == ("invalid_data", "B-1")
        assert rejection.detail in {"data: does not hold JSON", "data: send a JSON object"}


@pytest.mark.parametrize("half", ["\ud83d", "\ude00", "\ud800\ud800", "\udc00\ud800"], ids=ascii)
def test_half_a_character_as_of_a_text_cut_off_costs_nobody_a_clock(half: str) -> None:
    charge = {"statute": "211PC", "level": "felony", "description": f"\\ud800 \U0001f600 cut {half}"}
    text = raw(BOOKED, ALL[BOOKED] | {"charges": [charge]}, ext=half)
    assert b"\\ud" in text
    (kept,) = parsed(text).event.data.charges
    assert kept.description == "\\ud800 \U0001f600 cut " + "\ufffd" * len(half)
    assert parse(parsed(text).raw) == parsed(parsed(text).raw)


def test_the_booking_is_named_even_where_the_envelope_or_the_json_is_broken() -> None:
    assert rejected(raw(CHECK, ALL[CHECK], specversion="0")).booking == "B-1"
    assert rejected(raw(CHECK, {})).booking == "B-1"
    assert rejected(raw(CHECK, ALL[CHECK])[:-1]).booking == "B-1"
    assert rejected(raw(CHECK, ALL[CHECK], ext="x" * 70_000)).booking == "B-1"
    assert rejected(b"not JSON").booking is None


def test_the_booking_of_an_event_that_was_not_parsed_is_that_of_its_envelope() -> None:
    plain = raw(CHECK, ALL[CHECK], subject="16/417")
    assert booking_in(plain) == "16/417"
    assert booking_in(b"\xef\xbb\xbf" + plain) == "16/417"
    assert booking_in(plain.replace(b"/", rb"\/")) == "16/417"
    assert booking_in(plain.replace(b"/", rb"\u002f")) == "16/417"
    assert booking_in(b'{"data": {"subject": "other"}, ' + plain[1:]) == "16/417"
    assert booking_in(b'{"subject": "other", ' + plain[1:]) == "16/417"
    assert booking_in(plain.replace(b"16/417", b"a b")) is None
    assert booking_in(b'["subject", "B-1"]') is None
