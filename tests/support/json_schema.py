"""As much of JSON Schema as the published files use; any other keyword is an error."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

Rules: TypeAlias = dict[str, Any]

_KINDS: Final[dict[str, Callable[[Any], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "null": lambda value: value is None,
}
_SIMPLE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "type": lambda value, kind: _KINDS[kind](value),
    "const": lambda value, only: bool(value == only),
    "enum": lambda value, allowed: value in allowed,
    "pattern": lambda value, rule: not isinstance(value, str) or bool(_pattern(rule).search(value)),
    "minLength": lambda value, least: not isinstance(value, str) or len(value) >= least,
    "maxLength": lambda value, most: not isinstance(value, str) or len(value) <= most,
    "minimum": lambda value, least: not isinstance(value, int) or value >= least,
}
_IGNORED: Final = {
    "$defs",
    "$id",
    "$schema",
    "additionalProperties",
    "default",
    "description",
    "format",
    "title",
}


def faults(value: Any, rules: Rules, root: Rules, place: str = "event") -> Iterator[str]:
    """Where a value breaks a schema, and which of its keywords."""
    for keyword, rule in rules.items():
        if keyword in _SIMPLE:
            if not _SIMPLE[keyword](value, rule):
                yield f"{place}: {keyword}"
        elif keyword in _NESTED:
            yield from _NESTED[keyword](value, rules, root, place)
        elif keyword not in _IGNORED:
            raise LookupError(f"{place}: no rule for the keyword {keyword} in this module")


def _referred(value: Any, rules: Rules, root: Rules, place: str) -> Iterator[str]:
    yield from faults(value, root["$defs"][rules["$ref"].removeprefix("#/$defs/")], root, place)


def _any_of(value: Any, rules: Rules, root: Rules, place: str) -> Iterator[str]:
    if all(any(faults(value, option, root, place)) for option in rules["anyOf"]):
        yield f"{place}: anyOf"


def _items(value: Any, rules: Rules, root: Rules, place: str) -> Iterator[str]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from faults(item, rules["items"], root, f"{place}.{index}")


def _required(value: Any, rules: Rules, root: Rules, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{place}.{name}: required" for name in rules["required"] if name not in value)


def _properties(value: Any, rules: Rules, root: Rules, place: str) -> Iterator[str]:
    for name, inner in value.items() if isinstance(value, dict) else ():
        if name in rules["properties"]:
            yield from faults(inner, rules["properties"][name], root, f"{place}.{name}")
        elif rules.get("additionalProperties") is False:
            yield f"{place}.{name}: additionalProperties"


_NESTED: Final[dict[str, Callable[[Any, Rules, Rules, str], Iterator[str]]]] = {
    "$ref": _referred,
    "anyOf": _any_of,
    "items": _items,
    "required": _required,
    "properties": _properties,
}


def _pattern(rule: str) -> re.Pattern[str]:
    """In JSON Schema a dollar is the very end; in Python it would let a line end follow."""
    return re.compile(rule.removesuffix("$") + r"\Z" if rule.endswith("$") else rule)
