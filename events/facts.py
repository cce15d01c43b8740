"""The data of inbound events: everything that can be reported about a booking.

No field exists for immigration status, citizenship, birthplace, ethnicity, descent or a name: what the clock
never receives, it cannot act on. The text below a field is its meaning, and is published with the schemas.
"""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import StringConstraints

from events.envelope import RouteAlias, Text, WireModel
from events.instants import Instant

ArrestKind: TypeAlias = Literal["warrantless", "warrant"]
ChargeLevel: TypeAlias = Literal["felony", "misdemeanor", "infraction", "other"]
HoldKind: TypeAlias = Literal["judicial_warrant", "parole", "court_commitment"]
IceForm: TypeAlias = Literal["none", "I-247", "I-247A", "I-247D", "I-247N", "I-247X", "I-200", "I-205"]
IceRequest: TypeAlias = Literal["release_date", "hold", "transfer"]
IceWarrant: TypeAlias = Literal["none", "administrative", "judicial"]
OrderBasis: TypeAlias = Literal[
    "own_recognizance", "citation", "no_charges", "insufficient_grounds", "court_order", "other"
]
Qualification: TypeAlias = Literal["none", "conviction_7282_5", "held_to_answer_7282_5_b", "judicial_warrant"]
Statute = Annotated[str, StringConstraints(min_length=1, max_length=128)]

HOLD_ID: Final = r"^[\x21-\x7e]+$"
HoldId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=HOLD_ID)]
"""An id in visible ASCII characters, without blanks."""


class Charge(WireModel):
    """One charge of a booking. No charge moves a deadline."""

    statute: Statute
    """The statute as the agency writes it, such as `211PC` or `245(A)(1)PC`."""
    level: ChargeLevel
    """How serious the offense is."""
    description: str | None = None
    """The offense in words."""


class BookingFacts(WireModel):
    """What a booking reports: which agency holds the person, where, since when, and on which charges."""

    agency: Text
    """The agency that made the arrest and holds the person."""
    facility: Text
    """The jail or station where the person is held."""
    arrested_at: Instant
    """When the person was arrested: the start of every limit that counts from the arrest."""
    booked_at: Instant
    """When the person was booked; not before `arrested_at`."""
    arrest_kind: ArrestKind
    """Whether the arrest was made on a warrant. Without one, probable cause must be determined in time."""
    charges: tuple[Charge, ...]
    """The charges; may be empty."""


class Amendment(WireModel):
    """The booking's fields that change, and why. A field that is left out keeps its value."""

    agency: Text | None = None
    """The corrected agency."""
    facility: Text | None = None
    """The corrected facility."""
    arrested_at: Instant | None = None
    """The corrected instant of the arrest."""
    booked_at: Instant | None = None
    """The corrected instant of the booking; not before the arrest."""
    arrest_kind: ArrestKind | None = None
    """The corrected kind of arrest."""
    charges: tuple[Charge, ...] | None = None
    """All charges as they are now: the list replaces the earlier one."""
    reason: Literal["clerical_error", "identity_corrected", "charges_changed"]
    """Why the booking is amended."""

    def changes(self) -> dict[str, Any]:
        """The fields of the booking that this amendment sets, with their new values."""
        return {
            name: value for name in BookingFacts.model_fields if (value := getattr(self, name)) is not None
        }


class Voiding(WireModel):
    """Why the booking should never have been made."""

    reason: Literal["mistaken", "duplicate"]
    """Whether it was a mistake, or repeats another booking."""


class BailPosting(WireModel):
    """Bail was posted."""

    posted_at: Instant
    """When it was posted: from then on the person is entitled to release."""
    kind: Literal["cash", "bond"]
    """How it was posted."""


class ReleaseOrdering(WireModel):
    """Somebody with the authority to do so ordered the release."""

    ordered_at: Instant
    """When it was ordered: from then on the person is entitled to release."""
    basis: OrderBasis
    """Why the person is to be released."""
    reference: Text | None = None
    """The order's own number or place in your files."""


class ProbableCauseFinding(WireModel):
    """A magistrate decided whether there was probable cause for the arrest."""

    determined_at: Instant
    """When it was decided."""
    outcome: Literal["found", "not_found"]
    """What was decided."""


class Transfer(WireModel):
    """The person was moved. A hospital stay is still this agency's custody."""

    transferred_at: Instant
    """When the person was moved."""
    to: Literal["court", "sheriff", "other_agency", "hospital"]
    """Who or what took the person in; `other_agency` is never immigration enforcement."""
    reference: Text | None = None
    """The transfer's own number or place in your files."""


class Occurrence(WireModel):
    """An escape or a death."""

    at: Instant
    """When it happened."""


class Departure(WireModel):
    """The person has physically left the building."""

    departed_at: Instant
    """When the person left."""


class Hold(WireModel):
    """Another lawful authority's hold. It never moves a limit."""

    hold_id: HoldId
    """Identifies the hold within the booking: one placed again with this id replaces the earlier one."""
    kind: HoldKind
    """What the hold rests on."""
    reference: Text
    """The warrant or order behind it, for the people who carry out the release."""


class WarrantCheck(WireModel):
    """The routine warrant check, which notifies federal systems by itself. It is no contact by ICE."""

    completed_at: Instant
    """When the check was completed."""
    federal_notified: bool
    """Whether it notified federal systems."""


class IceContact(WireModel):
    """ICE made contact."""

    contacted_at: Instant
    """When it made contact."""
    channel: Literal["phone", "fax", "teletype", "email", "in_person"]
    """How it made contact."""
    form: IceForm
    """The form that came with the contact."""
    requests: tuple[IceRequest, ...]
    """What it asked for; may be empty."""
    reply_to: RouteAlias
    """The route for answers to this contact."""
    qualification: Qualification | None = None
    """Which ground of Cal. Gov. Code § 7282.5 applies, if any; counts under profiles from 2018 on."""
    reference: Text | None = None
    """The contact's own number or place in your files."""


class IceCustodyRequest(WireModel):
    """ICE is at the counter and asks for the person."""

    requested_at: Instant
    """When it asked."""
    officer_reference: Text
    """Identifies the officer in your files."""
    warrant: IceWarrant
    """The warrant that was shown."""
    reply_to: RouteAlias
    """The route for answers to this request."""
    qualification: Qualification | None = None
    """Which ground of Cal. Gov. Code § 7282.5 applies, if any; counts under profiles from 2018 on."""


class CounselDesignation(WireModel):
    """Who receives the copies that the law gives to counsel, or to one other person named for it."""

    deliver_to: RouteAlias
    """The route for those copies."""
