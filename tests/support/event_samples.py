"""One event of each inbound type, with the fewest fields and with all of them."""

import json
from datetime import UTC, datetime
from typing import Any

from events.inbound import Inbound
from events.parse import Rejection, parse

NOW = datetime(2016, 11, 15, 20, 0, tzinfo=UTC)
"""The store's time in these tests."""
AT = "2016-11-15T10:00:00-08:00"

_BOOKING = {"agency": "LAPD", "facility": "77th Street", "arrested_at": AT, "booked_at": AT}
_CONTACT = {"contacted_at": AT, "channel": "fax", "form": "none", "requests": [], "reply_to": "ero-la"}
_AT_THE_COUNTER = {
    "requested_at": AT,
    "officer_reference": "badge 7",
    "warrant": "none",
    "reply_to": "ero-la",
}
_HOLD = {"hold_id": "H-1", "kind": "parole", "reference": "CDCR 12"}

FEWEST: dict[str, dict[str, Any]] = {
    "custody.booking.created.v1": _BOOKING | {"arrest_kind": "warrantless", "charges": []},
    "custody.booking.amended.v1": {"reason": "clerical_error"},
    "custody.booking.voided.v1": {"reason": "mistaken"},
    "custody.bail.posted.v1": {"posted_at": AT, "kind": "cash"},
    "custody.release.ordered.v1": {"ordered_at": AT, "basis": "citation"},
    "custody.probable_cause.determined.v1": {"determined_at": AT, "outcome": "found"},
    "custody.person.transferred.v1": {"transferred_at": AT, "to": "court"},
    "custody.person.escaped.v1": {"at": AT},
    "custody.person.died.v1": {"at": AT},
    "custody.person.departed.v1": {"departed_at": AT},
    "custody.hold.placed.v1": _HOLD,
    "custody.hold.lifted.v1": _HOLD,
    "custody.warrant_check.completed.v1": {"completed_at": AT, "federal_notified": True},
    "custody.ice.contacted.v1": _CONTACT,
    "custody.ice.custody_requested.v1": _AT_THE_COUNTER,
    "custody.counsel.designated.v1": {"deliver_to": "public-defender"},
}

_CHARGES = [
    {"statute": "211PC", "level": "felony", "description": "robbery"},
    {"statute": "245(A)(1)PC", "level": "misdemeanor"},
]
_QUALIFIED = {"qualification": "conviction_7282_5"}

ALL: dict[str, dict[str, Any]] = FEWEST | {
    "custody.booking.created.v1": _BOOKING | {"arrest_kind": "warrant", "charges": _CHARGES},
    "custody.booking.amended.v1": _BOOKING
    | {"arrest_kind": "warrant", "charges": _CHARGES, "reason": "charges_changed"},
    "custody.release.ordered.v1": {"ordered_at": AT, "basis": "court_order", "reference": "case 12"},
    "custody.person.transferred.v1": {"transferred_at": AT, "to": "sheriff", "reference": "bus 3"},
    "custody.ice.contacted.v1": _CONTACT
    | {"form": "I-247A", "requests": ["hold", "release_date", "transfer"], "reference": "fax 1"}
    | _QUALIFIED,
    "custody.ice.custody_requested.v1": _AT_THE_COUNTER | {"warrant": "judicial"} | _QUALIFIED,
}

INSTANTS: dict[str, tuple[str, ...]] = {
    kind: tuple(name for name, value in data.items() if value == AT) for kind, data in ALL.items()
}
"""By type, the fields of the data that are instants."""


def envelope(kind: str, data: object, **other: object) -> dict[str, object]:
    """An event as a dictionary, with some attributes as given."""
    return {
        "specversion": "1.0",
        "id": "e1",
        "source": "urn:test:jms",
        "type": kind,
        "subject": "B-1",
        "time": AT,
        "datacontenttype": "application/json",
        "data": data,
    } | other


def raw(kind: str, data: object, **other: object) -> bytes:
    """An event as upstream writes it, with some attributes as given."""
    return json.dumps(envelope(kind, data, **other)).encode()


def rejected(text: bytes) -> Rejection:
    """The rejection of an event that must not be taken."""
    result = parse(text, NOW)
    assert isinstance(result, Rejection), "was taken"
    return result


def taken(text: bytes) -> Inbound:
    """The event that must be taken."""
    result = parse(text, NOW)
    assert not isinstance(result, Rejection), result
    return result
