"""The event page, generated from the models: `python -m ops.pages.events` writes ops/docs/EVENTS.md."""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from events.envelope import BOOKING_NUMBER, JSON_MEDIA_TYPE, PRINTABLE, Envelope
from events.facts import HOLD_ID
from events.inbound import INBOUND_TYPES
from events.outbound import OUTBOUND_TYPES
from events.schema import schema_of
from ops.pages import event_prose as prose
from ops.pages.event_examples import inbound_examples, outbound_examples
from ops.pages.markdown import DOCS, code, link, table, whole
from worker.desk.words import ALARMS

PAGE: Final = DOCS / "EVENTS.md"

_PATTERNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        PRINTABLE: "text of {} characters, none a control character",
        BOOKING_NUMBER: "1 to 64 of `A-Z a-z 0-9 . _ - / # :`",
        JSON_MEDIA_TYPE: "any JSON media type, with or without parameters",
        HOLD_ID: "{} visible ASCII characters",
    }
)
_SIMPLE: Final[Mapping[str, str]] = MappingProxyType(
    {"boolean": "`true` or `false`", "integer": "whole number", "string": "text"}
)


def page() -> str:
    """The text of the page."""
    return whole(
        (
            prose.HEAD,
            *_contents(),
            *_envelope(),
            prose.SENDING,
            prose.RULES,
            *_doubt(),
            *_rejected(),
            "## Inbound events\n",
            *_types(INBOUND_TYPES, inbound_examples()),
            *_outbound(),
            *_alarms(),
        )
    )


def write() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def _contents() -> Iterator[str]:
    inbound = [(link(_name(model)), _summary(model)) for model in INBOUND_TYPES]
    yield from table(("inbound", "what it does"), inbound)
    outbound = [
        (link(_name(model)), _audience(schema_of(model)), _summary(model)) for model in OUTBOUND_TYPES
    ]
    yield from table(("outbound", "audience", "when"), outbound)


def _envelope() -> Iterator[str]:
    yield "## The envelope\n"
    yield from table(("attribute", "needed", "value", "meaning"), _fields(schema_of(Envelope), {}))
    yield prose.ENVELOPE


def _doubt() -> Iterator[str]:
    yield prose.DOUBT
    yield from table(("what is doubtful", "what counts", "alarm"), prose.DOUBTS)


def _rejected() -> Iterator[str]:
    yield prose.REJECTED
    rows = [(f"`{reason}`", *texts) for reason, texts in prose.REASONS.items()]
    yield from table(("reason", "the event", "what to do"), rows)


def _outbound() -> Iterator[str]:
    yield prose.OUTBOUND
    yield from table(("audience", "who"), [(f"`{name}`", who) for name, who in prose.AUDIENCES.items()])
    yield from _types(OUTBOUND_TYPES, outbound_examples())


def _types(models: Sequence[type[Envelope]], examples: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    for model in models:
        schema = schema_of(model)
        yield f"### `{_name(model)}`\n"
        yield f"{schema['description']}\n"
        if "audience" in schema["properties"]:
            yield f"Audience: {_audience(schema)}.\n"
        definitions = schema["$defs"]
        data = _referred(schema["properties"]["data"], definitions)
        yield from table(("field of `data`", "needed", "value", "meaning"), _fields(data, definitions))
        yield f"```json\n{json.dumps(examples[_name(model)], indent=2, ensure_ascii=False)}\n```\n"


def _alarms() -> Iterator[str]:
    yield prose.ALARMS
    rows = [(f"[`{name}`](../runbooks/{name.replace('_', '-')}.md)", words) for name, words in ALARMS.items()]
    yield from table(("code", "meaning"), rows)


def _fields(
    schema: dict[str, Any], definitions: dict[str, Any], prefix: str = ""
) -> Iterator[tuple[str, str, str, str]]:
    """The rows of a model's fields; those of a list's items follow the list itself."""
    for name, field in schema["properties"].items():
        given = _without_null(field)
        needed = "required" if name in schema.get("required", ()) else "optional"
        yield f"`{prefix}{name}`", needed, _value(given), field["description"]
        if "$ref" in given.get("items", {}):
            inner = _referred(given["items"], definitions)
            yield from _fields(inner, definitions, f"{prefix}{name}[].")


def _value(field: dict[str, Any]) -> str:
    """The values that a field may have, in words."""
    if words := _words(field):
        return code(*words)
    if field["type"] == "array":
        return "list" if "$ref" in field["items"] else f"list of {_value(_without_null(field['items']))}"
    if field.get("format") == "date-time":
        return "instant"
    if "maxLength" not in field:
        return _PATTERNS.get(field.get("pattern", ""), _SIMPLE[field["type"]])
    size = f"{field['minLength']} to {field['maxLength']}"
    return _PATTERNS.get(field.get("pattern", ""), "text of {} characters").format(size)


def _words(field: dict[str, Any]) -> list[str]:
    return [field["const"]] if "const" in field else field.get("enum", [])


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """The first form that a field may have: the words on its list before any other."""
    return dict(next(form for form in field.get("anyOf", [field]) if form.get("type") != "null"))


def _referred(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    return dict(definitions[field["$ref"].rpartition("/")[2]])


def _audience(schema: dict[str, Any]) -> str:
    return code(*_words(schema["properties"]["audience"]))


def _name(model: type[Envelope]) -> str:
    return str(model.model_fields["type"].default)


def _summary(model: type[Envelope]) -> str:
    return (model.__doc__ or "").partition("\n")[0]


if __name__ == "__main__":
    write()
