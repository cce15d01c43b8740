"""Events as upstream sends them, for a profile with one limit: bookings are due 72 h after the arrest."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from events import inbound
from events.inbound import Inbound

PROFILE: Final = str(Path(__file__).parent / "seventy_two_hours.toml")
LENGTH: Final = timedelta(hours=72)
SOURCE: Final = "urn:test:jms"

_ids = itertools.count(1)


def now() -> datetime:
    """The present instant, in UTC, to the millisecond."""
    instant = datetime.now(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _about(kind: type[Inbound], booking: str, data: dict[str, Any], id_: str | None, at: datetime) -> Inbound:
    model = kind.model_fields["data"].annotation
    assert model is not None
    return kind.about(
        booking, model.model_validate(data), id=id_ or f"{booking}-{next(_ids)}", source=SOURCE, time=at
    )


def booked(booking: str, *, due_at: datetime, id: str | None = None, **facts: Any) -> Inbound:
    """A booking whose deadline is at this instant."""
    arrested_at = due_at - LENGTH
    data = {
        "agency": "LAPD",
        "facility": "Metropolitan Detention Center",
        "arrested_at": arrested_at,
        "booked_at": arrested_at,
        "arrest_kind": "warrantless",
        "charges": ({"statute": "459PC", "level": "felony"},),
    }
    return _about(inbound.BookingCreated, booking, data | facts, id, arrested_at)


def bail_posted(booking: str, at: datetime, *, id: str | None = None) -> Inbound:
    """Bail, posted in cash."""
    return _about(inbound.BailPosted, booking, {"posted_at": at, "kind": "cash"}, id, at)


def ice_contacted(
    booking: str,
    at: datetime,
    *,
    requests: tuple[str, ...] = ("release_date",),
    id: str | None = None,
    **more: Any,
) -> Inbound:
    """A contact by ICE, to be answered by the route `ice-la`."""
    data = {
        "contacted_at": at,
        "channel": "email",
        "form": "I-247A",
        "requests": requests,
        "reply_to": "ice-la",
    }
    return _about(inbound.IceContacted, booking, data | more, id, at)


def custody_requested(booking: str, at: datetime, *, id: str | None = None, **more: Any) -> Inbound:
    """ICE at the counter, with an administrative warrant."""
    data = {
        "requested_at": at,
        "officer_reference": "badge 1",
        "warrant": "administrative",
        "reply_to": "ice-la",
    }
    return _about(inbound.IceCustodyRequested, booking, data | more, id, at)


def departed(booking: str, at: datetime, *, id: str | None = None) -> Inbound:
    """The person left the building."""
    return _about(inbound.PersonDeparted, booking, {"departed_at": at}, id, at)


def amended(booking: str, at: datetime, *, id: str | None = None, **changes: Any) -> Inbound:
    """A clerical correction of a booking."""
    return _about(inbound.BookingAmended, booking, {"reason": "clerical_error"} | changes, id, at)


def raw(event: Inbound) -> bytes:
    """The event as it travels."""
    return event.to_wire()
