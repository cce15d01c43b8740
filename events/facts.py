"""The data of inbound events: everything that can be reported about a booking.

No field exists for immigration status, citizenship, birthplace, ethnicity, descent or a name: what the clock
never receives, it cannot act on. The text below a field is its meaning, and is published with the schemas.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import Field, StringConstraints, model_validator

from events.envelope import RouteAlias, Text, WireModel
from events.instants import Instant
from events.words import OneOf, Word

ArrestKind: TypeAlias = Literal["warrantless", "warrant"]
ChargeLevel: TypeAlias = Literal["felony", "misdemeanor", "infraction", "other"]
HoldKind: TypeAlias = Literal[
    "judicial_warrant", "parole", "probation", "court_commitment", "other_agency", "federal_court"
]
IceChannel: TypeAlias = Literal["phone", "fax", "teletype", "email", "in_person"]
IceForm: TypeAlias = Literal[
    "none",
    "I-247",
    "I-247A",
    "I-247D",
    "I-247G",
    "I-247N",
    "I-247X",
    "I-200",
    "I-203",
    "I-205",
    "subpoena",
]
IceRequest: TypeAlias = Literal["release_date", "hold", "transfer", "interview"]
IceWarrant: TypeAlias = Literal["none", "administrative", "judicial"]
OrderBasis: TypeAlias = Literal[
    "own_recognizance", "citation", "no_charges", "insufficient_grounds", "court_order", "other"
]
BailKind: TypeAlias = Literal["cash", "bond"]
TransferTo: TypeAlias = Literal["court", "sheriff", "other_agency", "hospital"]
VoidReason: TypeAlias = Literal["mistaken", "duplicate"]
Qualification: TypeAlias = Literal["none", "conviction_7282_5", "held_to_answer_7282_5_b", "judicial_warrant"]
Statute = Annotated[str, StringConstraints(min_length=1, max_length=128)]

BOOKED_WHEN_ARRESTED: Final = datetime.min.replace(tzinfo=UTC)
"""In place of a `booked_at` that is left out, until the arrest is known."""

HOLD_ID: Final = r"^[\x21-\x7e]+$"
HoldId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=HOLD_ID)]
"""An id in visible ASCII characters, without blanks."""


def _unpublished_default(schema: dict[str, Any]) -> None:
    """Keep a default that only this code understands out of the schema."""
    del schema["default"]


class Charge(WireModel):
    """One charge of a booking. No charge moves a deadline."""

    statute: Statute
    """The statute as the agency writes it, such as `211PC` or `245(A)(1)PC`."""
    level: Annotated[Word, OneOf(ChargeLevel, "other")] = "other"
    """How serious the offense is."""
    description: str | None = None
    """The offense in words."""


class BookingFacts(WireModel):
    """What a booking reports: which agency holds the person, where, since when, and on which charges."""

    agency: Text | None = None
    """The agency that made the arrest and holds the person."""
    facility: Text | None = None
    """The jail or station where the person is held."""
    arrested_at: Instant
    """When the person was arrested: the start of every limit that counts from the arrest."""
    booked_at: Annotated[Instant, Field(json_schema_extra=_unpublished_default)] = BOOKED_WHEN_ARRESTED
    """When the person was booked; the instant of the arrest if it is left out."""
    arrest_kind: Annotated[Word, OneOf(ArrestKind, "warrantless")] = "warrantless"
    """Whether the arrest was made on a warrant. Without one, probable cause must be determined in time."""
    charges: tuple[Charge, ...] = ()
    """The charges; may be empty."""

    @model_validator(mode="after")
    def _booked_when_arrested(self) -> Self:
        if self.booked_at == BOOKED_WHEN_ARRESTED:
            object.__setattr__(self, "booked_at", self.arrested_at)
        return self


class Voiding(WireModel):
    """Why the booking should never have been made."""

    reason: Annotated[Word | None, OneOf(VoidReason, "other")] = None
    """Whether it was a mistake, or repeats another booking."""


class BailPosting(WireModel):
    """Bail was posted."""

    posted_at: Instant
    """When it was posted: from then on the person is entitled to release."""
    kind: Annotated[Word, OneOf(BailKind, "other")] = "other"
    """How it was posted."""


class ReleaseOrdering(WireModel):
    """Somebody with the authority to do so ordered the release."""

    ordered_at: Instant
    """When it was ordered: from then on the person is entitled to release."""
    basis: Annotated[Word, OneOf(OrderBasis, "other")] = "other"
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
    to: Annotated[Word, OneOf(TransferTo, "hospital")] = "unknown"
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
    kind: Annotated[Word, OneOf(HoldKind, "other")] = "other"
    """What the hold rests on."""
    reference: Text | None = None
    """The warrant or order behind it, for the people who carry out the release."""


class LiftedHold(WireModel):
    """Another lawful authority no longer asks for the person."""

    hold_id: HoldId
    """The id under which the hold was placed."""
    kind: Word | None = None
    """Not needed: the id alone lifts the hold."""
    reference: Text | None = None
    """Not needed either."""


class WarrantCheck(WireModel):
    """The routine warrant check, which notifies federal systems by itself. It is no contact by ICE."""

    completed_at: Instant
    """When the check was completed."""
    federal_notified: bool = False
    """Whether it notified federal systems."""


class IceContact(WireModel):
    """ICE made contact."""

    contacted_at: Instant
    """When it made contact."""
    channel: Annotated[Word, OneOf(IceChannel, "other")] = "other"
    """How it made contact."""
    form: Annotated[Word, OneOf(IceForm, "other")] = "none"
    """The form that came with the contact."""
    requests: Annotated[tuple[Word, ...], OneOf(IceRequest, "other")] = ()
    """What it asked for; may be empty."""
    reply_to: RouteAlias | None = None
    """The route for answers to this contact; without one they go to ICE's own sinks."""
    qualification: Annotated[Word | None, OneOf(Qualification, "none")] = None
    """Which ground of Cal. Gov. Code § 7282.5 applies, if any; counts under profiles from 2018 on."""
    reference: Text | None = None
    """The contact's own number or place in your files."""


class IceCustodyRequest(WireModel):
    """ICE is at the counter and asks for the person."""

    requested_at: Instant
    """When it asked."""
    officer_reference: Text | None = None
    """Identifies the officer in your files."""
    warrant: Annotated[Word, OneOf(IceWarrant, "none")] = "none"
    """The warrant that was shown."""
    reply_to: RouteAlias | None = None
    """The route for answers to this request; without one they go to ICE's own sinks."""
    qualification: Annotated[Word | None, OneOf(Qualification, "none")] = None
    """Which ground of Cal. Gov. Code § 7282.5 applies, if any; counts under profiles from 2018 on."""


class CounselDesignation(WireModel):
    """Who receives the copies that the law gives to counsel, or to one other person named for it."""

    deliver_to: RouteAlias
    """The route for those copies."""


class Arraignment(WireModel):
    """The court has taken over without a move, by video."""

    arraigned_at: Instant
    """When the person was arraigned."""


class Return(WireModel):
    """The person is back from court or elsewhere."""

    returned_at: Instant
    """When the person came back."""
    arraigned: bool
    """Whether the person was arraigned: if not, the clock goes on."""
