"""From bytes to a typed event, or to a rejection with the contract's reason, in one call."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from events.envelope import BOOKING_NUMBER, MAX_EVENT_BYTES, PRINTABLE, Undecided
from events.facts import Amendment, BookingFacts
from events.inbound import Inbound, InboundEvent

RejectReason: TypeAlias = Literal[
    "not_json",
    "too_large",
    "not_cloudevent",
    "unknown_type",
    "invalid_data",
    "future_time",
    "impossible_times",
    "set_aside",
]

FUTURE_TOLERANCE: Final = timedelta(minutes=5)
"""How far an event may be ahead of the store's clock, since no two clocks agree exactly."""

_IN_THE_FUTURE: Final = (
    "is more than 5 minutes ahead of the store's clock: check the sender's clock and the offset"
)
_ADAPTER: Final[TypeAdapter[Inbound]] = TypeAdapter(InboundEvent)
_MAX_PROBLEMS_LISTED: Final = 3


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


def parse(raw: bytes, now: datetime | None = None) -> Inbound | Rejection:
    """Read one inbound event.

    Args:
        raw: the event, as CloudEvents JSON in UTF-8.
        now: the store's time. An event more than `FUTURE_TOLERANCE` ahead of it is rejected; without it the
            future is not judged.
    """
    if len(raw) > MAX_EVENT_BYTES:
        return Rejection("too_large", f"{len(raw)} bytes: send at most {MAX_EVENT_BYTES}")
    try:
        event = _ADAPTER.validate_json(raw)
    except ValidationError as error:
        return _explain(raw, error)
    return _check_times(event, now) or event


def _check_times(event: Inbound, now: datetime | None) -> Rejection | None:
    if now is not None:
        latest = now + FUTURE_TOLERANCE
        for name, instant in (("time", event.time), *event.instants().items()):
            if instant > latest:
                return Rejection("future_time", f"{name} {_IN_THE_FUTURE}", event.subject)
    facts = event.data
    if (
        isinstance(facts, (BookingFacts, Amendment))
        and facts.arrested_at is not None
        and facts.booked_at is not None
        and facts.booked_at < facts.arrested_at
    ):
        detail = "booked_at is before arrested_at: correct the one that is wrong, or its offset"
        return Rejection("impossible_times", detail, event.subject)
    return None


def _explain(raw: bytes, error: ValidationError) -> Rejection:
    """The contract's reason: JSON is judged first, then the envelope, the type, the data."""
    problems = error.errors(include_url=False, include_input=False)
    if problems[0]["type"] == "json_invalid":
        return Rejection("not_json", problems[0]["msg"][:200])
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        detail = "it holds what JSON does not have, such as NaN: send a number, or leave the field out"
        return Rejection("not_json", detail, _booking_in(raw))
    try:
        envelope = Undecided.model_validate_json(raw)
    except ValidationError as broken:
        faults = broken.errors(include_url=False, include_input=False)
        return Rejection("not_cloudevent", _describe(faults), _booking_in(raw))
    if problems[0]["type"] == "union_tag_invalid":
        detail = "type is not an inbound type: send one of the contract's, spelt exactly"
        return Rejection("unknown_type", detail, envelope.subject)
    inner: list[ErrorDetails] = [{**problem, "loc": problem["loc"][1:]} for problem in problems]
    return Rejection("invalid_data", _describe(inner), envelope.subject)


def _describe(problems: list[ErrorDetails]) -> str:
    """The places and the rules broken there, without any value."""
    listed = [f"{_place(problem['loc'])}: {_rule(problem)}" for problem in problems[:_MAX_PROBLEMS_LISTED]]
    rest = len(problems) - len(listed)
    return "; ".join(listed) + (f"; and {rest} more" if rest else "")


def _rule(problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden":
        return "the contract has no such field: leave it out"
    if problem.get("ctx", {}).get("pattern") == PRINTABLE:
        return "control characters are not allowed"
    return problem["msg"].removeprefix("Value error, ")


def _place(loc: tuple[int | str, ...]) -> str:
    """A path such as data.charges.0.level. A field name from the event is cut short and made plain text."""
    parts = [re.sub(r"[^A-Za-z0-9_.-]", "?", str(part))[:40] for part in loc]
    return ".".join(parts) or "event"


def _booking_in(raw: bytes) -> str | None:
    """The booking number of an event whose envelope is broken, if it can still be read."""
    found = re.search(rb'"subject"\s*:\s*"([^"\\]{1,64})"', raw)
    booking = found.group(1).decode("utf-8", "replace") if found else ""
    return booking if re.fullmatch(BOOKING_NUMBER, booking) else None
