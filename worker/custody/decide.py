"""What facts do to a record. Pure: everything else loads the record, calls `decide`, and commits."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from events import inbound
from events.inbound import Inbound
from events.parse import Rejection, parse
from events.words import Doubt
from worker.custody import booking, ice, others, presence, release, renumbering
from worker.custody.attention import attend, is_due, next_attention
from worker.custody.moment import Moment
from worker.custody.record import ProfileOnRecord, Record, event_key, seen_key
from worker.custody.rules import MissingProfileError, Rules, missing_profile
from worker.custody.transition import Notice, Outcome, RejectedEvent, Step, Transition, alarm
from worker.law.errors import LawError


class Received(Struct, frozen=True):
    """An inbound event with its text: one that must wait, or is rejected, is kept whole."""

    event: Inbound
    raw: str
    arrived_at: datetime
    """When its inbox entry arrived: the store's time, in UTC."""
    inbox_id: str = ""
    doubts: tuple[Doubt, ...] = ()
    accepted_at: datetime | None = None
    """When it was first accepted, in UTC, if it is put in again: not later than `arrived_at`."""


class Tick(Struct, frozen=True):
    """Time has passed; nothing else happened."""


class Reprofile(Struct, frozen=True):
    """A person ordered that a held record be decided by other rules from now on."""

    fingerprint: str
    """Of the profile. The rules that are passed to `decide` must be those."""


class AlarmAcknowledged(Struct, frozen=True):
    """A person has acknowledged an alarm about this booking."""

    alarm_id: str
    code: str
    by: str
    note: str | None = None


Fact: TypeAlias = Received | Tick | Reprofile | AlarmAcknowledged
Handler: TypeAlias = Callable[[Record, Any, Rules, Moment], Step | Rejection | None]

_HANDLERS: Final[dict[type[Inbound], Handler]] = {
    inbound.BookingCreated: booking.create,
    inbound.BookingAmended: booking.amend,
    inbound.BookingVoided: booking.void,
    inbound.BookingReinstated: presence.reinstate,
    inbound.BookingRenumbered: renumbering.renumber,
    inbound.CustodyCarried: renumbering.carry,
    inbound.ProbableCauseDetermined: booking.determine_probable_cause,
    inbound.BailPosted: release.release_on_bail,
    inbound.ReleaseOrdered: release.release_on_order,
    inbound.PersonTransferred: presence.transfer,
    inbound.PersonArraigned: presence.arraign,
    inbound.PersonEscaped: presence.escape,
    inbound.PersonDied: presence.die,
    inbound.PersonDeparted: presence.depart,
    inbound.PersonReturned: presence.come_back,
    inbound.HoldPlaced: others.place_hold,
    inbound.HoldLifted: others.lift_hold,
    inbound.WarrantCheckCompleted: others.note_warrant_check,
    inbound.CounselDesignated: others.name_counsel,
    inbound.IceContacted: ice.answer_contact,
    inbound.IceCustodyRequested: ice.answer_custody_request,
    inbound.IceContactWithdrawn: ice.withdraw_contact,
}


def decide(record: Record | None, facts: Iterable[Fact], rules: Rules, now: datetime) -> Transition:
    """What these facts, in this order, do to this record: one transition for one commit.

    Args:
        record: as stored; None for a number never heard of.
        now: the store's time, in UTC. A tick or a reprofile first releases if the deadline has come; an event
            only if the deadline had come when it arrived: what was said before a deadline counts before it.

    Raises:
        MissingProfileError: an event cannot be judged without the profile, and `rules` have none.
        ValueError: there is no record, and no event that would make one.
    """
    stored = record.version if record is not None else 0
    transition: Transition | None = Transition(stored, record) if record is not None else None
    for fact in facts:
        match fact:
            case Received():
                transition = transition or Transition(stored, _first_heard(fact, rules))
                transition = _release_as_then(transition, fact, rules, now)
                transition = _receive(
                    _release_if_due(transition, rules, now, fact.arrived_at), fact, rules, now
                )
            case Tick() if transition is not None:
                transition = _attend(transition, rules, now)
            case Reprofile() if transition is not None:
                transition = _release_if_due(transition, rules, now, now)
                if transition.record.state == "held":
                    transition = transition.with_step(
                        booking.reprofile(transition.record, rules, Moment(now, now, now))
                    )
            case AlarmAcknowledged() if transition is not None:
                transition = transition.with_step(_acknowledged(fact))
    if transition is None:
        raise ValueError("there is no record to attend to: no event has named this booking")
    return replace(transition, attention=next_attention(transition.record, rules, now))


def _acknowledged(fact: AlarmAcknowledged) -> Step:
    detail = {"alarm": fact.code, "alarm_id": fact.alarm_id, "by": fact.by}
    return Step(Outcome.ALARM_ACKNOWLEDGED, detail=detail | ({"note": fact.note} if fact.note else {}))


