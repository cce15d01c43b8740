"""What the clock sends: every outbound event type, each a class.

The text of a class says when its event is sent, and is published with the schemas.
"""

from typing import Annotated, Any, Final, Literal, Union

from pydantic import Field

from events.envelope import Envelope, RouteAlias
from events.instants import Instant
from events.notices import (
    Alarm,
    AlarmCode,
    ApproachingRelease,
    AuthorityChange,
    CloseBasis,
    Closure,
    DeclinedRequest,
    DeclineReason,
    HoldAnswer,
    LateCause,
    OverdueRelease,
    ReleaseBasis,
    ReleaseDate,
    ReleaseOrder,
    RemainingAuthority,
    ServedRequest,
)

__all__ = [
    "OUTBOUND_TYPES",
    "SOURCE",
    "Alarm",
    "AlarmCode",
    "ApproachingRelease",
    "AuthorityChange",
    "ClockAlarmed",
    "CloseBasis",
    "Closure",
    "DeclineReason",
    "DeclinedRequest",
    "HoldAnswer",
    "IceReleaseDateGiven",
    "IceRequestDeclined",
    "LateCause",
    "Outbound",
    "OutboundEvent",
    "OverdueRelease",
    "RecordClosed",
    "RecordReleased",
    "ReleaseApproaching",
    "ReleaseAuthorityChanged",
    "ReleaseBasis",
    "ReleaseDate",
    "ReleaseOrder",
    "ReleaseOverdue",
    "RemainingAuthority",
    "ServedRequest",
    "SubjectIceRequestServed",
    "SubjectReleaseDateGiven",
]

SOURCE: Final = "urn:custody:clock"


class Outbound(Envelope):
    """An outbound event: an envelope with an audience and, for some, a route."""

    time: Instant
    """When it was committed: the store's time."""
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


class ReleaseAuthorityChanged(Outbound):
    """Sent when a hold is placed or lifted after the release order."""

    type: Literal["custody.release.authority_changed.v1"] = "custody.release.authority_changed.v1"
    audience: Literal["jms"] = "jms"
    data: AuthorityChange


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


OUTBOUND_TYPES: Final[tuple[type[Outbound], ...]] = tuple(Outbound.__subclasses__())
"""Every outbound type. The union, the schemas, the event page and the tests are made from this list."""

OutboundEvent: Final[Any] = Annotated[Union[OUTBOUND_TYPES], Field(discriminator="type")]  # noqa: UP007 (a tuple)
"""What pydantic reads an outbound event as: the type that its `type` names."""
