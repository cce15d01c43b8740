"""The data of inbound events that set right what was reported before.

The text below a field is its meaning, and is published with the schemas.
"""

from typing import Annotated, Any, Literal, TypeAlias

from events.envelope import BookingNumber, RouteAlias, Text, WireModel
from events.facts import ArrestKind, BookingFacts, Charge
from events.instants import Instant
from events.words import OneOf, Word

AmendmentReason: TypeAlias = Literal["clerical_error", "identity_corrected", "charges_changed"]
ReinstatementReason: TypeAlias = Literal["voided_in_error", "entered_in_error"]
RenumberingReason: TypeAlias = Literal["renumbered", "merged"]


class Amendment(WireModel):
    """The booking's fields that change, and why. A field that is left out keeps its value."""

    agency: Text | None = None
    """The corrected agency."""
    facility: Text | None = None
    """The corrected facility."""
    arrested_at: Instant | None = None
    """The corrected instant of the arrest."""
    booked_at: Instant | None = None
    """The corrected instant of the booking."""
    arrest_kind: Annotated[Word | None, OneOf(ArrestKind, "warrantless")] = None
    """The corrected kind of arrest."""
    charges: tuple[Charge, ...] | None = None
    """All charges as they are now: the list replaces the earlier one."""
    reason: Annotated[Word | None, OneOf(AmendmentReason, "other")] = None
    """Why the booking is amended."""

    def changes(self) -> dict[str, Any]:
        """The fields of the booking that this amendment sets, with their new values."""
        return {
            name: value for name in BookingFacts.model_fields if (value := getattr(self, name)) is not None
        }


class Reinstatement(WireModel):
    """An end of custody was entered in error."""

    reason: Annotated[Word | None, OneOf(ReinstatementReason, "other")] = None
    """What was wrong."""


class Renumbering(WireModel):
    """The booking goes on under another number."""

    new_number: BookingNumber
    """The number from now on."""
    reason: Annotated[Word | None, OneOf(RenumberingReason, "other")] = None
    """Whether the number was changed, or two bookings are one."""


class ContactWithdrawal(WireModel):
    """ICE has lifted its request."""

    withdrawn_at: Instant
    """When it lifted the request."""
    reply_to: RouteAlias | None = None
    """The route that is sent nothing from now on; every route if it is left out."""


class CarriedCustody(WireModel):
    """The custody of a booking that was renumbered, as the clock hands it to the new number."""

    record: str
    """The record under the old number, as stored."""