def _first_heard(fact: Received, rules: Rules) -> Record:
    return Record(
        booking=fact.event.subject,
        state="awaiting_booking",
        profile=ProfileOnRecord.of(rules.profile),
        first_heard_at=fact.arrived_at,
        attended_until=fact.arrived_at,
    )


def _attend(transition: Transition, rules: Rules, now: datetime) -> Transition:
    """Do what time alone has made due. A release binds the commit to the store's clock and to the inbox."""
    record = transition.record
    step = attend(record, rules, now)
    if step is None:
        return transition
    due_at = record.release_due_at if is_due(record, now) else None
    return transition.with_step(step, not_before=due_at, inbox_before=due_at)


def _release_if_due(transition: Transition, rules: Rules, now: datetime, by: datetime) -> Transition:
    """Release whose deadline had come by an instant; all that arrived before it has been applied."""
    if not is_due(transition.record, by):
        return transition
    return replace(_attend(transition, rules, now), inbox_before=None)


def _release_as_then(transition: Transition, fact: Received, rules: Rules, now: datetime) -> Transition:
    """Of events that are put in again, one that had come after the release comes after it again."""
    record = transition.record
    if fact.accepted_at is None or record.state != "held" or record.heard_at is None:
        return transition
    assert record.deadline is not None
    was_late = record.deadline <= record.heard_at
    due_then = record.heard_at + rules.late_grace if was_late else record.deadline
    if fact.accepted_at < due_then:
        return transition
    without_grace = replace(transition, record=replace(record, grace_until=None))
    return _release_if_due(without_grace, rules, now, now)


def _receive(transition: Transition, fact: Received, rules: Rules, now: datetime) -> Transition:
    record, event = transition.record, fact.event
    if seen_key(event) in record.seen:
        return transition
    starts_clock = isinstance(event, inbound.BookingCreated | inbound.CustodyCarried)
    if record.state == "awaiting_booking" and not starts_clock:
        awaiting = (*record.awaiting, fact.raw)
        kept = Step(Outcome.KEPT_UNTIL_BOOKING, {"awaiting": awaiting}, _doubts(record, fact))
        return transition.with_step(kept, event)
    transition = _apply(transition, fact, rules, now, _doubts(record, fact))
    if transition.record.state == "awaiting_booking":
        return transition
    return _apply_waiting(transition, record.awaiting, rules, now)


def _apply_waiting(
    transition: Transition, awaiting: tuple[str, ...], rules: Rules, now: datetime
) -> Transition:
    """Apply what came before the booking, in order; ICE at the counter last, since it is judged now."""
    waiting = [_waited(raw, now) for raw in awaiting]
    waiting.sort(key=lambda fact: isinstance(fact.event, inbound.IceCustodyRequested))
    for fact in waiting:
        transition = _apply(transition, fact, rules, now)
    return transition


def _waited(raw: str, now: datetime) -> Received:
    parsed = parse(raw.encode())
    assert not isinstance(parsed, Rejection)
    return Received(parsed.event, raw, now)


def _apply(
    transition: Transition, fact: Received, rules: Rules, now: datetime, doubts: tuple[Notice, ...] = ()
) -> Transition:
    record, event = transition.record, fact.event
    if record.renumbered_to is not None and not isinstance(event, inbound.CustodyCarried):
        forward = renumbering.sent_on(record, fact.raw)
        number = {"new_number": record.renumbered_to}
        return transition.with_step(Step(Outcome.SENT_ON, {}, doubts, number, (forward,)), event)
    match _handle(record, event, rules, Moment(now, fact.arrived_at, fact.accepted_at or fact.arrived_at)):
        case Step() as step:
            step = replace(step, notices=(*doubts, *step.notices))
            return transition.with_step(step, event)
        case Rejection(reason=reason, detail=detail):
            rejected = RejectedEvent(fact.raw.encode(), reason, detail, fact.inbox_id)
            return transition.with_rejected(rejected, event)
        case None:
            return transition


def _handle(record: Record, event: Inbound, rules: Rules, at: Moment) -> Step | Rejection | None:
    try:
        return _HANDLERS[type(event)](record, event, rules, at)
    except MissingProfileError:
        raise missing_profile(record) from None
    except LawError as error:
        return Rejection("invalid_data", f"no deadline can be computed: {error}", record.booking)


def _doubts(record: Record, fact: Received) -> tuple[Notice, ...]:
    """Alarms about what was doubtful in the event itself, raised when it arrives."""
    alarms = []
    if fact.doubts:
        doubts = "; ".join(doubt.detail for doubt in fact.doubts)
        alarms.append(alarm(record, "word_unknown", doubts))
    key, whole = event_key(fact.event), seen_key(fact.event)
    if any(seen.startswith(key) and seen != whole for seen in record.seen):
        text = "two events have the same id and source and say different things"
        alarms.append(alarm(record, "event_conflict", text))
    return tuple(alarms)
