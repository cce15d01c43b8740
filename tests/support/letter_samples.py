"""An outbound event of each type, in every variant that reads differently as a letter."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from events.facts import HoldKind, IceForm, IceRequest
from events.outbound import (
    SOURCE,
    AlarmCode,
    ClockAlarmed,
    CloseBasis,
    DeclineReason,
    IceReleaseDateGiven,
    IceRequestDeclined,
    LateCause,
    Outbound,
    OutboundEvent,
    RecordClosed,
    RecordReleased,
    ReleaseApproaching,
    ReleaseAuthorityChanged,
    ReleaseBasis,
    ReleaseOverdue,
    SubjectIceRequestServed,
    SubjectReleaseDateGiven,
)
from worker.delivery.sink import OutgoingNotice
from worker.desk.letters import write
from worker.desk.words import LIMITS

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
AT = "2016-11-17T18:00:00.000Z"
"""A Thursday, 10:00 in Los Angeles."""
WRITTEN_AT = datetime(2016, 11, 17, 18, 5, tzinfo=UTC)
BOOKING = "4567-8901"

UNKNOWN_WORD = "photograph"
DATES: tuple[dict[str, Any], ...] = (
    {"status": "scheduled", "release_at": AT},
    {"status": "approaching", "release_at": AT},
    {"status": "released", "released_at": AT},
    {"status": "withdrawn", "closed_at": AT},
)
REQUESTS: tuple[tuple[str, ...], ...] = (
    (),
    *((word,) for word in get_args(IceRequest)),
    (UNKNOWN_WORD,),
    ("release_date", "hold"),
    (*get_args(IceRequest), UNKNOWN_WORD),
)

_ADAPTER: TypeAdapter[Outbound] = TypeAdapter(OutboundEvent)


def sample(kind: type[Outbound], data: dict[str, Any], **attributes: Any) -> Any:
    """One event, read as a deliverer reads it."""
    defaults = {name: kind.model_fields[name].default for name in ("type", "audience")}
    envelope = {
        "specversion": "1.0",
        "id": f"{BOOKING}:2:0:abc",
        "source": SOURCE,
        "subject": BOOKING,
        "time": WRITTEN_AT.isoformat(),
        **{name: value for name, value in defaults.items() if isinstance(value, str)},
        "data": data,
    }
    return _ADAPTER.validate_json(json.dumps(envelope | attributes))


def subject_and_text(event: Outbound) -> tuple[str, str]:
    """Its letter, as a mail sink is given it."""
    letter = write(event, LOS_ANGELES)
    return letter.subject, letter.text


def notice(number: int = 1, *, booking: str = BOOKING, id: str | None = None) -> OutgoingNotice:
    """A notice as it is given to a sink, with characters beyond ASCII in its bytes."""
    event = sample(
        ClockAlarmed,
        {"code": "event_refused", "detail": f"número {number}: an event was refused"},
        id=id or f"{booking}:{number}:0:alarmed.v1:abc:2026-11-30T10:00:00.000Z",
        subject=booking,
    )
    return OutgoingNotice(f"{number}-0", event, event.to_wire(), 1)


def hold(kind: str, **other: str) -> dict[str, str]:
    """A hold that remains."""
    return {"hold_id": "H-1", "kind": kind, "reference": "CDCR 12"} | other


def release_orders() -> Iterator[RecordReleased]:
    """Every basis, limit and kind of hold."""
    times = {"released_at": AT, "entitled_at": AT}
    for basis in _words(ReleaseBasis):
        yield sample(RecordReleased, times | {"basis": basis})
    for limit in (*LIMITS, "site_limit"):
        yield sample(RecordReleased, times | {"basis": "deadline", "governing_limit": limit})
    for kinds in (*((kind,) for kind in _words(HoldKind)), (UNKNOWN_WORD,), _words(HoldKind)):
        remaining = [hold(kind) for kind in kinds]
        yield sample(RecordReleased, times | {"basis": "bail", "remaining_authority": remaining})
        yield sample(ReleaseAuthorityChanged, {"released_at": AT, "remaining_authority": remaining})
    yield sample(ReleaseAuthorityChanged, {"released_at": AT, "remaining_authority": []})


def to_watch() -> Iterator[Outbound]:
    """Every warning and every alarm."""
    for minutes in (1, 60, 240, 725):
        yield sample(ReleaseApproaching, {"release_at": AT, "remaining_minutes": minutes})
        yield sample(ReleaseOverdue, {"entitled_at": AT, "overdue_minutes": minutes})
    for cause in (None, *_words(LateCause)):
        late = {"entitled_at": AT, "overdue_minutes": 5, "fired_late": True, "cause": cause}
        yield sample(ReleaseOverdue, late)
    for code in _words(AlarmCode):
        yield sample(ClockAlarmed, {"code": code, "detail": f"booking {BOOKING}: look at it"})


def to_ice() -> Iterator[Outbound]:
    """Every status, with a hold asked for and without, and every reason to decline."""
    for date in DATES:
        for answer in ("none", "declined"):
            yield sample(IceReleaseDateGiven, date | {"hold_request": answer}, route="ero-la")
    for reason in _words(DeclineReason):
        yield sample(IceRequestDeclined, {"reason": reason}, route="ero-la")


def to_person() -> Iterator[Outbound]:
    """Every request, form and status, to the person and to counsel."""
    for audience in ("subject", "counsel"):
        for date in DATES:
            for answer in ("none", "declined"):
                yield sample(SubjectReleaseDateGiven, date | {"hold_request": answer}, audience=audience)
        for form, requests, will_comply in _served():
            data = {"form": form, "requests": requests, "contacted_at": AT, "will_comply": will_comply}
            yield sample(SubjectIceRequestServed, data, audience=audience)


def every_letter() -> list[Outbound]:
    """All of them."""
    closed = [sample(RecordClosed, {"closed_at": AT, "basis": basis}) for basis in _words(CloseBasis)]
    return [*release_orders(), *closed, *to_watch(), *to_ice(), *to_person()]


def _served() -> Iterator[tuple[str, tuple[str, ...], bool]]:
    for requests in REQUESTS:
        for will_comply in (True, False):
            yield "I-247A", requests, will_comply
    for form in (*_words(IceForm), UNKNOWN_WORD):
        yield form, ("hold",), False


def _words(literal: Any) -> tuple[str, ...]:
    return get_args(literal)
