"""Whatever arrives, the parser does not fail; and what it says and keeps holds no value that it must not."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events.envelope import MAX_EVENT_BYTES
from events.parse import Parsed, Rejection, booking_in, parse
from events.repair import known_part
from tests.support.event_samples import ALL, AT, FEWEST, envelope, raw

TELLTALE = "Zq7Xw9"

_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["", AT, "2016-12-31T23:59:60Z", "9999-12-31T23:59:60-23:59", "0001-01-01T00:00:00Z"])
)
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
_kinds = st.sampled_from(sorted(ALL))
_fields = st.sampled_from(sorted({name for data in ALL.values() for name in data}))
_charges = st.dictionaries(st.sampled_from(["statute", "level", "description", "race"]), _json)


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    """A valid event with some of its attributes and fields replaced, added or taken away."""
    kind = draw(_kinds)
    data: Any = dict(draw(st.sampled_from([FEWEST, ALL]))[kind])
    data |= draw(st.dictionaries(_fields | st.text(max_size=10), _json, max_size=4))
    if draw(st.booleans()):
        data["charges"] = draw(st.lists(_charges | _json, max_size=5))
    for name in draw(st.lists(st.sampled_from(sorted(data) or [""]), max_size=2)):
        data.pop(name, None)
    attributes = envelope(kind, draw(st.sampled_from([data, data, data, json.dumps(data), [data]])))
    attributes |= draw(
        st.dictionaries(st.sampled_from(sorted(attributes)) | st.text(max_size=8), _json, max_size=1)
    )
    return json.dumps(attributes, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


def check(text: bytes) -> None:
    """What holds of every answer of the parser."""
    result = parse(text)
    if isinstance(result, Rejection):
        assert result.reason in {"not_json", "too_large", "not_cloudevent", "unknown_type", "invalid_data"}
        assert result.detail.isprintable()
        assert result.booking == booking_in(text) or result.booking is None
        return
    again = parse(result.raw)
    assert isinstance(again, Parsed)
    assert (again.event, again.raw, again.removed) == (result.event, result.raw, ())
    assert set(again.doubts) <= {*result.doubts} or len(result.doubts) > 5
    assert booking_in(text) == booking_in(result.raw) == result.event.subject
    kept = json.loads(result.raw)
    assert kept.keys() <= {*envelope("", {})}
    assert known_part(kept["data"], type(result.event.data))[1] == ()
    assert len(result.raw) <= MAX_EVENT_BYTES


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(text: bytes) -> None:
    assert isinstance(parse(text), Rejection)
    check(text)


@given(_mutated())
def test_no_mutation_of_a_valid_event_makes_it_fail(text: bytes) -> None:
    check(text)


@given(text=_mutated(), at=st.integers(0, 2_000), cut=st.integers(0, 3), put=st.binary(max_size=3))
def test_no_damage_to_the_bytes_of_an_event_makes_it_fail(text: bytes, at: int, cut: int, put: bytes) -> None:
    at %= len(text)
    check(text[:at] + put + text[at + cut :])


@given(
    kind=_kinds, value=_json, names=st.sets(_fields | st.sampled_from(["citizenship", "race"]), max_size=4)
)
def test_no_value_gets_into_a_detail_or_a_doubt(kind: str, value: object, names: set[str]) -> None:
    marked = json.loads(json.dumps(value).replace('""', f'"{TELLTALE}"'))
    data = ALL[kind] | {name: {TELLTALE: marked} for name in names} | {"x": TELLTALE}
    data |= dict.fromkeys(sorted(names)[:1], TELLTALE)
    result = parse(raw(kind, data, extension=TELLTALE))
    said = (result.detail,) if isinstance(result, Rejection) else (*map(str, result.doubts), *result.removed)
    assert not [text for text in said if TELLTALE in text]
