"""Doubt costs nobody a clock: what can be understood takes effect, and what was doubtful is reported."""

import json
from typing import Any, get_args

import pytest

from events import corrections, facts
from events.inbound import BookingAmended, BookingCreated
from events.parse import Parsed, Rejection, parse
from events.repair import known_part
from events.words import Doubt
from tests.support.event_samples import ALL, AT, FEWEST, INSTANT, envelope, parsed, raw, rejected

BOOKED = "custody.booking.created.v1"
AMENDED = "custody.booking.amended.v1"
CONTACT = "custody.ice.contacted.v1"
TELLTALE = "Zq7Xw9"
FORBIDDEN = ("immigration_status", "citizenship", "birthplace", "ethnicity", "descent", "name", "paused")

# type, field -> its list, and what another word counts as
LISTS = {
    (BOOKED, "arrest_kind"): (facts.ArrestKind, "warrantless"),
    (AMENDED, "arrest_kind"): (facts.ArrestKind, "warrantless"),
    (AMENDED, "reason"): (corrections.AmendmentReason, "other"),
    ("custody.booking.voided.v1", "reason"): (facts.VoidReason, "other"),
    ("custody.bail.posted.v1", "kind"): (facts.BailKind, "other"),
    ("custody.release.ordered.v1", "basis"): (facts.OrderBasis, "other"),
    ("custody.person.transferred.v1", "to"): (facts.TransferTo, "hospital"),
    ("custody.hold.placed.v1", "kind"): (facts.HoldKind, "other"),
    (CONTACT, "channel"): (facts.IceChannel, "other"),
    (CONTACT, "form"): (facts.IceForm, "other"),
    (CONTACT, "qualification"): (facts.Qualification, "none"),
    ("custody.ice.custody_requested.v1", "warrant"): (facts.IceWarrant, "none"),
    ("custody.ice.custody_requested.v1", "qualification"): (facts.Qualification, "none"),
    ("custody.booking.reinstated.v1", "reason"): (corrections.ReinstatementReason, "other"),
    ("custody.booking.renumbered.v1", "reason"): (corrections.RenumberingReason, "other"),
}


def unread(*names: str) -> tuple[Doubt, ...]:
    """The doubts about fields that could not be read."""
    return tuple(
        Doubt("word_unknown", f"{name} could not be read: the event counts without it") for name in names
    )


def without_the_optional(kind: str) -> list[str]:
    """The fields of a type that its sample has, and that it means something without."""
    return [name for name in ALL[kind] if name not in FEWEST[kind]]


@pytest.mark.parametrize(("kind", "name"), LISTS)
def test_a_word_that_is_not_on_its_list_is_kept_and_doubted(kind: str, name: str) -> None:
    known, otherwise = LISTS[kind, name]
    for word in get_args(known):
        assert parsed(raw(kind, ALL[kind] | {name: word})).doubts == ()
    text = raw(kind, ALL[kind] | {name: TELLTALE})
    result = parsed(text)
    assert getattr(result.event.data, name) == TELLTALE
    assert result.raw == text
    detail = f"no word on the list for {name}: it counts as {otherwise}"
    assert result.doubts == (Doubt("word_unknown", detail),)


def test_a_word_in_a_list_of_words_or_of_objects_is_kept_and_doubted_once() -> None:
    result = parsed(raw(CONTACT, ALL[CONTACT] | {"requests": ["hold", TELLTALE, TELLTALE]}))
    assert result.event.data.requests == ("hold", TELLTALE, TELLTALE)
    assert [doubt.detail for doubt in result.doubts] == [
        "no word on the list for requests: it counts as other"
    ]
    charges = [{"statute": "211PC", "level": TELLTALE}, {"statute": "459PC", "level": TELLTALE}]
    result = parsed(raw(BOOKED, ALL[BOOKED] | {"charges": charges}))
    assert [charge.level for charge in result.event.data.charges] == [TELLTALE, TELLTALE]
    assert [doubt.detail for doubt in result.doubts] == ["no word on the list for level: it counts as other"]


def test_a_transfer_to_nowhere_is_doubted() -> None:
    kind = "custody.person.transferred.v1"
    for data in (FEWEST[kind], FEWEST[kind] | {"to": None}):
        assert [doubt.detail for doubt in parsed(raw(kind, data)).doubts] == [
            "no word on the list for to: it counts as hospital"
        ]


@pytest.mark.parametrize("kind", [kind for kind in ALL if without_the_optional(kind)])
def test_an_optional_field_that_cannot_be_read_is_done_without(kind: str) -> None:
    for name in without_the_optional(kind):
        for value in (7, 1.5, {TELLTALE: [[TELLTALE]]}, "", f"{TELLTALE}\n", TELLTALE * 200):
            result = parsed(raw(kind, ALL[kind] | {name: value}))
            assert unread(name)[0] in result.doubts, value
            assert TELLTALE.encode() not in result.raw
            without = {other: given for other, given in ALL[kind].items() if other != name}
            assert result.event == parsed(raw(kind, without)).event


