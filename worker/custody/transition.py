"""What a fact does to a record, as a value: decided in `decide.py`, committed by the store atomically."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from events.envelope import WireModel
from events.inbound import Inbound
from events.outbound import OUTBOUND_TYPES, SOURCE, Alarm, AlarmCode, ClockAlarmed, Outbound
from events.parse import RejectReason
from worker.custody.changes import Changes
from worker.custody.commit_time import AT_COMMIT, COMMIT_MARK
from worker.custody.journal import Entry, write_entry
from worker.custody.record import Record, seen_key


class Outcome(StrEnum):
    """What happened, as the journal and the log name it."""

    KEPT_UNTIL_BOOKING = "kept_until_booking"
    CLOCK_STARTED = "clock_started"
    BOOKING_CONFLICT = "booking_conflict"
    AMENDED = "amended"
    LATER_DEADLINE_REFUSED = "later_deadline_refused"
    PROBABLE_CAUSE_FOUND = "probable_cause_found"
    RELEASED = "released"
    ENTITLEMENT_CORRECTED = "entitlement_corrected"
    CLOSED = "closed"
    DEPARTED = "departed"
    DEPARTED_WHILE_HELD = "departed_while_held"
    AT_HOSPITAL = "at_hospital"
    HOLD_PLACED = "hold_placed"
    HOLD_LIFTED = "hold_lifted"
    ICE_TOLD = "ice_told"
    ICE_DECLINED = "ice_declined"
    HANDED_OVER = "handed_over"
    CUSTODY_REFUSED = "custody_refused"
    CUSTODY_REQUEST_EXPIRED = "custody_request_expired"
    CONTACT_WITHDRAWN = "contact_withdrawn"
    REOPENED = "reopened"
    RENUMBERED = "renumbered"
    CUSTODY_CARRIED = "custody_carried"
    SENT_ON = "sent_on"
    COUNSEL_NAMED = "counsel_named"
    NOTED = "noted"
    RELEASE_APPROACHING = "release_approaching"
    RELEASE_OVERDUE = "release_overdue"
    UNKNOWN_BOOKING = "unknown_booking"
    REPROFILED = "reprofiled"
    ALARM_ACKNOWLEDGED = "alarm_acknowledged"


class Notice(Struct, frozen=True):
    """An outbound event before it has an id: its type, its data, and for some a route or an audience."""

    event: type[Outbound]
    data: WireModel
    route: str | None = None
    audience: str | None = None


class Step(Struct, frozen=True):
    """One change of a record, with its notices; becomes one journal entry."""

    outcome: Outcome
    changes: Changes = field(default_factory=Changes)
    notices: tuple[Notice, ...] = ()
    detail: dict[str, Any] = field(default_factory=dict)
    forwards: tuple[bytes, ...] = ()
    """Events for another number, to be put into the inbox with the same commit."""
    not_after: datetime | None = None
    """What it says is true only until this instant, in UTC; from then on it must be decided again."""


class RejectedEvent(Struct, frozen=True):
    """An event that is not taken, kept whole; of one that is too large, the beginning.

    Attributes:
        inbox_id: its inbox entry; empty if it had waited for its booking.
    """

    event: bytes
    reason: RejectReason
    detail: str
    inbox_id: str = ""


class Transition(Struct, frozen=True):
    """Everything that one commit writes.

    Attributes:
        before: the version that the stored record must still have.
        not_before: the store's clock must have reached this instant (a deadline that releases).
        not_after: the store's clock must not have reached this instant: a hand-over before the deadline, a
            release that is on time.
        inbox_before: no unsettled event may have arrived before this instant (a deadline that releases): what
            was said before a deadline counts before it.
        attention: when the record next needs attention: the timer's score.
    """

    before: int
    record: Record
    entries: tuple[Entry, ...] = ()
    outbound: tuple[Outbound, ...] = ()
    rejected: tuple[RejectedEvent, ...] = ()
    forwards: tuple[bytes, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None
    inbox_before: datetime | None = None
    attention: datetime | None = None

    @property
    def changes_nothing(self) -> bool:
        """Whether this was a duplicate, or a tick with nothing to do."""
        return not self.entries and not self.rejected

    def with_step(
        self,
        step: Step,
        event: Inbound | None = None,
        *,
        not_before: datetime | None = None,
        inbox_before: datetime | None = None,
    ) -> "Transition":
        """Apply one step: the next version of the record, its journal entry, its outbound events."""
        before = self.record
        entry = write_entry(before, step.changes, step.outcome, event, step.detail)
        key = seen_key(event) if event is not None else None
        seen = before.seen if key is None or key in before.seen else (*before.seen, key)
        record = replace(before, **step.changes, version=entry.version, seen=seen, chain=entry.hash)
        return Transition(
            self.before,
            record,
            (*self.entries, entry),
            (*self.outbound, *_address(record, entry, step.notices, event)),
            self.rejected,
            (*self.forwards, *step.forwards),
            not_before or self.not_before,
            min(filter(None, (step.not_after, self.not_after)), default=None),
            inbox_before or self.inbox_before,
        )

    def with_rejected(self, rejected: RejectedEvent, event: Inbound) -> "Transition":
        """Reject an event. It leaves no trace in the record, so that a replay is judged afresh."""
        seen = tuple(key for key in self.record.seen if key != seen_key(event))
        record = replace(self.record, seen=seen)
        return replace(self, record=record, rejected=(*self.rejected, rejected))


def alarm(record: Record, code: AlarmCode, detail: str) -> Notice:
    """An alarm for the watch about this booking."""
    return Notice(ClockAlarmed, Alarm(code=code, detail=f"booking {record.booking}: {detail}"))


_TYPES: Final[dict[type[Outbound], str]] = {
    event: event.model_fields["type"].default for event in OUTBOUND_TYPES
}


def _address(
    record: Record, entry: Entry, notices: tuple[Notice, ...], cause: Inbound | None
) -> list[Outbound]:
    """Give each notice its id: other content always has another, also after a restored backup.

    A part of the entry's hash stands for everything that was known, the commit's instant for the rest.
    """
    addressed = []
    content = f"{entry.hash.hex()[:12]}:{COMMIT_MARK}"
    for ordinal, notice in enumerate(notices):
        kind = _TYPES[notice.event]
        extra: dict[str, Any] = {"audience": notice.audience} if notice.audience else {}
        addressed.append(
            notice.event(
                specversion="1.0",
                id=f"{record.booking}:{record.version}:{ordinal}:{kind.removeprefix('custody.')}:{content}",
                source=SOURCE,
                type=kind,
                subject=record.booking,
                time=AT_COMMIT,
                route=notice.route,
                data=_with_source(notice.data, cause),
                **extra,
            )
        )
    return addressed


def _with_source(data: WireModel, cause: Inbound | None) -> WireModel:
    """An alarm names the event that it is about by its system and type."""
    if cause is None or not isinstance(data, Alarm):
        return data
    return data.model_copy(update={"source": cause.source, "event_type": cause.type})
