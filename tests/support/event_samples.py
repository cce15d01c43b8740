"""One event of each inbound type, with the fewest fields and with all of them."""

import json
from datetime import UTC, datetime
from typing import Any

from events.inbound import Inbound
from events.parse import Parsed, Rejection, parse

INSTANT = datetime(2016, 11, 15, 18, 0, tzinfo=UTC)
AT = "2016-11-15T10:00:00-08:00"

_BOOKING = {"agency": "LAPD", "facility": "77th Street", "arrested_at": AT, "booked_at": AT}
_CHARGES = [
    {"statute": "211PC", "level": "felony", "description": "robbery"},
    {"statute": "245(A)(1)PC", "level": "misdemeanor"},
]
_HOLD = {"hold_id": "H-1", "kind": "parole", "reference": "CDCR 12"}
_QUALIFIED = {"qualification": "conviction_7282_5", "reply_to": "ero-la"}

FEWEST: dict[str, dict[str, Any]] = {
    "custody.booking.created.v1": {"arrested_at": AT},
    "custody.booking.amended.v1": {},
    "custody.booking.voided.v1": {},
    "custody.bail.posted.v1": {"posted_at": AT},
    "custody.release.ordered.v1": {"ordered_at": AT},
    "custody.probable_cause.determined.v1": {"determined_at": AT, "outcome": "found"},
    "custody.person.transferred.v1": {"transferred_at": AT},
    "custody.person.escaped.v1": {"at": AT},
    "custody.person.died.v1": {"at": AT},
    "custody.person.departed.v1": {"departed_at": AT},
    "custody.hold.placed.v1": {"hold_id": "H-1"},
    "custody.hold.lifted.v1": {"hold_id": "H-1"},
    "custody.warrant_check.completed.v1": {"completed_at": AT},
    "custody.ice.contacted.v1": {"contacted_at": AT},
    "custody.ice.custody_requested.v1": {"requested_at": AT},
    "custody.counsel.designated.v1": {"deliver_to": "public-defender"},
    "custody.person.arraigned.v1": {"arraigned_at": AT},
    "custody.person.returned.v1": {"returned_at": AT, "arraigned": False},
    "custody.booking.reinstated.v1": {},
    "custody.booking.renumbered.v1": {"new_number": "B-2"},
    "custody.ice.contact_withdrawn.v1": {"withdrawn_at": AT},
}
"""By type, only the fields without which it means nothing."""

ALL: dict[str, dict[str, Any]] = FEWEST | {
    "custody.booking.created.v1": _BOOKING | {"arrest_kind": "warrant", "charges": _CHARGES},
    "custody.booking.amended.v1": _BOOKING
    | {"arrest_kind": "warrant", "charges": _CHARGES, "reason": "charges_changed"},
    "custody.booking.voided.v1": {"reason": "mistaken"},
    "custody.bail.posted.v1": {"posted_at": AT, "kind": "cash"},
    "custody.release.ordered.v1": {"ordered_at": AT, "basis": "court_order", "reference": "case 12"},
    "custody.person.transferred.v1": {"transferred_at": AT, "to": "sheriff", "reference": "bus 3"},
    "custody.hold.placed.v1": _HOLD,
    "custody.hold.lifted.v1": _HOLD,
    "custody.warrant_check.completed.v1": {"completed_at": AT, "federal_notified": True},
    "custody.ice.contacted.v1": {
        "contacted_at": AT,
        "channel": "fax",
        "form": "I-247A",
        "requests": ["hold", "release_date", "transfer"],
        "reference": "fax 1",
    }
    | _QUALIFIED,
    "custody.ice.custody_requested.v1": {
        "requested_at": AT,
        "officer_reference": "badge 7",
        "warrant": "judicial",
    }
    | _QUALIFIED,
    "custody.booking.reinstated.v1": {"reason": "voided_in_error"},
    "custody.booking.renumbered.v1": {"new_number": "B-2", "reason": "merged"},
    "custody.ice.contact_withdrawn.v1": {"withdrawn_at": AT, "reply_to": "ero-la"},
}
"""By type, all fields, each with a word that is on its list."""

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
    result = parse(text)
    assert isinstance(result, Rejection), "was taken"
    return result


def parsed(text: bytes) -> Parsed:
    """The event that must be taken, with its doubts and what was removed."""
    result = parse(text)
    assert isinstance(result, Parsed), result
    return result


def taken(text: bytes) -> Inbound:
    """The event that must be taken as it is, without a doubt about it."""
    result = parsed(text)
    assert (result.doubts, result.removed) == ((), ())
    return result.event
