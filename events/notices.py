"""The data of outbound events: everything that the clock says about a booking.

The text below a field is its meaning, and is published with the schemas.
"""

from typing import Literal, TypeAlias

from pydantic import Field

from events.envelope import Text, WireModel
from events.facts import HoldId, OrderBasis
from events.instants import Instant
from events.words import Word

ReleaseBasis: TypeAlias = Literal["deadline", "bail", OrderBasis, "probable_cause_not_found"]
CloseBasis: TypeAlias = Literal[
    "voided", "transferred", "arraigned", "handed_over", "escaped", "died", "renumbered"
]
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
    "events_lost",
    "records_vanished",
    "held_without_clock",
    "profile_missing",
    "event_refused",
    "event_conflict",
    "booking_again",
    "end_in_doubt",
    "time_doubtful",
    "word_unknown",
    "field_removed",
    "hold_unknown",
    "late_on_arrival",
    "deadline_moved_later",
    "custody_request_expired",
    "roster_mismatch",
    "key_set_aside",
    "notice_undelivered",
    "notices_waiting",
    "sink_disabled",
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
    kind: Word
    """What the hold rests on, as reported."""
    reference: Text | None = None
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


class AuthorityChange(WireModel):
    """The holds that remain have changed since the release order."""

    released_at: Instant
    """When the person was released."""
    remaining_authority: tuple[RemainingAuthority, ...]
    """The holds of other authorities as they are now."""


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
    sink: str | None = None
    """The sink that the alarm is about; the alarm goes by others."""
    source: str | None = None
    """The system whose event it is about."""
    event_type: str | None = None
    """The type of that event."""


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

    form: Word
    """The form that came with the contact."""
    requests: tuple[Word, ...]
    """What ICE asked for."""
    contacted_at: Instant
    """When ICE made contact."""
    will_comply: bool
    """Whether the agency will do everything that was asked for."""
