"""What upstream systems tell the clock: every inbound event type, as a discriminated union.

There is no field for immigration status, citizenship, birthplace, ethnicity, descent or a name, and no event
that pauses, suspends or extends a clock. The clock cannot be told, so it cannot act on it.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, StringConstraints

from events.envelope import Envelope, RouteAlias, Text, WireModel
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
Statute = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x20-\x7e]+$")]
HoldId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]


class Charge(WireModel):
    """One charge of a booking. It never moves a deadline."""

    statute: Statute
    level: ChargeLevel
    description: Text | None = None


class BookingFacts(WireModel):
    """What a booking says: who holds the person, where, since when, on what."""

    agency: Text
    facility: Text
    arrested_at: Instant
    booked_at: Instant
    arrest_kind: ArrestKind
    charges: tuple[Charge, ...]


class Amendment(WireModel):
    """The fields of a booking that change, and why."""

    agency: Text | None = None
    facility: Text | None = None
    arrested_at: Instant | None = None
    booked_at: Instant | None = None
    arrest_kind: ArrestKind | None = None
    charges: tuple[Charge, ...] | None = None
    reason: Literal["clerical_error", "identity_corrected", "charges_changed"]

    def changes(self) -> dict[str, Any]:
        """The fields of the booking that this amendment sets, with their new values."""
        return {
            name: value for name in BookingFacts.model_fields if (value := getattr(self, name)) is not None
        }


class Voiding(WireModel):
    """Why a booking should never have been."""

    reason: Literal["mistaken", "duplicate"]


class BailPosting(WireModel):
    """Bail was posted: the person goes."""

    posted_at: Instant
    kind: Literal["cash", "bond"]


class ReleaseOrdering(WireModel):
    """Somebody with authority ordered the release."""

    ordered_at: Instant
    basis: OrderBasis
    reference: Text | None = None


class ProbableCauseFinding(WireModel):
    """A magistrate's finding on probable cause."""

    determined_at: Instant
    outcome: Literal["found", "not_found"]


class Transfer(WireModel):
    """The person was moved. A hospital stay is still this agency's custody."""

    transferred_at: Instant
    to: Literal["court", "sheriff", "other_agency", "hospital"]
    reference: Text | None = None


class Occurrence(WireModel):
    """An escape or a death: only when."""

    at: Instant


class Departure(WireModel):
    """The person has physically left the building."""

    departed_at: Instant


class Hold(WireModel):
    """Another lawful authority's hold. It never moves a limit; a release order names it."""

    hold_id: HoldId
    kind: HoldKind
    reference: Text


class WarrantCheck(WireModel):
    """The routine warrant check, which notifies federal systems by itself. No contact by ICE."""

    completed_at: Instant
    federal_notified: bool


class IceContact(WireModel):
    """ICE made contact. It is told the release date; a request to hold is declined."""

    contacted_at: Instant
    channel: Literal["phone", "fax", "teletype", "email", "in_person"]
    form: IceForm
    requests: tuple[IceRequest, ...]
    reply_to: RouteAlias
    qualification: Qualification | None = None
    reference: Text | None = None


class IceCustodyRequest(WireModel):
    """ICE is at the counter and asks for the person."""

    requested_at: Instant
    officer_reference: Text
    warrant: IceWarrant
    reply_to: RouteAlias
    qualification: Qualification | None = None


class CounselDesignation(WireModel):
    """Who gets the copies that the law gives to counsel or to one person named."""

    deliver_to: RouteAlias


class Inbound(Envelope):
    """An inbound event: an envelope with typed data."""

    data: Any

    @classmethod
    def about(cls, booking: str, data: WireModel, *, id: str, source: str, time: datetime) -> Self:
        """Compose this event about a booking; its `type` is the class's own.

        Raises:
            pydantic.ValidationError: a value that the contract does not allow.
        """
        kind = cls.model_fields["type"].default
        return cls(specversion="1.0", id=id, source=source, type=kind, subject=booking, time=time, data=data)

    def instants(self) -> dict[str, datetime]:
        """The instants in `data`, by field name."""
        return {name: value for name, value in self.data if isinstance(value, datetime)}


