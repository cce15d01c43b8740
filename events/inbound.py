"""What upstream systems tell the clock: every inbound event type, as a discriminated union.

No event pauses, suspends or extends a clock. There is none, and none may be added.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from events.envelope import Envelope, WireModel
from events.facts import (
    Amendment,
    BailPosting,
    BookingFacts,
    CounselDesignation,
    Departure,
    Hold,
    IceContact,
    IceCustodyRequest,
    Occurrence,
    ProbableCauseFinding,
    ReleaseOrdering,
    Transfer,
    Voiding,
    WarrantCheck,
)


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
        return {name: value for name, value in vars(self.data).items() if isinstance(value, datetime)}


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
