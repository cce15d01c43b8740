"""The words that people read: the tables for limits, bases, states, outcomes, alarms and events.

Names such as `cap_72h` are for programs. A few words are where they are used: those of an entry's details in
`journal_words`, a picture's in `limits_bars` and `limits_picture`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from events.facts import HoldKind
from events.outbound import AlarmCode, CloseBasis, DeclineReason, LateCause, ReleaseBasis
from events.parse import RejectReason
from worker.custody.record import State
from worker.custody.transition import Outcome

LIMITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "court_48h": "48 court hours",
        "cap_72h": "72-hour limit",
        "pc_determination_48h": "48 hours for probable cause",
        "pc_825": "arraignment limit, § 825",
        "second_court_day": "second court day",
        "type1_96h": "96-hour limit of the jail",
        "detainer_48h": "48 hours of an ICE detainer, never granted",
    }
)
"""Every limit, by name."""

STATES: Final[Mapping[State, str]] = MappingProxyType(
    {
        "awaiting_booking": "waiting for its booking",
        "held": "held",
        "released": "released",
        "closed": "closed",
    }
)

ARREST_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"warrantless": "without a warrant", "warrant": "on a warrant"}
)

BASES: Final[Mapping[ReleaseBasis | CloseBasis, str]] = MappingProxyType(
    {
        "deadline": "deadline reached",
        "bail": "bail posted",
        "own_recognizance": "own recognizance",
        "citation": "citation",
        "no_charges": "no charges filed",
        "insufficient_grounds": "insufficient grounds",
        "court_order": "court order",
        "other": "release ordered",
        "probable_cause_not_found": "no probable cause",
        "voided": "booking voided",
        "transferred": "transferred",
        "arraigned": "arraigned",
        "handed_over": "handed over to ICE",
        "escaped": "escaped",
        "died": "died",
        "renumbered": "goes on under another number",
    }
)
"""Why custody ended."""

OUTCOMES: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.KEPT_UNTIL_BOOKING: "kept until the booking arrives",
        Outcome.CLOCK_STARTED: "booked; the clock started",
        Outcome.BOOKING_CONFLICT: "booked again with other details; the first report stands",
        Outcome.AMENDED: "booking amended",
        Outcome.LATER_DEADLINE_REFUSED: "amended; a later deadline was refused",
        Outcome.PROBABLE_CAUSE_FOUND: "probable cause found",
        Outcome.RELEASED: "released",
        Outcome.ENTITLEMENT_CORRECTED: "entitlement corrected to an earlier time",
        Outcome.CLOSED: "record closed",
        Outcome.DEPARTED: "left the building",
        Outcome.DEPARTED_WHILE_HELD: "reported gone while still held",
        Outcome.AT_HOSPITAL: "at a hospital; the clock runs on",
        Outcome.HOLD_PLACED: "another agency's hold placed",
        Outcome.HOLD_LIFTED: "another agency's hold lifted",
        Outcome.ICE_TOLD: "ICE told the release date",
        Outcome.ICE_DECLINED: "ICE's request declined",
        Outcome.HANDED_OVER: "handed over to ICE",
        Outcome.CUSTODY_REFUSED: "ICE asked for the person; refused",
        Outcome.CUSTODY_REQUEST_EXPIRED: "ICE asked for the person; the request waited too long",
        Outcome.CONTACT_WITHDRAWN: "ICE lifted its request",
        Outcome.REOPENED: "held again, with the deadline as it was",
        Outcome.RENUMBERED: "goes on under another number",
        Outcome.CUSTODY_CARRIED: "taken over from another number",
        Outcome.SENT_ON: "sent on to the new number",
        Outcome.COUNSEL_NAMED: "counsel named",
        Outcome.NOTED: "noted",
        Outcome.RELEASE_APPROACHING: "release is near; watch warned",
        Outcome.RELEASE_OVERDUE: "still in the building after release",
        Outcome.UNKNOWN_BOOKING: "no booking within 15 minutes; watch alarmed",
        Outcome.REPROFILED: "put under other rules",
        Outcome.ALARM_ACKNOWLEDGED: "an alarm was acknowledged",
    }
)
"""What happened to a record."""

ALARMS: Final[Mapping[AlarmCode, str]] = MappingProxyType(
    {
        "unknown_booking": "events for a booking nobody reported",
        "booking_conflict": "booked twice with different details",
        "later_deadline_refused": "later deadline refused after ICE's contact",
        "custody_refused": "ICE asked for the person and was refused",
        "departed_while_held": "reported gone while still held",
        "closed_after_contact": "closed after ICE's contact",
        "unknown_route": "no route for a notice",
        "clock_skew": "clocks disagree",
        "intake_stalled": "events are not being taken in",
        "event_set_aside": "event set aside",
        "events_lost": "events were deleted unread",
        "records_vanished": "the store was emptied or exchanged",
        "held_without_clock": "held without a working clock",
        "profile_missing": "the rules of a booking are missing",
        "event_refused": "event refused",
        "event_conflict": "one id for two different events",
        "booking_again": "booked again after the end",
        "end_in_doubt": "custody may have ended wrongly",
        "time_doubtful": "a time that can hardly be right",
        "word_unknown": "a word that the clock does not know",
        "field_removed": "a field that must not be sent",
        "hold_unknown": "an unknown hold was lifted",
        "late_on_arrival": "past the deadline when reported",
        "deadline_moved_later": "an amendment set a later deadline",
        "custody_request_expired": "ICE's request for the person waited too long",
        "roster_mismatch": "on the jail's roster without a clock",
        "key_set_aside": "another program has overwritten a key of the store",
        "notice_undelivered": "a notice cannot be delivered",
        "sink_disabled": "a receiver wants no more notices",
        "notices_waiting": "notices are not being delivered",
    }
)

CAUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "clock": "the clock",
        "custody.booking.created.v1": "booking",
        "custody.booking.amended.v1": "amendment",
        "custody.booking.voided.v1": "void",
        "custody.bail.posted.v1": "bail",
        "custody.release.ordered.v1": "release order",
        "custody.probable_cause.determined.v1": "probable-cause finding",
        "custody.person.transferred.v1": "transfer",
        "custody.person.escaped.v1": "escape",
        "custody.person.died.v1": "death",
        "custody.person.departed.v1": "departure",
        "custody.hold.placed.v1": "another agency's hold",
        "custody.hold.lifted.v1": "another agency's hold",
        "custody.warrant_check.completed.v1": "warrant check",
        "custody.ice.contacted.v1": "contact by ICE",
        "custody.ice.custody_requested.v1": "ICE at the counter",
        "custody.counsel.designated.v1": "counsel",
        "custody.person.arraigned.v1": "arraignment",
        "custody.person.returned.v1": "return",
        "custody.booking.reinstated.v1": "reinstatement",
        "custody.booking.renumbered.v1": "new number",
        "custody.ice.contact_withdrawn.v1": "ICE's withdrawal",
        "custody.custody.carried.v1": "another number",
    }
)
"""What caused an entry of the journal: an event's type, or the clock itself."""

