"""What the clock sends: every outbound event type, listed once in `OUTBOUND_TYPES`.

The text of a class says when its event is sent, that below a field what the field means; both are published
with the schemas.
"""

from typing import Annotated, Any, Final, Literal, TypeAlias, Union

from pydantic import Field

from events.envelope import Envelope, RouteAlias, Text, WireModel
from events.facts import HoldId, HoldKind, IceForm, IceRequest, OrderBasis
from events.instants import Instant

SOURCE: Final = "urn:custody:clock"

ReleaseBasis: TypeAlias = Literal["deadline", "bail", OrderBasis, "probable_cause_not_found"]
CloseBasis: TypeAlias = Literal["voided", "transferred", "handed_over", "escaped", "died"]
AlarmCode: TypeAlias = Literal[
    "unknown_booking",
    "booking_conflict",
    "later_deadline_refused",
    "custody_refused",
    "departed_while_held",
    "closed_after_contact",
    "unknown_route",
    "clock_skew",
    "intake_stalled",
    "event_set_aside",
    "held_without_clock",
]
HoldAnswer: TypeAlias = Literal["none", "declined"]
DeclineReason: TypeAlias = Literal[
    "already_released", "not_in_custody", "release_date_not_public", "judicial_authority_required"
]
LateCause: TypeAlias = Literal["learned_late", "clock_late"]


class RemainingAuthority(WireModel):
    """A hold that remains when the clock's own authority ends."""

    hold_id: HoldId
    """The id that was reported with it."""
    kind: HoldKind
    """What the hold rests on."""
    reference: Text
    """The warrant or order behind it, as reported."""


class ReleaseOrder(WireModel):
    """The order to release."""

    released_at: Instant
    """The store's time in the commit that released the person."""
    entitled_at: Instant
    """From when on the person was entitled to release: the deadline, or what ended custody before it."""
    basis: ReleaseBasis
    """Why the person is released."""
    governing_limit: str | None = None
    """The limit that set the deadline; only where `basis` is `deadline`."""
    remaining_authority: tuple[RemainingAuthority, ...] = ()
    """Holds of other authorities: whoever carries the order out decides on them."""


class Closure(WireModel):
    """The record was closed without a release."""

    closed_at: Instant
    """The store's time in the commit that closed the record."""
    basis: CloseBasis
    """Why it was closed."""


class ApproachingRelease(WireModel):
    """A release is near: time to prepare it."""

    release_at: Instant
    """The deadline."""
    remaining_minutes: int = Field(ge=0)
    """Minutes until then, rounded up."""


class OverdueRelease(WireModel):
    """A released person is still in the building, or a release came late."""

    entitled_at: Instant
    """From when on the person was entitled to release."""
    overdue_minutes: int = Field(ge=0)
    """Whole minutes since then."""
    fired_late: bool = False
    """Whether the release itself came late; otherwise the person has not departed."""
    cause: LateCause | None = None
    """Why it came late: the clock heard of it late, or was late itself. Only with `fired_late`."""


class Alarm(WireModel):
    """Something that a person has to look at."""

    code: AlarmCode
    """What is wrong; each code has its runbook."""
    detail: Text
    """The same in words, with the booking number where there is one."""


class ReleaseDate(WireModel):
    """The release date, or what became of it."""

    status: Literal["scheduled", "approaching", "released", "withdrawn"]
    """What is reported; only the instant that goes with it is given."""
    release_at: Instant | None = None
    """The deadline, with `scheduled` and `approaching`."""
    released_at: Instant | None = None
    """When the person was released, with `released`."""
    closed_at: Instant | None = None
    """When the record was closed without a release, with `withdrawn`."""
    hold_request: HoldAnswer
    """`declined` if a hold was asked for on this route."""


class DeclinedRequest(WireModel):
    """Why ICE is given no date, or no person."""

    reason: DeclineReason
    """Why the request is declined."""


class ServedRequest(WireModel):
    """A copy of ICE's request for the person it is about (Cal. Gov. Code § 7283.1(b))."""

    form: IceForm
    """The form that came with the contact."""
    requests: tuple[IceRequest, ...]
    """What ICE asked for."""
    contacted_at: Instant
    """When ICE made contact."""
    will_comply: bool
    """Whether the agency will do everything that was asked for."""