@pytest.mark.parametrize("kind", [kind for kind in ALL if without_the_optional(kind)])
def test_an_optional_field_that_is_null_is_absent_and_not_doubtful(kind: str) -> None:
    for name in without_the_optional(kind):
        without = {other: value for other, value in ALL[kind].items() if other != name}
        result, same = parsed(raw(kind, ALL[kind] | {name: None})), parsed(raw(kind, without))
        assert (result.event.data, result.doubts) == (same.event.data, same.doubts)


@pytest.mark.parametrize(
    "charge",
    [{}, {"statute": ""}, {"statute": 7}, {"statute": "x" * 129}, {"level": "felony"}, "211PC", 7, None, []],
    ids=str,
)
def test_a_charge_that_cannot_be_read_is_left_out_and_the_others_count(charge: object) -> None:
    good = ALL[BOOKED]["charges"]
    for charges in ([charge, *good], [good[0], charge, good[1]], [*good, charge, charge]):
        for kind in (BOOKED, AMENDED):
            result = parsed(raw(kind, ALL[kind] | {"charges": charges}))
            assert result.event == parsed(raw(kind, ALL[kind])).event
            assert result.doubts == unread("charges[]")


def test_of_a_charge_only_what_cannot_be_read_is_left_out() -> None:
    charges = [{"statute": "211PC", "level": 7, "description": ["x"]}, {"statute": ""}]
    result = parsed(raw(BOOKED, ALL[BOOKED] | {"charges": charges}))
    assert result.event.data.charges == (facts.Charge(statute="211PC"),)
    assert result.doubts == unread("charges[].description", "charges[].level", "charges[]")


def test_eleven_charges_of_which_every_second_cannot_be_read() -> None:
    charges = [{"statute": f"{number}PC" if number % 2 else ""} for number in range(23)]
    result = parsed(raw(BOOKED, ALL[BOOKED] | {"charges": charges}))
    assert [charge.statute for charge in result.event.data.charges] == [f"{n}PC" for n in range(1, 23, 2)]


@pytest.mark.parametrize("charges", [[], None, {}, "211PC", [[]], [None]], ids=str)
def test_a_booking_counts_without_its_charges(charges: object) -> None:
    assert parsed(raw(BOOKED, ALL[BOOKED] | {"charges": charges})).event.data.charges == ()


@pytest.mark.parametrize("value", ["", "  ", None, 7, "2016-11-15T10:00:00"], ids=str)
def test_a_booking_without_a_time_of_booking_counts_from_the_arrest(value: object) -> None:
    assert parsed(raw(BOOKED, ALL[BOOKED] | {"booked_at": value})).event.data.booked_at == INSTANT


def test_an_amendment_with_nothing_in_it_is_taken() -> None:
    for data in ({}, {"reason": None}, {"arrested_at": "yesterday"}, {"charges": None}, None):
        event = parsed(raw(AMENDED, data)).event
        assert isinstance(event, BookingAmended)
        assert event.data.changes() == {}
    event = parsed(raw(AMENDED, {"booked_at": AT})).event
    assert isinstance(event, BookingAmended)
    assert event.data.changes() == {"booked_at": INSTANT}


@pytest.mark.parametrize("kind", [BOOKED, AMENDED])
def test_a_booking_from_before_the_arrest_or_in_the_future_is_taken_and_judged_with_the_record(
    kind: str,
) -> None:
    times = {"arrested_at": "2999-11-15T10:00:00.000001-08:00", "booked_at": "1899-01-01T00:00:00Z"}
    assert parsed(raw(kind, ALL[kind] | times, time="2999-01-01T00:00:00Z")).doubts == ()


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("value", [TELLTALE, None, 7, {"a": [TELLTALE]}, [[[TELLTALE]]], AT], ids=str)
def test_a_field_that_the_contract_does_not_have_is_removed_before_anything_is_kept(
    kind: str, value: object
) -> None:
    result = parsed(raw(kind, ALL[kind] | dict.fromkeys(FORBIDDEN, value)))
    assert result.removed == tuple(f"data.{name}" for name in FORBIDDEN)
    assert result.event == parsed(raw(kind, ALL[kind])).event
    assert json.loads(result.raw) == envelope(kind, ALL[kind])
    assert result.doubts == ()


def test_such_a_field_of_a_charge_is_removed_and_named_once() -> None:
    charges: list[dict[str, Any]] = [charge | {"citizenship": TELLTALE} for charge in ALL[BOOKED]["charges"]]
    result = parsed(raw(BOOKED, ALL[BOOKED] | {"charges": [*charges, {"race": TELLTALE}]}))
    assert result.removed == ("data.charges[].citizenship", "data.charges[].race")
    assert result.event == parsed(raw(BOOKED, ALL[BOOKED])).event
    assert TELLTALE.encode() not in result.raw
    assert result.doubts == unread("charges[]")


