"""The data of inbound events: what can be said about a booking.

There is no field for immigration status, citizenship, birthplace, ethnicity, descent or a name. The clock
cannot be told, so it cannot act on it.
"""

from typing import Annotated, Any, Literal, TypeAlias

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
HoldId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]


class Charge(WireModel):
    """One charge of a booking. It never moves a deadline."""

    statute: Statute
    level: ChargeLevel
    description: str | None = None


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
