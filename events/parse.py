"""One parse from bytes to a typed event, or to a rejection with the contract's reason."""

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

_ADAPTER: Final[TypeAdapter[Inbound]] = TypeAdapter(InboundEvent)
_MAX_PROBLEMS_TOLD: Final = 3


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an event cannot be taken. `detail` names fields and rules, never a value."""

    reason: RejectReason
    detail: str
    booking: str | None = None


def parse(raw: bytes, now: datetime | None = None) -> Inbound | Rejection:
    """Read one inbound event.

    Args:
        raw: the event, as CloudEvents JSON in UTF-8.
        now: the store's time. With it, an event more than five minutes ahead of it is refused.
    """
    if len(raw) > MAX_EVENT_BYTES:
        return Rejection("too_large", f"{len(raw)} bytes; an event has at most {MAX_EVENT_BYTES}")
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
                detail = f"{name} is more than 5 minutes ahead of the store's clock"
                return Rejection("future_time", detail, event.subject)
    facts = event.data
    if (
        isinstance(facts, (BookingFacts, Amendment))
        and facts.arrested_at is not None
        and facts.booked_at is not None
        and facts.booked_at < facts.arrested_at
    ):
        return Rejection("impossible_times", "booked_at is before arrested_at", event.subject)
    return None


def _explain(raw: bytes, error: ValidationError) -> Rejection:
    """Find the contract's reason: first the JSON, then the envelope, then the type, then the data."""
    problems = error.errors(include_url=False, include_input=False)
    if problems[0]["type"] == "json_invalid":
        return Rejection("not_json", problems[0]["msg"][:200])
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return Rejection("not_json", "it has what JSON does not, such as NaN", _booking_in(raw))
    try:
        envelope = Undecided.model_validate_json(raw)
    except ValidationError as broken:
        told = broken.errors(include_url=False, include_input=False)
        return Rejection("not_cloudevent", _tell(told), _booking_in(raw))
    if problems[0]["type"] == "union_tag_invalid":
        return Rejection("unknown_type", "type is none of the contract's inbound types", envelope.subject)
    inner: list[ErrorDetails] = [{**problem, "loc": problem["loc"][1:]} for problem in problems]
    return Rejection("invalid_data", _tell(inner), envelope.subject)


def _tell(problems: list[ErrorDetails]) -> str:
    """The places and the rules broken there, without any value."""
    told = [f"{_place(problem['loc'])}: {_rule(problem)}" for problem in problems[:_MAX_PROBLEMS_TOLD]]
    rest = len(problems) - len(told)
    return "; ".join(told) + (f"; and {rest} more" if rest else "")


def _rule(problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden":
        return "the contract has no such field"
    if problem.get("ctx", {}).get("pattern") == PRINTABLE:
        return "control characters are not allowed"
    return problem["msg"].removeprefix("Value error, ")


def _place(loc: tuple[int | str, ...]) -> str:
    """A path such as data.charges.0.level; a key that came with the event is shortened and made plain."""
    parts = [re.sub(r"[^A-Za-z0-9_.-]", "?", str(part))[:40] for part in loc]
    return ".".join(parts) or "event"


def _booking_in(raw: bytes) -> str | None:
    """The booking number of an event whose envelope is broken, if it can still be made out."""
    found = re.search(rb'"subject"\s*:\s*"([^"\\]{1,64})"', raw)
    booking = found.group(1).decode("utf-8", "replace") if found else ""
    return booking if re.fullmatch(BOOKING_NUMBER, booking) else None
