"""From bytes to a typed event with its doubts, or to a rejection with the contract's reason, in one call.

What can be understood is taken: only an event without JSON, envelope, known type or an instant that its kind
needs is rejected. Whatever else is wrong with it is a doubt, for a person to look at.
"""

import re
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from events.envelope import BOOKING_NUMBER, MAX_EVENT_BYTES, PRINTABLE, Envelope, Undecided
from events.inbound import INBOUND_TYPES, CustodyCarried, Inbound, InboundEvent
from events.json_text import count_names, read_json, read_wrapped
from events.outbound import SOURCE
from events.repair import in_short, known_part, shallow, take_out, unreadable
from events.words import Doubt, object_lists, unknown_words

RejectReason: TypeAlias = Literal[
    "not_json", "too_large", "not_cloudevent", "unknown_type", "invalid_data", "set_aside"
]

_ADAPTER: Final[TypeAdapter[Inbound]] = TypeAdapter(InboundEvent)
_MODELS: Final[dict[str, tuple[type[Inbound], type[BaseModel]]]] = {
    event.model_fields["type"].default: (event, data)
    for event in INBOUND_TYPES
    if isinstance(data := event.model_fields["data"].annotation, type)
}
_CARRIED: Final = CustodyCarried.model_fields["type"].default.encode()
_ATTRIBUTES: Final = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype")
_PLAIN: Final = {
    "id": r"[!-~]{1,64}",
    "subject": BOOKING_NUMBER,
    "source": r"[\w./:-]{1,64}",
    "type": r"[a-z0-9_.]{1,64}",
}
_NOT_NEEDED: Final = frozenset({"time", "datacontenttype"})
_ATTRIBUTE: Final = rb'"%s"\s*:\s*"((?:[^"\\]|\\/){1,64})"'
_MOST_LISTED: Final = 3


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an event is not taken.

    Attributes:
        detail: the fields, the rules they break and what to do; never a value.
        booking: the event's booking number; None where it cannot be read.
    """

    reason: RejectReason
    detail: str
    booking: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """An event that is taken.

    Attributes:
        raw: the event to keep: as it came, or written again without what was removed, extension attributes
            included. It parses to the same event.
        doubts: what was doubtful about it.
        removed: the names of the fields that the contract does not have, such as `data.citizenship`.
    """

    event: Inbound
    raw: bytes
    doubts: tuple[Doubt, ...] = ()
    removed: tuple[str, ...] = ()


def parse(raw: bytes) -> Parsed | Rejection:
    """Read one inbound event: CloudEvents JSON in UTF-8."""
    if len(raw) > MAX_EVENT_BYTES:
        return _parse_large(raw)
    try:
        event = _ADAPTER.validate_json(raw)
    except ValidationError:
        return _parse_leniently(raw)
    if isinstance(event, CustodyCarried):
        return _carried(event, raw)
    if event.__pydantic_extra__ or count_names(raw) != _count_fields(event):
        # Extension attributes or, of two fields with the same name, the one that does not count.
        return _parse_leniently(raw)
    doubts = unknown_words(event.data)
    return Parsed(event, raw, in_short(doubts)) if doubts else Parsed(event, raw)


def booking_in(raw: bytes) -> str | None:
    """The booking number of an event that was not parsed, as far as it can be read."""
    return attribute_in(raw, "subject")


def attribute_in(raw: bytes, name: Literal["id", "source", "type", "subject"]) -> str | None:
    """An attribute of an event that was not parsed, as far as it can be read, if it is short and plain."""
    try:
        found = read_json(raw) if len(raw) <= MAX_EVENT_BYTES else None
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict):
        value = found.get(name)
    else:
        match = re.search(_ATTRIBUTE % name.encode(), raw)
        value = match[1].decode("utf-8", "replace").replace("\\/", "/") if match else None
    return value if isinstance(value, str) and re.fullmatch(_PLAIN[name], value) else None


def _parse_large(raw: bytes) -> Parsed | Rejection:
    """Only the clock's own event may be so large: it has a record in it, and must not be lost."""
    if _CARRIED in raw[:MAX_EVENT_BYTES]:
        try:
            return _carried(CustodyCarried.model_validate_json(raw), raw)
        except ValidationError:
            pass
    return Rejection("too_large", f"more than {MAX_EVENT_BYTES} bytes", booking_in(raw))


