"""Takes out of an event's data what must not be kept or cannot be read, so that the rest takes effect."""

import re
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from events.words import Doubt, item_model

Place: TypeAlias = tuple[int | str, ...]
"""Where something is in the data of an event, such as `("charges", 0, "level")`."""

_MOST_NAMED: Final = 20
_FURTHER_FIELDS: Final = "data.[further]"
_MOST_DOUBTS: Final = 5


def known_part(data: dict[str, Any], model: type[BaseModel]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The part of the data that the contract has fields for, and the names of the fields that are left out.

    A field that is null is left out too, without a name: it is absent. What has the form of an object where
    none belongs loses its content.

    Returns:
        a copy; names such as `data.citizenship` or `data.charges[].race`, each once, made plain text.
    """
    unknown: dict[str, None] = {}
    known = _known_part(data, model, "data", unknown)
    names = tuple(unknown)
    if len(names) > _MOST_NAMED:
        names = (*names[:_MOST_NAMED], _FURTHER_FIELDS)
    return known, names


def shallow(value: Any) -> Any:
    """The value, without what is in it if it is an object or a list of objects or lists."""
    if isinstance(value, dict):
        return {}
    if isinstance(value, list):
        return [type(item)() if isinstance(item, dict | list) else item for item in value]
    return value


def take_out(data: dict[str, Any], broken: Iterable[Place], model: type[BaseModel]) -> list[Doubt]:
    """Take out the smallest parts of the data that have what is broken in them and that it can do without.

    Returns:
        a doubt for each; empty, and the data as it was, if something necessary is broken.
    """
    places = set()
    for path in broken:
        place = _smallest_optional(path, model)
        if place is None:
            return []
        places.add(place)
    # From the back, so that no place moves before its turn.
    for *above, last in sorted(places, reverse=True):
        holder: Any = data
        for part in above:
            holder = holder[part]
        del holder[last]
    return [unreadable(_name(place)) for place in sorted(places)]


def unreadable(name: str) -> Doubt:
    """The doubt about a field or attribute that could not be read."""
    return Doubt("word_unknown", f"{name} could not be read: the event counts without it")


def in_short(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """Each doubt once, and not more of them than an alarm has room for."""
    once = tuple(dict.fromkeys(doubts))
    if len(once) <= _MOST_DOUBTS:
        return once
    rest = f"{len(once) - _MOST_DOUBTS} more"
    return (*once[:_MOST_DOUBTS], Doubt("word_unknown", rest))


def _known_part(
    data: dict[str, Any], model: type[BaseModel], path: str, unknown: dict[str, None]
) -> dict[str, Any]:
    known = {}
    for name, value in data.items():
        if name not in model.model_fields:
            unknown[f"{path}.{_plain(name)}"] = None
        elif value is not None:
            items = item_model(model, name)
            if items is not None and isinstance(value, list):
                inner = f"{path}.{name}[]"
                known[name] = [
                    _known_part(item, items, inner, unknown) if isinstance(item, dict) else shallow(item)
                    for item in value
                ]
            else:
                known[name] = shallow(value)
    return known


def _smallest_optional(path: Place, model: type[BaseModel]) -> Place | None:
    """The smallest part around a problem that may be absent: an optional field, or an item of a list."""
    smallest: Place | None = None
    for depth, part in enumerate(path, 1):
        if isinstance(part, int):
            smallest = path[:depth]
        else:
            if not model.model_fields[part].is_required():
                smallest = path[:depth]
            model = item_model(model, part) or model
    return smallest


def _name(place: Place) -> str:
    return "".join("[]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _plain(name: str) -> str:
    """A field name from an event, cut short and made plain text."""
    return re.sub(r"[^A-Za-z0-9_.\[\]-]", "?", name)[:40]
