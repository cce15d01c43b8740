"""What upstream systems send the clock: every inbound event type, listed once in `INBOUND_TYPES`.

No event pauses, suspends or extends a clock, and none may be added. The text of a class says what its event
does, and is published with the schemas.
"""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self, Union

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
        """Compose an event of this type about a booking.

        Raises:
            pydantic.ValidationError: a value breaks the contract.
        """
        kind = cls.model_fields["type"].default
        return cls(specversion="1.0", id=id, source=source, type=kind, subject=booking, time=time, data=data)

    def instants(self) -> dict[str, datetime]:
        """The instants in `data`, by field name."""
        return {name: value for name, value in vars(self.data).items() if isinstance(value, datetime)}


class BookingCreated(Inbound):
    """Starts the clock.

    Events that were waiting for the booking are applied with it; if the deadline has already passed, the
    person is released at once. A second one for the same number changes nothing: if its content is not equal
    to the first, the watch is alarmed (`booking_conflict`).
    """

    type: Literal["custody.booking.created.v1"] = "custody.booking.created.v1"
    data: BookingFacts


class BookingAmended(Inbound):
    """Recomputes every limit from the corrected booking.

    After a contact by ICE no amendment moves the deadline past the ceiling: that part is refused, and the
    watch is alarmed (`later_deadline_refused`). After a release it can only set the entitlement earlier.
    """

    type: Literal["custody.booking.amended.v1"] = "custody.booking.amended.v1"
    data: Amendment


class BookingVoided(Inbound):
    """Closes a held record: the booking should never have been made."""

    type: Literal["custody.booking.voided.v1"] = "custody.booking.voided.v1"
    data: Voiding


class BailPosted(Inbound):
    """Releases a held person now, whether ICE has made contact or not.

    After a release, an earlier instant corrects the entitlement; there is no second release.
    """

    type: Literal["custody.bail.posted.v1"] = "custody.bail.posted.v1"
    data: BailPosting


class ReleaseOrdered(Inbound):
    """Releases a held person now, whether ICE has made contact or not.

    After a release, an earlier instant corrects the entitlement; there is no second release.
    """

    type: Literal["custody.release.ordered.v1"] = "custody.release.ordered.v1"
    data: ReleaseOrdering


class ProbableCauseDetermined(Inbound):
    """`found` ends the limits that await the finding; `not_found` releases a held person now.

    A finding made after those limits had expired is recorded and does not bring them back.
    """

    type: Literal["custody.probable_cause.determined.v1"] = "custody.probable_cause.determined.v1"
    data: ProbableCauseFinding


class PersonTransferred(Inbound):
    """Closes a held record, since another authority holds the person. At a hospital the clock runs on.

    For a person who was already released it counts as the departure.
    """

    type: Literal["custody.person.transferred.v1"] = "custody.person.transferred.v1"
    data: Transfer


class PersonEscaped(Inbound):
    """Closes a held record: nobody is held any more."""

    type: Literal["custody.person.escaped.v1"] = "custody.person.escaped.v1"
    data: Occurrence


class PersonDied(Inbound):
    """Closes a held record: nobody is held any more."""

    type: Literal["custody.person.died.v1"] = "custody.person.died.v1"
    data: Occurrence


class PersonDeparted(Inbound):
    """The person has left the building: no release is reported as overdue from then on.

    While the person is still held, the watch is alarmed (`departed_while_held`) and the clock runs on.
    """

    type: Literal["custody.person.departed.v1"] = "custody.person.departed.v1"
    data: Departure


class HoldPlaced(Inbound):
    """Another authority has placed a hold: the release order names it. It moves no limit."""

    type: Literal["custody.hold.placed.v1"] = "custody.hold.placed.v1"
    data: Hold


class HoldLifted(Inbound):
    """Another authority has lifted its hold, given by its `hold_id`: the release order no longer names it."""

    type: Literal["custody.hold.lifted.v1"] = "custody.hold.lifted.v1"
    data: Hold


class WarrantCheckCompleted(Inbound):
    """Recorded and shown. It is no contact by ICE, and no notice follows from it."""

    type: Literal["custody.warrant_check.completed.v1"] = "custody.warrant_check.completed.v1"
    data: WarrantCheck


class IceContacted(Inbound):
    """ICE is sent the release date, whatever it asked for. A request to hold is declined.

    Profiles from 2018 on give the date only if it is public or the contact qualifies. The first contact while
    the person is held fixes the ceiling: nothing sets a deadline past it.
    """

    type: Literal["custody.ice.contacted.v1"] = "custody.ice.contacted.v1"
    data: IceContact


class IceCustodyRequested(Inbound):
    """Hands the person over while held and before the deadline, and closes the record.

    Otherwise it is refused and the watch is alarmed (`custody_refused`). Profiles from 2018 on also need a
    judicial warrant or a qualifying conviction. It counts as a contact by ICE too.
    """

    type: Literal["custody.ice.custody_requested.v1"] = "custody.ice.custody_requested.v1"
    data: IceCustodyRequest


class CounselDesignated(Inbound):
    """Names the route for the copies that the law gives to counsel. A later one replaces it."""

    type: Literal["custody.counsel.designated.v1"] = "custody.counsel.designated.v1"
    data: CounselDesignation


INBOUND_TYPES: Final[tuple[type[Inbound], ...]] = (
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
"""Every inbound type. The union, the schemas, the event page and the tests are made from this list."""

InboundEvent: Final[Any] = Annotated[Union[INBOUND_TYPES], Field(discriminator="type")]  # noqa: UP007 (a tuple)
"""What pydantic reads an inbound event as: the type that its `type` names."""