def _carried(event: CustodyCarried, raw: bytes) -> Parsed | Rejection:
    return Parsed(event, raw) if event.source == SOURCE else _unknown_type(event.subject)


def _count_fields(event: Inbound) -> int:
    """How many fields an event was given, those of its data and of the objects in that included."""
    data: BaseModel = event.data
    count = len(event.model_fields_set) + len(data.model_fields_set)
    for name in object_lists(type(data)):
        for item in getattr(data, name) or ():
            count += len(item.model_fields_set)
    return count


def _parse_leniently(raw: bytes) -> Parsed | Rejection:
    """Read what the quick way does not, in the order in which the reasons to reject are judged."""
    try:
        found = read_json(raw)
    except orjson.JSONDecodeError as error:
        return Rejection("not_json", _why_no_json(error), booking_in(raw))
    if not isinstance(found, dict):
        return Rejection("not_cloudevent", "the event is not a JSON object")
    event = {name: shallow(found[name]) for name in _ATTRIBUTES if found.get(name) is not None}
    doubts = []
    for problem in _problems(Undecided, event):
        name = str(problem["loc"][0])
        if name not in _NOT_NEEDED:
            return Rejection("not_cloudevent", _describe(_problems(Undecided, event)), booking_in(raw))
        del event[name]
        doubts.append(unreadable(name))
    models = _MODELS.get(event["type"])
    if models is None:
        return _unknown_type(event["subject"])
    try:
        data = read_wrapped(found)
    except ValueError:
        return Rejection("invalid_data", "data: does not hold JSON", event["subject"])
    return _repaired(*models, event, {} if data is None else data, doubts)


def _repaired(
    model: type[Inbound],
    data_model: type[BaseModel],
    event: dict[str, Any],
    data: Any,
    doubts: list[Doubt],
) -> Parsed | Rejection:
    """Take the event with as much of its data as can be read."""
    booking = event["subject"]
    if not isinstance(data, dict):
        return Rejection("invalid_data", "data: send a JSON object", booking)
    event["data"], removed = known_part(data, data_model)
    while problems := _problems(model, event):
        made = take_out(event["data"], (problem["loc"][1:] for problem in problems), data_model)
        if not made:
            return Rejection("invalid_data", _describe(problems), booking)
        doubts += made
    text = orjson.dumps(event)
    taken = model.model_validate_json(text)
    return Parsed(taken, text, in_short([*doubts, *unknown_words(taken.data)]), removed)


def _problems(model: type[Envelope], event: dict[str, Any]) -> list[ErrorDetails]:
    try:
        model.model_validate_json(orjson.dumps(event))
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False)
    return []


def _unknown_type(booking: str) -> Rejection:
    detail = "type is not an inbound type: send one of the contract's, spelt exactly"
    return Rejection("unknown_type", detail, booking)


def _why_no_json(error: orjson.JSONDecodeError) -> str:
    place = f"{error.msg} at line {error.lineno}, column {error.colno}"
    return f"{place}: send one JSON object, in UTF-8, without NaN"


def _describe(problems: list[ErrorDetails]) -> str:
    """The places and the rules broken there, without any value."""
    listed = [f"{_place(problem['loc'])}: {_rule(problem)}" for problem in problems[:_MOST_LISTED]]
    rest = len(problems) - len(listed)
    return "; ".join(listed) + (f"; and {rest} more" if rest else "")


def _rule(problem: ErrorDetails) -> str:
    if problem.get("ctx", {}).get("pattern") == PRINTABLE:
        return "control characters are not allowed"
    return problem["msg"].removeprefix("Value error, ")


def _place(loc: tuple[int | str, ...]) -> str:
    """A path such as data.arrested_at: names of the contract only, since no other field is left."""
    return ".".join(str(part) for part in loc)
