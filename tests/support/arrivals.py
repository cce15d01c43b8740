"""Events about one booking as they come from the inbox, with defaults for what a test does not vary."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from events.instants import format_instant
from events.parse import Rejection, parse
from worker.custody.decide import Received

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
BOOKING = "B-1"
SOURCE = "urn:test:jms"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

_numbers = itertools.count(1)


def la(text: str) -> datetime:
    """A local time in Los Angeles, as `2016-11-14 10:00`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=LOS_ANGELES).astimezone(UTC)


ARRESTED = la("2016-11-14 10:00")
"""A Monday; the policy's limits end on Wednesday and on Thursday, both at 10:00."""
DEADLINE = la("2016-11-16 10:00")


def written(
    kind: str,
    data: dict[str, Any],
    *,
    booking: str = BOOKING,
    id: str | None = None,
    source: str = SOURCE,
    time: datetime = ARRESTED,
) -> bytes:
    """An inbound event as upstream writes it; `kind` as `bail.posted`."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": id or f"e{next(_numbers)}",
            "source": source,
            "type": f"custody.{kind}.v1",
            "subject": booking,
            "time": format_instant(time),
            "data": {
                name: format_instant(value) if isinstance(value, datetime) else value
                for name, value in data.items()
            },
        }
    )


def received(raw: bytes) -> Received:
    """A valid event as it comes from the inbox."""
    parsed = parse(raw)
    assert not isinstance(parsed, Rejection), parsed
    return Received(parsed.event, parsed.raw.decode(), ARRESTED, f"{next(_numbers)}-0", parsed.doubts)


def event(kind: str, data: dict[str, Any], **envelope: Any) -> Received:
    """A valid event of a kind; `booking`, `id`, `source` and `time` may be given."""
    return received(written(kind, data, **envelope))


def booked(arrested_at: datetime | str = ARRESTED, **other: Any) -> Received:
    """A booking; `id`, and any field of it, may be given."""
    envelope = {name: other.pop(name) for name in ("id", "booking", "source") if name in other}
    data = {
        "agency": "LAPD",
        "facility": "77th Street",
        "arrested_at": arrested_at,
        "booked_at": arrested_at,
        "arrest_kind": "warrantless",
        "charges": [{"statute": "459PC", "level": "felony"}],
    }
    return event("booking.created", data | other, **envelope)


def amended(*, booking: str = BOOKING, **changes: Any) -> Received:
    """These fields of the booking are amended; to correct a clerical error, unless a `reason` is given."""
    return event("booking.amended", {"reason": "clerical_error"} | changes, booking=booking)


def voided(reason: str = "mistaken") -> Received:
    """The booking should never have been made."""
    return event("booking.voided", {"reason": reason})


def reinstated(reason: str = "entered_in_error") -> Received:
    """An end of custody was entered in error."""
    return event("booking.reinstated", {"reason": reason})


def renumbered(new_number: str = "B-2", reason: str = "renumbered", **envelope: Any) -> Received:
    """The booking goes on under another number."""
    return event("booking.renumbered", {"new_number": new_number, "reason": reason}, **envelope)


def bail(posted_at: datetime = ARRESTED + HOUR, **envelope: Any) -> Received:
    """Bail was posted."""
    return event("bail.posted", {"posted_at": posted_at, "kind": "bond"}, **envelope)


def ordered(ordered_at: datetime = ARRESTED + HOUR, basis: str = "court_order") -> Received:
    """A release was ordered."""
    return event("release.ordered", {"ordered_at": ordered_at, "basis": basis})


def probable_cause(outcome: str, determined_at: datetime = ARRESTED + HOUR) -> Received:
    """A magistrate decided on probable cause."""
    return event("probable_cause.determined", {"determined_at": determined_at, "outcome": outcome})


def transferred(to: str = "court", transferred_at: datetime = ARRESTED + HOUR) -> Received:
    """The person was moved."""
    return event("person.transferred", {"transferred_at": transferred_at, "to": to})


def arraigned(arraigned_at: datetime = ARRESTED + HOUR) -> Received:
    """The court took over without a move."""
    return event("person.arraigned", {"arraigned_at": arraigned_at})


def returned(returned_at: datetime = ARRESTED + HOUR, *, arraigned: bool = False) -> Received:
    """The person is back."""
    return event("person.returned", {"returned_at": returned_at, "arraigned": arraigned})


def escaped(at: datetime = ARRESTED + HOUR) -> Received:
    """The person escaped."""
    return event("person.escaped", {"at": at})


def died(at: datetime = ARRESTED + HOUR) -> Received:
    """The person died."""
    return event("person.died", {"at": at})


def departed(departed_at: datetime = ARRESTED + HOUR) -> Received:
    """The person left the building."""
    return event("person.departed", {"departed_at": departed_at})


def hold(change: str = "placed", hold_id: str = "H-1", kind: str = "parole") -> Received:
    """Another authority's hold was placed, or lifted by its id alone."""
    of_placing = {"kind": kind, "reference": f"order of {hold_id}"} if change == "placed" else {}
    return event(f"hold.{change}", {"hold_id": hold_id} | of_placing)


def warrant_check(completed_at: datetime = ARRESTED + HOUR) -> Received:
    """The routine check, by which federal systems were notified."""
    return event("warrant_check.completed", {"completed_at": completed_at, "federal_notified": True})


def ice_contact(
    *requests: str,
    contacted_at: datetime = ARRESTED + HOUR,
    reply_to: str = "ero-la",
    form: str = "none",
    qualification: str | None = None,
    **envelope: Any,
) -> Received:
    """ICE called, and asked for these things or for nothing."""
    data: dict[str, Any] = {"contacted_at": contacted_at, "channel": "fax", "form": form}
    data |= {"requests": requests, "reply_to": reply_to}
    data |= {"qualification": qualification} if qualification else {}
    return event("ice.contacted", data, **envelope)


def contact_withdrawn(reply_to: str | None = None, withdrawn_at: datetime = ARRESTED + HOUR) -> Received:
    """ICE lifted its request, on one route or on every one."""
    data: dict[str, Any] = {"withdrawn_at": withdrawn_at}
    return event("ice.contact_withdrawn", data | ({"reply_to": reply_to} if reply_to else {}))


def ice_at_the_counter(
    requested_at: datetime = ARRESTED + HOUR,
    *,
    warrant: str = "administrative",
    reply_to: str = "ero-la",
    qualification: str | None = None,
) -> Received:
    """ICE asks for the person."""
    data: dict[str, Any] = {"requested_at": requested_at, "officer_reference": "badge 7"}
    data |= {"warrant": warrant, "reply_to": reply_to}
    return event("ice.custody_requested", data | ({"qualification": qualification} if qualification else {}))


def counsel(deliver_to: str = "public-defender") -> Received:
    """Who gets counsel's copies."""
    return event("counsel.designated", {"deliver_to": deliver_to})
