"""What upstream systems send the clock: every inbound event type, each a class.

No event pauses, suspends or extends a clock, and none may be added. The text of a class says what its event
does, and is published with the schemas.
"""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self, Union

from pydantic import Field

from events import corrections, facts
from events.envelope import Envelope, WireModel


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

    Events that were waiting for the booking are applied with it. If it is past its deadline when it arrives,
    the watch is alarmed (`late_on_arrival`), and the person is released after a minute of grace. A second one
    for the same number changes nothing: with other content (`booking_conflict`), or for a record that is
    released or closed (`booking_again`), the watch is alarmed.
    """

    type: Literal["custody.booking.created.v1"] = "custody.booking.created.v1"
    data: facts.BookingFacts


class BookingAmended(Inbound):
    """Recomputes every limit from the corrected booking.

    A later deadline is an alarm (`deadline_moved_later`). After a contact by ICE no amendment moves it past
    the ceiling: that part is refused, and the watch is alarmed (`later_deadline_refused`). After a release
    it can only set the entitlement earlier.
    """

    type: Literal["custody.booking.amended.v1"] = "custody.booking.amended.v1"
    data: corrections.Amendment


class BookingVoided(Inbound):
    """Closes a held record: the booking should never have been made."""

    type: Literal["custody.booking.voided.v1"] = "custody.booking.voided.v1"
    data: facts.Voiding


class BailPosted(Inbound):
    """Releases a held person now, whether ICE has made contact or not.

    After a release, an earlier instant corrects the entitlement; there is no second release.
    """

    type: Literal["custody.bail.posted.v1"] = "custody.bail.posted.v1"
    data: facts.BailPosting


class ReleaseOrdered(Inbound):
    """Releases a held person now, whether ICE has made contact or not.

    After a release, an earlier instant corrects the entitlement; there is no second release.
    """

    type: Literal["custody.release.ordered.v1"] = "custody.release.ordered.v1"
    data: facts.ReleaseOrdering


class ProbableCauseDetermined(Inbound):
    """`found` ends the limits that await the finding; `not_found` releases a held person now.

    The deadline is then the next limit's, which is later; after a contact by ICE never past the ceiling. A
    finding made after those limits had expired is recorded and does not bring them back.
    """

    type: Literal["custody.probable_cause.determined.v1"] = "custody.probable_cause.determined.v1"
    data: facts.ProbableCauseFinding


class PersonTransferred(Inbound):
    """Closes a held record, since another authority holds the person. At a hospital the clock runs on.

    A destination that is not on the list counts as a hospital. For a person who was released already, a
    transfer counts as the departure.
    """

    type: Literal["custody.person.transferred.v1"] = "custody.person.transferred.v1"
    data: facts.Transfer


class PersonEscaped(Inbound):
    """Closes a held record: nobody is held any more."""

    type: Literal["custody.person.escaped.v1"] = "custody.person.escaped.v1"
    data: facts.Occurrence


class PersonDied(Inbound):
    """Closes a held record: nobody is held any more."""

    type: Literal["custody.person.died.v1"] = "custody.person.died.v1"
    data: facts.Occurrence


class PersonDeparted(Inbound):
    """The person has left the building: no release is reported as overdue from then on.

    While the person is still held, the watch is alarmed (`departed_while_held`) and the clock runs on.
    """

    type: Literal["custody.person.departed.v1"] = "custody.person.departed.v1"
    data: facts.Departure


class HoldPlaced(Inbound):
    """Another authority has placed a hold: the release order names it. It moves no limit.

    After the release order, `custody.release.authority_changed.v1` reports it.
    """

    type: Literal["custody.hold.placed.v1"] = "custody.hold.placed.v1"
    data: facts.Hold


class HoldLifted(Inbound):
    """Another authority has lifted its hold, given by its `hold_id`: the release order no longer names it.

    An id that matches no hold is an alarm (`hold_unknown`).
    """

    type: Literal["custody.hold.lifted.v1"] = "custody.hold.lifted.v1"
    data: facts.LiftedHold


class WarrantCheckCompleted(Inbound):
    """Recorded and shown. It is no contact by ICE, and no notice follows from it."""

    type: Literal["custody.warrant_check.completed.v1"] = "custody.warrant_check.completed.v1"
    data: facts.WarrantCheck


class IceContacted(Inbound):
    """ICE is sent the release date, whatever it asked for. A request to hold is declined.

    Profiles from 2018 on give the date only if it is public or the contact qualifies. The first contact while
    the person is held fixes the ceiling: a finding of probable cause may move a deadline up to it, not past.
    """

    type: Literal["custody.ice.contacted.v1"] = "custody.ice.contacted.v1"
    data: facts.IceContact


class IceCustodyRequested(Inbound):
    """Hands the person over while held and before the deadline, and closes the record.

    Judged when it is processed. If it is refused, the watch is alarmed (`custody_refused`); one more than 15
    minutes old is a contact only (`custody_request_expired`). Profiles from 2018 on also need a judicial
    warrant or a qualifying conviction. It counts as a contact by ICE too.
    """

    type: Literal["custody.ice.custody_requested.v1"] = "custody.ice.custody_requested.v1"
    data: facts.IceCustodyRequest


class CounselDesignated(Inbound):
    """Names the route for the copies that the law gives to counsel. A later one replaces it."""

    type: Literal["custody.counsel.designated.v1"] = "custody.counsel.designated.v1"
    data: facts.CounselDesignation


class PersonArraigned(Inbound):
    """Closes a held record: the court has taken over without a move, by video."""

    type: Literal["custody.person.arraigned.v1"] = "custody.person.arraigned.v1"
    data: facts.Arraignment


class PersonReturned(Inbound):
    """The person is back. Unless arraigned, the record that a transfer closed is held again.

    It has the deadline that it had; whoever is past it is released at once. With `arraigned` true the return
    is recorded only.
    """

    type: Literal["custody.person.returned.v1"] = "custody.person.returned.v1"
    data: facts.Return


class BookingReinstated(Inbound):
    """Undoes a void, a transfer, an escape or a death: the person is held again.

    The record has the deadline and the ceiling that it had. A release is never undone.
    """

    type: Literal["custody.booking.reinstated.v1"] = "custody.booking.reinstated.v1"
    data: corrections.Reinstatement


class BookingRenumbered(Inbound):
    """The clock goes on under the new number, with the deadline, the ceiling and all that was known.

    Of two bookings that are merged the earlier deadline and the lower ceiling stand. What arrives for the old
    number later counts for the new one.
    """

    type: Literal["custody.booking.renumbered.v1"] = "custody.booking.renumbered.v1"
    data: corrections.Renumbering


class IceContactWithdrawn(Inbound):
    """ICE has lifted its request: from here on that route is sent nothing. The ceiling stays."""

    type: Literal["custody.ice.contact_withdrawn.v1"] = "custody.ice.contact_withdrawn.v1"
    data: corrections.ContactWithdrawal


class CustodyCarried(Inbound):
    """Hands the custody of a renumbered booking to its new number. Only the clock itself writes it."""

    type: Literal["custody.custody.carried.v1"] = "custody.custody.carried.v1"
    data: corrections.CarriedCustody


INBOUND_TYPES: Final[tuple[type[Inbound], ...]] = tuple(
    event for event in Inbound.__subclasses__() if event is not CustodyCarried
)
"""Every inbound type. The union, the schemas, the event page and the tests are made from this list."""

InboundEvent: Final[Any] = Annotated[Union[(*INBOUND_TYPES, CustodyCarried)], Field(discriminator="type")]
"""What pydantic reads an inbound event as: the type that its `type` names."""
