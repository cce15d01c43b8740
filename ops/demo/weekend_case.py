"""One made-up booking of the demo, and the events that upstream systems send about it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zlib import crc32
from zoneinfo import ZoneInfo

LOS_ANGELES: Final = ZoneInfo("America/Los_Angeles")
SOURCE: Final = "urn:custody-clock:demo"

STATIONS: Final = (
    "77th Street",
    "Metropolitan Detention Center",
    "Van Nuys",
    "Hollywood",
    "Pacific",
    "Harbor",
    "Southwest",
    "Foothill",
    "Devonshire",
    "Hollenbeck",
)


@dataclass(frozen=True, slots=True)
class ScheduledEvent:
    """Something that arrives in the inbox at an instant of the simulated weekend.

    `raw` is what arrives, valid or not; `note` says it in a few words for a live view; `booking` is the
    number it is about, None where that cannot be told.
    """

    at: datetime
    raw: bytes
    note: str
    booking: str | None = None


class Role(StrEnum):
    """What a booking shows of the policy; a booking may show several things."""

    CONTACTED = "contacted"
    HOLD_ASKED = "hold_asked"
    WITHDRAWN = "withdrawn"
    """Closed or voided after a contact."""
    ACTIVE_ASSISTANCE = "active_assistance"
    TOLD_AFTER_RELEASE = "told_after_release"
    CONTACT_BEFORE_BOOKING = "contact_before_booking"
    TOO_LATE_AT_COUNTER = "too_late_at_counter"
    LATER_DEADLINE_REFUSED = "later_deadline_refused"
    BOOKED_TWICE_ALIKE = "booked_twice_alike"
    BOOKED_TWICE_DIFFERENTLY = "booked_twice_differently"
    DEPARTED_WHILE_HELD = "departed_while_held"
    LATE_ON_ARRIVAL = "late_on_arrival"
    """Past its deadline when the clock first hears of it."""
    ENTITLED_EARLIER = "entitled_earlier"
    """A bail that was posted before the deadline becomes known only after the release."""
    OVERSTAYING = "overstaying"
    IN_HOSPITAL = "in_hospital"
    WARRANT_CHECKED = "warrant_checked"


@dataclass(frozen=True, slots=True)
class Offense:
    """A charge as the demo writes it."""

    statute: str
    level: str
    description: str
    arrest_kind: str = "warrantless"


def nov(day: int, hour: int, minute: int = 0) -> datetime:
    """A wall-clock time in Los Angeles in November 2016."""
    return datetime(2016, 11, day, hour, minute, tzinfo=LOS_ANGELES)


STARTS_AT: Final = nov(11, 18)
"""Veterans Day, a Friday: the courts have been closed all day and sit again on Monday."""


def cloud_event(booking: str, kind: str, at: datetime, data: Mapping[str, Any], event_id: str) -> bytes:
    """An event in the contract's form."""
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": f"custody.{kind}.v1",
        "subject": booking,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event, separators=(",", ":")).encode()


def departure(booking: str, at: datetime) -> ScheduledEvent:
    """The person has left the building."""
    data = {"departed_at": at.isoformat()}
    raw = cloud_event(booking, "person.departed", at, data, f"{booking}-departed")
    return ScheduledEvent(at, raw, "has left the building", booking)


def minutes_to_leave(booking: str) -> timedelta:
    """How long property, papers and the door take: 8 to 24 minutes, fixed by the booking number."""
    return timedelta(minutes=8 + crc32(booking.encode()) % 17)