class BookingCreated(Inbound):
    """Starts the clock."""

    type: Literal["custody.booking.created.v1"] = "custody.booking.created.v1"
    data: BookingFacts


class BookingAmended(Inbound):
    """Recomputes every limit."""

    type: Literal["custody.booking.amended.v1"] = "custody.booking.amended.v1"
    data: Amendment


class BookingVoided(Inbound):
    """Closes the record."""

    type: Literal["custody.booking.voided.v1"] = "custody.booking.voided.v1"
    data: Voiding


class BailPosted(Inbound):
    """Releases now."""

    type: Literal["custody.bail.posted.v1"] = "custody.bail.posted.v1"
    data: BailPosting


class ReleaseOrdered(Inbound):
    """Releases now."""

    type: Literal["custody.release.ordered.v1"] = "custody.release.ordered.v1"
    data: ReleaseOrdering


class ProbableCauseDetermined(Inbound):
    """`found` ends the limits that wait for it; `not_found` releases now."""

    type: Literal["custody.probable_cause.determined.v1"] = "custody.probable_cause.determined.v1"
    data: ProbableCauseFinding


class PersonTransferred(Inbound):
    """Another authority holds the person, except at a hospital."""

    type: Literal["custody.person.transferred.v1"] = "custody.person.transferred.v1"
    data: Transfer


class PersonEscaped(Inbound):
    """Closes the record."""

    type: Literal["custody.person.escaped.v1"] = "custody.person.escaped.v1"
    data: Occurrence


class PersonDied(Inbound):
    """Closes the record."""

    type: Literal["custody.person.died.v1"] = "custody.person.died.v1"
    data: Occurrence


class PersonDeparted(Inbound):
    """Ends the overdue alarm."""

    type: Literal["custody.person.departed.v1"] = "custody.person.departed.v1"
    data: Departure


class HoldPlaced(Inbound):
    """Another authority's hold, named in the release order."""

    type: Literal["custody.hold.placed.v1"] = "custody.hold.placed.v1"
    data: Hold


class HoldLifted(Inbound):
    """Another authority's hold is no more."""

    type: Literal["custody.hold.lifted.v1"] = "custody.hold.lifted.v1"
    data: Hold


class WarrantCheckCompleted(Inbound):
    """Recorded and shown; not a contact."""

    type: Literal["custody.warrant_check.completed.v1"] = "custody.warrant_check.completed.v1"
    data: WarrantCheck


class IceContacted(Inbound):
    """ICE is told the release date."""

    type: Literal["custody.ice.contacted.v1"] = "custody.ice.contacted.v1"
    data: IceContact


class IceCustodyRequested(Inbound):
    """Handed over while held and before the deadline; refused otherwise."""

    type: Literal["custody.ice.custody_requested.v1"] = "custody.ice.custody_requested.v1"
    data: IceCustodyRequest


class CounselDesignated(Inbound):
    """Names the route for counsel's copies."""

    type: Literal["custody.counsel.designated.v1"] = "custody.counsel.designated.v1"
    data: CounselDesignation


INBOUND_TYPES: tuple[type[Inbound], ...] = (
    BookingCreated,
    BookingAmended,
    BookingVoided,
    BailPosted,
    ReleaseOrdered,
    ProbableCauseDetermined,
    PersonTransferred,
    PersonEscaped,
    PersonDied,
    PersonDeparted,
    HoldPlaced,
    HoldLifted,
    WarrantCheckCompleted,
    IceContacted,
    IceCustodyRequested,
    CounselDesignated,
)

InboundEvent = Annotated[
    BookingCreated
    | BookingAmended
    | BookingVoided
    | BailPosted
    | ReleaseOrdered
    | ProbableCauseDetermined
    | PersonTransferred
    | PersonEscaped
    | PersonDied
    | PersonDeparted
    | HoldPlaced
    | HoldLifted
    | WarrantCheckCompleted
    | IceContacted
    | IceCustodyRequested
    | CounselDesignated,
    Field(discriminator="type"),
]
