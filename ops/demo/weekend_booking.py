"""One simulated booking of the demo, and the events that upstream systems send about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from events.facts import HoldKind, IceForm, IceRequest
from events.outbound import AlarmCode
from ops.demo.weekend_events import ScheduledEvent, cloud_event, departure, minutes_to_leave
from worker.desk.journal_words import FORMS, REQUESTS, plain
from worker.desk.words import HOLDS

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

_DESTINATIONS: Final = {
    "court": "court",
    "sheriff": "the sheriff",
    "other_agency": "another agency",
    "hospital": "hospital",
}


class Role(StrEnum):
    """What a booking demonstrates of the policy; a booking may have several roles."""

    CONTACTED = "contacted"
    HOLD_REQUESTED = "hold_requested"
    WITHDRAWN = "withdrawn"
    """Closed or voided after a contact."""
    ACTIVE_ASSISTANCE = "active_assistance"
    CONTACTED_AFTER_RELEASE = "contacted_after_release"
    CONTACT_BEFORE_BOOKING = "contact_before_booking"
    TOO_LATE_AT_COUNTER = "too_late_at_counter"
    LATER_DEADLINE_REFUSED = "later_deadline_refused"
    BOOKED_TWICE_ALIKE = "booked_twice_alike"
    BOOKED_TWICE_DIFFERENTLY = "booked_twice_differently"
    DEPARTED_WHILE_HELD = "departed_while_held"
    LATE_ON_ARRIVAL = "late_on_arrival"
    """Already past its deadline when the clock first hears of it."""
    ENTITLED_EARLIER = "entitled_earlier"
    """Bail that was posted before the deadline is reported only after the release."""
    OVERSTAYING = "overstaying"
    IN_HOSPITAL = "in_hospital"
    WARRANT_CHECKED = "warrant_checked"


@dataclass(frozen=True, slots=True)
class Offense:
    """A charge, in the form used by the demo's events."""

    statute: str
    level: str
    description: str
    arrest_kind: str = "warrantless"


@dataclass
class WeekendBooking:
    """A booking under construction: its facts, its events so far, and its required result."""

    booking: str
    facility: str
    arrested_at: datetime
    booked_at: datetime
    offense: Offense
    arrives_at: datetime
    """When the booking event reaches the clock."""
    events: list[ScheduledEvent] = field(default_factory=list)
    ending: str = "deadline"
    """The basis of the release or of the close."""
    corrected_arrest_at: datetime | None = None
    """The instant of arrest after an amendment that was accepted."""
    entitled_earlier_at: datetime | None = None
    """When bail was posted that was reported only after the release."""
    remaining_holds: tuple[str, ...] = ()
    """Holds of other authorities that the release order must name."""
    roles: set[Role] = field(default_factory=set)
    doubts: set[AlarmCode] = field(default_factory=set)
    """What the watch must hear of, since it can hardly be right."""

    @property
    def decisive_arrest_at(self) -> datetime:
        """The instant of arrest that determines the deadline."""
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

    def add_event(
        self, at: datetime, kind: str, data: Mapping[str, Any], note: str, event_id: str = ""
    ) -> ScheduledEvent:
        """Add an event that arrives at the instant it reports."""
        event_id = event_id or f"{self.booking}-{len(self.events) + 1}"
        event = ScheduledEvent(at, cloud_event(self.booking, kind, at, data, event_id), note, self.booking)
        self.events.append(event)
        return event

    def book(self, at: datetime | None = None) -> ScheduledEvent:
        """The booking event."""
        note = f"booked at {self.facility}, {self.offense.level}"
        return self.add_event(at or self.arrives_at, "booking.created", self.facts(), note)

    def amend(self, at: datetime, arrested_at: datetime, note: str) -> None:
        """A correction of the instant of arrest."""
        data = {"arrested_at": arrested_at.isoformat(), "reason": "clerical_error"}
        self.add_event(at, "booking.amended", data, note)

    def contact(
        self,
        at: datetime,
        channel: str,
        form: IceForm,
        *requests: IceRequest,
        reply_to: str = "ero-los-angeles",
    ) -> None:
        """A contact by ICE."""
        data = {
            "contacted_at": at.isoformat(),
            "channel": channel,
            "form": form,
            "requests": requests,
            "reply_to": reply_to,
        }
        self.roles.add(Role.CONTACTED)
        if "hold" in requests:
            self.roles.add(Role.HOLD_REQUESTED)
        asked = " and ".join(REQUESTS[request] for request in requests) or "nothing in particular"
        self.add_event(at, "ice.contacted", data, f"ICE asks for {asked} ({FORMS[form]}, {plain(channel)})")

    def request_custody(self, at: datetime, note: str) -> None:
        """ICE requests custody at the counter, with an administrative warrant."""
        data = {
            "requested_at": at.isoformat(),
            "officer_reference": f"demo-officer-{self.booking}",
            "warrant": "administrative",
            "reply_to": "ero-los-angeles",
        }
        self.roles.add(Role.CONTACTED)
        self.add_event(at, "ice.custody_requested", data, note)

    def bail(
        self, at: datetime, kind: str = "bond", *, posted_at: datetime | None = None, note: str = ""
    ) -> None:
        """Bail is posted, at another instant than it arrives if `posted_at` is given; the person leaves."""
        data = {"posted_at": (posted_at or at).isoformat(), "kind": kind}
        self.add_event(at, "bail.posted", data, note or f"bail posted ({kind})")
        self._leave(at, "bail")

    def order(self, at: datetime, basis: str) -> None:
        """A release is ordered, and the person leaves."""
        data = {"ordered_at": at.isoformat(), "basis": basis}
        reason = "" if basis == "other" else f": {plain(basis)}"
        self.add_event(at, "release.ordered", data, f"release ordered{reason}")
        self._leave(at, basis)

    def find_no_probable_cause(self, at: datetime) -> None:
        """A magistrate finds no probable cause, and the person leaves."""
        data = {"determined_at": at.isoformat(), "outcome": "not_found"}
        self.add_event(at, "probable_cause.determined", data, "no probable cause found")
        self._leave(at, "probable_cause_not_found")

    def transfer(self, at: datetime, to: str) -> None:
        """The person is taken to another authority, which ends custody; a hospital does not."""
        data = {"transferred_at": at.isoformat(), "to": to}
        self.add_event(at, "person.transferred", data, f"taken to {_DESTINATIONS[to]}")
        if to == "hospital":
            self.roles.add(Role.IN_HOSPITAL)
        else:
            self.ending = "transferred"
            self.note_close()

    def hold(self, at: datetime, verb: str, hold_id: str, kind: HoldKind) -> None:
        """Another authority's hold is `placed` or `lifted`."""
        data = {"hold_id": hold_id, "kind": kind, "reference": f"demo {hold_id}"}
        self.add_event(at, f"hold.{verb}", data, f"{HOLDS[kind]} {verb}")

    def check_warrants(self, at: datetime) -> None:
        """The routine warrant check, which notifies federal systems; it is not a contact by ICE."""
        data = {"completed_at": at.isoformat(), "federal_notified": True}
        self.roles.add(Role.WARRANT_CHECKED)
        self.add_event(at, "warrant_check.completed", data, "warrant check: federal systems notified")

    def note_close(self) -> None:
        """The record was just closed: if ICE asked before, it must be sent a withdrawal of the date."""
        if Role.CONTACTED in self.roles:
            self.roles.add(Role.WITHDRAWN)

    def _leave(self, released_at: datetime, basis: str) -> None:
        self.ending = basis
        self.events.append(departure(self.booking, released_at + minutes_to_leave(self.booking)))
