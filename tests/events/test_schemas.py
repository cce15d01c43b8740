"""The published JSON Schemas say what the models say, and take what the parser takes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from events.inbound import INBOUND_TYPES
from events.outbound import OUTBOUND_TYPES
from events.testing import rules_of
from tests.support.arrivals import bail, booked, counsel, hold, ice_at_the_counter, ice_contact, voided
from tests.support.event_samples import ALL, FEWEST, envelope
from tests.support.json_schema import faults
from tests.support.repository import ROOT
from tests.support.tracked import tracked
from worker.cli.schemas import documents

SCHEMAS = ROOT / "events" / "schemas"
SENT = {model.model_fields["type"].default for model in OUTBOUND_TYPES}
TYPES = [model.model_fields["type"].default for model in (*INBOUND_TYPES, *OUTBOUND_TYPES)]


def read(kind: str) -> dict[str, Any]:
    """The schema file of a type."""
    found = json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def check(event: dict[str, Any]) -> list[str]:
    """What the schema of its type finds wrong with an event."""
    rules = read(event["type"])
    return list(faults(event, rules, rules))


def test_the_files_are_as_the_models_would_write_them() -> None:
    """If this fails: `make schemas`, and look at what changed."""
    written = {path.name: path.read_text(encoding="utf-8") for path in SCHEMAS.iterdir()}
    assert written == documents()


def test_there_is_one_file_a_type() -> None:
    assert {f"{kind}.json" for kind in TYPES} <= {path.name for path in SCHEMAS.iterdir()}
    assert len(TYPES) == len(set(TYPES)) == 31


@pytest.mark.parametrize("kind", TYPES)
def test_a_schema_names_its_type_and_needs_what_the_envelope_needs(kind: str) -> None:
    rules = read(kind)
    assert rules["$id"] == f"urn:{kind}"
    assert rules["properties"]["type"]["const"] == kind
    needed = {"specversion", "id", "source", "type", "subject", "data"}
    outbound = {"time"} if kind in SENT else set()
    assert needed | outbound == set(rules["required"]) - {"audience"}


@pytest.mark.parametrize("kind", TYPES)
def test_no_data_may_have_a_field_more(kind: str) -> None:
    definitions = read(kind)["$defs"]
    assert definitions
    assert all(definition["additionalProperties"] is False for definition in definitions.values())


@pytest.mark.parametrize("kind", ALL)
def test_a_schema_takes_what_the_parser_takes(kind: str) -> None:
    for data in (FEWEST[kind], ALL[kind]):
        assert check(envelope(kind, data)) == []
        assert check(envelope(kind, data, traceparent="00-1", partition=7)) == []


@pytest.mark.parametrize("kind", ALL)
def test_a_schema_names_the_words_of_a_list_and_takes_any_other(kind: str) -> None:
    """A validator at the sender's must not stop an event that the clock would take."""
    for name, value in ALL[kind].items():
        if name in {"kind", "basis", "to", "form", "channel", "arrest_kind", "reason", "warrant"}:
            assert check(envelope(kind, ALL[kind] | {name: "another word"})) == []
            definition, *_ = read(kind)["$defs"].values()
            assert kind.startswith("custody.hold.lifted") or value in json.dumps(definition), name


@pytest.mark.parametrize("kind", ALL)
def test_a_schema_refuses_what_the_parser_rejects_or_removes(kind: str) -> None:
    unknown = check(envelope(kind, ALL[kind] | {"citizenship": "x"}))
    assert unknown == ["event.data.citizenship: additionalProperties"]
    assert check(envelope(kind, ALL[kind], subject="a\n")) == ["event.subject: pattern"]
    assert check(envelope(kind, ALL[kind], specversion="0.3")) == ["event.specversion: const"]
    assert check(envelope(kind, ALL[kind], datacontenttype="text/plain")) == [
        "event.datacontenttype: pattern"
    ]
    for name in FEWEST[kind]:
        missing = {other: value for other, value in FEWEST[kind].items() if other != name}
        assert check(envelope(kind, missing)) == [f"event.data.{name}: required"]
        assert check(envelope(kind, FEWEST[kind] | {name: 7}))


@pytest.mark.parametrize("kind", TYPES)
def test_a_schema_gives_the_meaning_of_every_field(kind: str) -> None:
    rules = read(kind)
    for definition in (rules, *rules["$defs"].values()):
        assert definition["description"]
        for name, content in definition["properties"].items():
            assert content.get("description") or (definition is rules and name in {"type", "data"}), name


def test_what_the_clock_sends_is_as_its_schemas_say() -> None:
    sent = set()
    for profile in ("lapd-2016-11", "ca-truth-2017", "ca-values-2018"):
        for ending in (bail, ice_at_the_counter, voided):
            case = tracked(rules_of(profile))
            case.receive(booked(charges=[{"statute": "211PC", "level": "felony"}]))
            case.receive(counsel(), hold(), booked(facility="Van Nuys"))
            case.receive(ice_contact("hold", form="I-247A"))
            assert case.known.deadline is not None
            case.at(case.attention or case.now).tick()
            case.receive(ending())
            case.receive(hold("lifted"))
            case.at(case.now + (case.known.deadline - case.now) * 2).tick()
            for notice in case.outbound:
                assert notice.to_wire() == notice.model_dump_json(exclude_none=True).encode()
                assert check(json.loads(notice.to_wire())) == []
                sent.add(notice.type)
    assert sent == SENT


@pytest.mark.parametrize("kind", TYPES)
def test_a_pattern_is_one_that_any_validator_reads(kind: str) -> None:
    """Regular expressions of ECMA-262, which JSON Schema uses, have no flags within the pattern."""
    assert "(?" not in json.dumps([*patterns(read(kind))])


def patterns(rules: object) -> Iterator[str]:
    """Every pattern in a schema."""
    if isinstance(rules, dict):
        yield from (rules[name] for name in ("pattern",) if isinstance(rules.get(name), str))
        for inner in rules.values():
            yield from patterns(inner)
    elif isinstance(rules, list):
        for inner in rules:
            yield from patterns(inner)
