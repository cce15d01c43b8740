"""What the clock tells others: every outbound event type, as a discriminated union."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from events.envelope import Envelope, RouteAlias, Text, WireModel
from events.facts import HoldId, HoldKind, IceForm, IceRequest
from events.instants import Instant

SOURCE: Final = "urn:custody:clock"

ReleaseBasis: TypeAlias = Literal[
    "deadline",
    "bail",
    "own_recognizance",
    "citation",
    "no_charges",
    "insufficient_grounds",
    "court_order",
    "other",
    "probable_cause_not_found",
]
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
    kind: HoldKind
    reference: Text


class ReleaseOrder(WireModel):
    """The order to release. `released_at` is the store's time in the commit that released."""

    released_at: Instant
    entitled_at: Instant
    basis: ReleaseBasis
    governing_limit: str | None = None
    remaining_authority: tuple[RemainingAuthority, ...] = ()


class Closure(WireModel):
    """The record was closed without a release."""

    closed_at: Instant
    basis: CloseBasis


class ApproachingRelease(WireModel):
    """A release is near: the watch prepares it."""

    release_at: Instant
    remaining_minutes: int = Field(ge=0)


class OverdueRelease(WireModel):
    """A released person is still in the building, or a release came late."""

    entitled_at: Instant
    overdue_minutes: int = Field(ge=0)
    fired_late: bool = False
    cause: LateCause | None = None


class Alarm(WireModel):
    """Something that a person has to look at."""

    code: AlarmCode
    detail: Text


class ReleaseDate(WireModel):
    """The release date, or what became of it."""

    status: Literal["scheduled", "approaching", "released", "withdrawn"]
    release_at: Instant | None = None
    released_at: Instant | None = None
    closed_at: Instant | None = None
    hold_request: HoldAnswer


class DeclinedRequest(WireModel):
    """Why ICE gets no date, or no person."""

    reason: DeclineReason


class ServedRequest(WireModel):
    """A copy of ICE's request for the person it is about (Gov. Code § 7283.1(b))."""

    form: IceForm
    requests: tuple[IceRequest, ...]
    contacted_at: Instant
    will_comply: bool


class Outbound(Envelope):
    """An outbound event: an envelope with an audience and, for some, a route."""

    audience: str
    route: RouteAlias | None = None
    data: Any


class RecordReleased(Outbound):
    """The release order."""

    type: Literal["custody.record.released.v1"] = "custody.record.released.v1"
    audience: Literal["jms"] = "jms"
    data: ReleaseOrder


class RecordClosed(Outbound):
    """The record was closed without a release."""

    type: Literal["custody.record.closed.v1"] = "custody.record.closed.v1"
    audience: Literal["jms"] = "jms"
    data: Closure


class ReleaseApproaching(Outbound):
    """12 h, 4 h and 1 h before the deadline."""

    type: Literal["custody.release.approaching.v1"] = "custody.release.approaching.v1"
    audience: Literal["watch"] = "watch"
    data: ApproachingRelease


class ReleaseOverdue(Outbound):
    """A released person has not departed, or a release came late."""

    type: Literal["custody.release.overdue.v1"] = "custody.release.overdue.v1"
    audience: Literal["watch"] = "watch"
    data: OverdueRelease


class ClockAlarmed(Outbound):
    """Something that a person has to look at."""

    type: Literal["custody.clock.alarmed.v1"] = "custody.clock.alarmed.v1"
    audience: Literal["watch"] = "watch"
    data: Alarm


class IceReleaseDateGiven(Outbound):
    """The date, given to ICE because it asked."""

    type: Literal["custody.ice.release_date_given.v1"] = "custody.ice.release_date_given.v1"
    audience: Literal["ice"] = "ice"
    data: ReleaseDate


class IceRequestDeclined(Outbound):
    """ICE asked, and gets no date or no person."""

    type: Literal["custody.ice.request_declined.v1"] = "custody.ice.request_declined.v1"
    audience: Literal["ice"] = "ice"
    data: DeclinedRequest


class SubjectIceRequestServed(Outbound):
    """The person is served a copy of ICE's request."""

    type: Literal["custody.subject.ice_request_served.v1"] = "custody.subject.ice_request_served.v1"
    audience: Literal["subject", "counsel"]
    data: ServedRequest


class SubjectReleaseDateGiven(Outbound):
    """The twin of a notice given to ICE, for the person and for counsel."""

    type: Literal["custody.subject.release_date_given.v1"] = "custody.subject.release_date_given.v1"
    audience: Literal["subject", "counsel"]
    data: ReleaseDate


OUTBOUND_TYPES: tuple[type[Outbound], ...] = (
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

OutboundEvent = Annotated[
    RecordReleased
    | RecordClosed
    | ReleaseApproaching
    | ReleaseOverdue
    | ClockAlarmed
    | IceReleaseDateGiven
    | IceRequestDeclined
    | SubjectIceRequestServed
    | SubjectReleaseDateGiven,
    Field(discriminator="type"),
]