@dataclass
class Case:
    """A booking under construction: its facts, its events so far, and what must be true of it at the end."""

    booking: str
    facility: str
    arrested_at: datetime
    booked_at: datetime
    offense: Offense
    arrives_at: datetime
    """When the clock hears of the booking."""
    events: list[ScheduledEvent] = field(default_factory=list)
    ending: str = "deadline"
    """The basis of the release or of the close."""
    corrected_arrest_at: datetime | None = None
    """Where an amendment has moved it and had its way."""
    entitled_earlier_at: datetime | None = None
    """The bail that became known too late, where there was one."""
    remaining_holds: tuple[str, ...] = ()
    """Holds of other authorities that the release order must name."""
    roles: set[Role] = field(default_factory=set)

    @property
    def decisive_arrest_at(self) -> datetime:
        """The instant of arrest that counts in the end."""
        return self.corrected_arrest_at or self.arrested_at

    def facts(self) -> dict[str, Any]:
        """The data of its booking event."""
        charge = {
            "statute": self.offense.statute,
            "level": self.offense.level,
            "description": self.offense.description,
        }
        return {
            "agency": "LAPD",
            "facility": self.facility,
            "arrested_at": self.arrested_at.isoformat(),
            "booked_at": self.booked_at.isoformat(),
            "arrest_kind": self.offense.arrest_kind,
            "charges": [charge],
        }

    def tell(
        self, at: datetime, kind: str, data: Mapping[str, Any], note: str, event_id: str = ""
    ) -> ScheduledEvent:
        """Add an event that arrives at the very instant it speaks of."""
        event_id = event_id or f"{self.booking}-{len(self.events) + 1}"
        event = ScheduledEvent(at, cloud_event(self.booking, kind, at, data, event_id), note, self.booking)
        self.events.append(event)
        return event

    def book(self, at: datetime | None = None) -> ScheduledEvent:
        """The booking event."""
        note = f"booked at {self.facility}, {self.offense.level}"
        return self.tell(at or self.arrives_at, "booking.created", self.facts(), note)

    def amend(self, at: datetime, arrested_at: datetime, note: str) -> None:
        """A clerk corrects the instant of arrest."""
        data = {"arrested_at": arrested_at.isoformat(), "reason": "clerical_error"}
        self.tell(at, "booking.amended", data, note)

    def contact(
        self, at: datetime, channel: str, form: str, *requests: str, reply_to: str = "ero-los-angeles"
    ) -> None:
        """ICE makes contact."""
        data = {
            "contacted_at": at.isoformat(),
            "channel": channel,
            "form": form,
            "requests": requests,
            "reply_to": reply_to,
        }
        self.roles.add(Role.CONTACTED)
        if "hold" in requests:
            self.roles.add(Role.HOLD_ASKED)
        asked = " and ".join(request.replace("_", " ") for request in requests) or "nothing in particular"
        paper = "no form" if form == "none" else form
        self.tell(at, "ice.contacted", data, f"ICE asks for {asked} ({paper}, {channel.replace('_', ' ')})")

    def ask_at_counter(self, at: datetime, note: str) -> None:
        """ICE stands at the counter with an administrative warrant."""
        data = {
            "requested_at": at.isoformat(),
            "officer_reference": f"demo-officer-{self.booking}",
            "warrant": "administrative",
            "reply_to": "ero-los-angeles",
        }
        self.roles.add(Role.CONTACTED)
        self.tell(at, "ice.custody_requested", data, note)

    def bail(self, at: datetime, kind: str = "bond") -> None:
        """Bail is posted, and the person leaves."""
        self.tell(at, "bail.posted", {"posted_at": at.isoformat(), "kind": kind}, f"bail posted ({kind})")
        self._leave(at, "bail")

    def order(self, at: datetime, basis: str) -> None:
        """A release is ordered, and the person leaves."""
        data = {"ordered_at": at.isoformat(), "basis": basis}
        self.tell(at, "release.ordered", data, f"release ordered: {basis.replace('_', ' ')}")
        self._leave(at, basis)

    def find_no_probable_cause(self, at: datetime) -> None:
        """A magistrate finds none, and the person leaves."""
        data = {"determined_at": at.isoformat(), "outcome": "not_found"}
        self.tell(at, "probable_cause.determined", data, "no probable cause found")
        self._leave(at, "probable_cause_not_found")

    def transfer(self, at: datetime, to: str) -> None:
        """Another authority takes the person over; a hospital does not."""
        data = {"transferred_at": at.isoformat(), "to": to}
        self.tell(at, "person.transferred", data, f"taken to {to.replace('_', ' ')}")
        if to == "hospital":
            self.roles.add(Role.IN_HOSPITAL)
        else:
            self.ending = "transferred"
            self.note_close()

    def hold(self, at: datetime, verb: str, hold_id: str, kind: str) -> None:
        """Another authority's hold is `placed` or `lifted`."""
        data = {"hold_id": hold_id, "kind": kind, "reference": f"demo {hold_id}"}
        self.tell(at, f"hold.{verb}", data, f"{kind.replace('_', ' ')} hold {verb}")

    def check_warrants(self, at: datetime) -> None:
        """The routine warrant check, which tells federal systems by itself and is no contact by ICE."""
        data = {"completed_at": at.isoformat(), "federal_notified": True}
        self.roles.add(Role.WARRANT_CHECKED)
        self.tell(at, "warrant_check.completed", data, "warrant check: federal systems notified")

    def note_close(self) -> None:
        """The record has just been closed: whoever asked must hear that the date no longer stands."""
        if Role.CONTACTED in self.roles:
            self.roles.add(Role.WITHDRAWN)

    def _leave(self, released_at: datetime, basis: str) -> None:
        self.ending = basis
        self.events.append(departure(self.booking, released_at + minutes_to_leave(self.booking)))