REJECT_REASONS: Final[Mapping[RejectReason, str]] = MappingProxyType(
    {
        "not_json": "not JSON",
        "too_large": "too large",
        "not_cloudevent": "not a CloudEvent",
        "unknown_type": "unknown type of event",
        "invalid_data": "fields that break the contract",
        "set_aside": "failed several times",
    }
)

DECLINE_REASONS: Final[Mapping[DeclineReason, str]] = MappingProxyType(
    {
        "already_released": "already released",
        "not_in_custody": "not in custody here",
        "release_date_not_public": "the release date is not public",
        "judicial_authority_required": "judicial authority is required",
    }
)

LATE_CAUSES: Final[Mapping[LateCause, str]] = MappingProxyType(
    {"learned_late": "reported late to the clock", "clock_late": "the clock was late"}
)

WHY_KEPT: Final[Mapping[str, str]] = MappingProxyType(
    {**{str(name): word for name, word in LATE_CAUSES.items()}, "not_departed": "slow to leave after release"}
)
"""What took longest after the entitlement."""

HOLDS: Final[Mapping[HoldKind, str]] = MappingProxyType(
    {
        "judicial_warrant": "judicial warrant",
        "parole": "parole hold",
        "probation": "probation hold",
        "court_commitment": "court commitment",
        "other_agency": "another agency's hold",
        "federal_court": "federal court",
    }
)


def limit(name: str | None) -> str:
    """The words for a limit, by its name; one of another version as it is."""
    return "limit not known" if name is None else LIMITS.get(name, _spaced(name))


def outcome(name: str) -> str:
    """The words for an outcome, by its name in the journal; one of another version as it is."""
    return {str(known): word for known, word in OUTCOMES.items()}.get(name, _spaced(name))


def alarm(code: str) -> str:
    """The words for an alarm, by its code; one of another version as it is."""
    return {str(known): word for known, word in ALARMS.items()}.get(code, _spaced(code))


def cause(name: str) -> str:
    """The words for what caused a journal entry; an unknown type of event as it is."""
    return CAUSES.get(name, name)


def reject_reason(name: str) -> str:
    """The words for a reason, by its name in the `rejects` stream; an unknown one as it is."""
    return {str(known): word for known, word in REJECT_REASONS.items()}.get(name, name)


def hold(kind: str) -> str:
    """The words for a kind of hold; one that is not on the list as it was reported."""
    return {str(known): word for known, word in HOLDS.items()}.get(kind, kind)


def basis_of_end(name: str | None) -> str:
    """The words for why custody ended; None while it has not."""
    return "still held" if name is None else {str(known): word for known, word in BASES.items()}[name]


def why_kept(name: str | None) -> str:
    """The words for what kept a person past entitlement; None if nothing did."""
    return "not kept" if name is None else WHY_KEPT[name]


def _spaced(name: str) -> str:
    return name.replace("_", " ")