class Outbound(Envelope):
    """An outbound event: an envelope with an audience and, for some, a route."""

    audience: str
    """Whom the event is for."""
    route: RouteAlias | None = None
    """The route it takes, where an inbound event named one in `reply_to` or `deliver_to`."""
    data: Any


class RecordReleased(Outbound):
    """Sent in the commit that releases the person: the order that people carry out."""

    type: Literal["custody.record.released.v1"] = "custody.record.released.v1"
    audience: Literal["jms"] = "jms"
    data: ReleaseOrder


class RecordClosed(Outbound):
    """Sent when a record is closed without a release."""

    type: Literal["custody.record.closed.v1"] = "custody.record.closed.v1"
    audience: Literal["jms"] = "jms"
    data: Closure


class ReleaseApproaching(Outbound):
    """Sent 12 h, 4 h and 1 h before the deadline, unless that moment has passed when the deadline is set."""

    type: Literal["custody.release.approaching.v1"] = "custody.release.approaching.v1"
    audience: Literal["watch"] = "watch"
    data: ApproachingRelease


class ReleaseOverdue(Outbound):
    """Sent when a released person has not departed, or when a release came late.

    Without a departure: 30 min, 2 h, 4 h, 12 h and 24 h after the release. Late: in the commit that releases,
    if that is more than 60 s after the entitlement (`fired_late`).
    """

    type: Literal["custody.release.overdue.v1"] = "custody.release.overdue.v1"
    audience: Literal["watch"] = "watch"
    data: OverdueRelease


class ClockAlarmed(Outbound):
    """Sent when a person has to look at something."""

    type: Literal["custody.clock.alarmed.v1"] = "custody.clock.alarmed.v1"
    audience: Literal["watch"] = "watch"
    data: Alarm


class IceReleaseDateGiven(Outbound):
    """Sent to ICE after it made contact, and never before.

    On the contact, whenever the date changes, at the release, and when the record is closed without one. For
    a violent felony also 12 h, 4 h and 1 h before the deadline, under profiles with active assistance.
    """

    type: Literal["custody.ice.release_date_given.v1"] = "custody.ice.release_date_given.v1"
    audience: Literal["ice"] = "ice"
    data: ReleaseDate


class IceRequestDeclined(Outbound):
    """Sent to ICE when it is given no date, or no person."""

    type: Literal["custody.ice.request_declined.v1"] = "custody.ice.request_declined.v1"
    audience: Literal["ice"] = "ice"
    data: DeclinedRequest


class SubjectIceRequestServed(Outbound):
    """Serves the person, and counsel where one is named, a copy of ICE's request.

    Under profiles from 2017 on, when a contact asks for something or comes with a form I-247.
    """

    type: Literal["custody.subject.ice_request_served.v1"] = "custody.subject.ice_request_served.v1"
    audience: Literal["subject", "counsel"]
    data: ServedRequest


class SubjectReleaseDateGiven(Outbound):
    """Sent to the person, and to counsel where one is named, with each notice of a date to ICE.

    Under profiles from 2017 on; the data is that of the notice.
    """

    type: Literal["custody.subject.release_date_given.v1"] = "custody.subject.release_date_given.v1"
    audience: Literal["subject", "counsel"]
    data: ReleaseDate


OUTBOUND_TYPES: Final[tuple[type[Outbound], ...]] = (
    RecordReleased,
    RecordClosed,
    ReleaseApproaching,
    ReleaseOverdue,
    ClockAlarmed,
    IceReleaseDateGiven,
    IceRequestDeclined,
    SubjectIceRequestServed,
    SubjectReleaseDateGiven,
)
"""Every outbound type. The union, the schemas, the event page and the tests are made from this list."""

OutboundEvent: Final[Any] = Annotated[Union[OUTBOUND_TYPES], Field(discriminator="type")]  # noqa: UP007 (a tuple)
"""What pydantic reads an outbound event as: the type that its `type` names."""