def test_of_fields_with_the_same_name_the_last_counts_and_the_other_is_not_kept() -> None:
    whole = raw(BOOKED, ALL[BOOKED])
    for extra in (
        b'"data": {"citizenship": "%s"}, "data"',
        b'"data" : {"citizenship" : "%s"} , "data"',
        b'"data"\n:\n{"citizenship"\t:"%s"},"data"',
        b'"data":{"facility":"%s"},"data"',
    ):
        result = parsed(whole.replace(b'"data"', extra % TELLTALE.encode()))
        assert TELLTALE.encode() not in result.raw
        assert result.event == parsed(whole).event
    twice = whole.replace(b'"facility"', b'"facility" : "%s", "facility"' % TELLTALE.encode())
    assert parsed(twice).event == parsed(whole).event
    assert TELLTALE.encode() not in parsed(twice).raw


def test_many_fields_are_named_in_short_and_so_are_many_doubts() -> None:
    fields = {f"unknown_{number}": number for number in range(2_000)}
    result = parsed(raw(BOOKED, ALL[BOOKED] | fields))
    assert len(result.removed) == 21
    assert result.removed[-1] == "data.[further]"
    broken = dict.fromkeys(["agency", "facility", "booked_at", "arrest_kind"], 7)
    charges = [{"statute": "1PC", "level": 7, "description": 7}, {}, {"statute": "2PC", "level": "x"}]
    result = parsed(raw(BOOKED, ALL[BOOKED] | broken | {"charges": charges}, time=7, datacontenttype="x"))
    assert len(result.doubts) == 6
    assert result.doubts[-1].detail == "5 more"
    assert sum(len(doubt.detail) + 2 for doubt in result.doubts) < 400


def test_a_field_name_that_came_with_the_event_is_made_plain() -> None:
    (name,) = parsed(raw(BOOKED, ALL[BOOKED] | {"a\nb\u202e" + "x" * 500: 1})).removed
    assert name == "data.a?b?" + "x" * 36


@pytest.mark.parametrize("kind", ALL)
def test_what_is_said_about_an_event_repeats_no_value_of_it(kind: str) -> None:
    unknown = {"citizenship": TELLTALE, "deep": {TELLTALE: TELLTALE}}
    for name in ALL[kind]:
        for bad in (TELLTALE, [TELLTALE], {"x": TELLTALE}, TELLTALE * 200, f"{TELLTALE}\n"):
            assert TELLTALE not in said(raw(kind, ALL[kind] | unknown | {name: bad}))
    for name in ("id", "source", "type", "subject", "time", "datacontenttype", "specversion", "ext"):
        for bad in (f"{TELLTALE}\n", {TELLTALE: 1}):
            assert TELLTALE not in said(raw(kind, ALL[kind] | unknown, **{name: bad}))


def said(text: bytes) -> str:
    """Everything that is said about an event, apart from the event itself."""
    match parse(text):
        case Parsed(doubts=doubts, removed=removed):
            return repr((doubts, removed))
        case Rejection(reason=reason, detail=detail):
            return repr((reason, detail))


def test_what_is_not_data_of_the_contract_goes_however_deep_it_is() -> None:
    deep: Any = TELLTALE
    for depth in range(900):
        deep = [deep] if depth % 2 else {"a": deep}
    for name, value in (
        ("x", deep),
        ("facility", deep),
        ("charges", deep),
        ("charges", [deep]),
        ("agency", [deep]),
    ):
        text = raw(BOOKED, FEWEST[BOOKED] | {name: value})
        assert TELLTALE.encode() not in parsed(text).raw
        assert isinstance(parsed(text).event, BookingCreated)
    assert rejected(raw(BOOKED, {"arrested_at": deep})).reason == "invalid_data"
    assert rejected(raw(BOOKED, FEWEST[BOOKED], id=deep)).reason == "not_cloudevent"


def test_a_list_of_10000_unreadable_charges_does_no_harm() -> None:
    assert parsed(raw(BOOKED, FEWEST[BOOKED] | {"charges": [7, ""] * 5_000})).event.data.charges == ()


def test_the_known_part_of_data_is_a_copy() -> None:
    data: dict[str, Any] = {"arrested_at": AT, "charges": [{"statute": "1PC", "x": 1}], "x": 1}
    known, removed = known_part(data, facts.BookingFacts)
    assert known == {"arrested_at": AT, "charges": [{"statute": "1PC"}]}
    assert removed == ("data.charges[].x", "data.x")
    assert data == {"arrested_at": AT, "charges": [{"statute": "1PC", "x": 1}], "x": 1}
