"""What facts do to a record. Pure: everything else loads the record, calls `decide`, and commits."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from events import inbound
from events.inbound import Inbound
from events.parse import Rejection, parse
from worker.custody import booking, ice, presence, release
from worker.custody.attention import attend, is_due, next_attention
from worker.custody.record import ProfileOnRecord, Record, event_key
from worker.custody.rules import Rules
from worker.custody.transition import Outcome, RejectedEvent, Step, Transition
from worker.law.errors import LawError


class Received(Struct, frozen=True):
    """An inbound event with its text: one that must wait, or is rejected, is kept whole."""

    event: Inbound
    raw: str
    inbox_id: str = ""


class Tick(Struct, frozen=True):
    """Time has passed; nothing else happened."""


class Reprofile(Struct, frozen=True):
    """A person ordered that these rules decide a held record from now on."""


Fact: TypeAlias = Received | Tick | Reprofile
Handler: TypeAlias = Callable[[Record, Any, Rules, datetime], Step | Rejection | None]

_HANDLERS: Final[dict[type[Inbound], Handler]] = {
    inbound.BookingCreated: booking.create,
    inbound.BookingAmended: booking.amend,
    inbound.BookingVoided: booking.void,
    inbound.ProbableCauseDetermined: booking.determine_probable_cause,
    inbound.BailPosted: release.release_on_bail,
    inbound.ReleaseOrdered: release.release_on_order,
    inbound.PersonTransferred: presence.transfer,
    inbound.PersonEscaped: presence.escape,
    inbound.PersonDied: presence.die,
    inbound.PersonDeparted: presence.depart,
    inbound.HoldPlaced: presence.place_hold,
    inbound.HoldLifted: presence.lift_hold,
    inbound.WarrantCheckCompleted: presence.note_warrant_check,
    inbound.CounselDesignated: presence.name_counsel,
    inbound.IceContacted: ice.answer_contact,
    inbound.IceCustodyRequested: ice.answer_custody_request,
}


_SETTLES_CUSTODY: Final = (
    inbound.BookingAmended,
    inbound.BookingVoided,
    inbound.ProbableCauseDetermined,
    inbound.BailPosted,
    inbound.ReleaseOrdered,
    inbound.PersonTransferred,
    inbound.PersonEscaped,
    inbound.PersonDied,
)
"""The events that end custody, or move its deadline."""


def decide(record: Record | None, facts: Iterable[Fact], rules: Rules, now: datetime) -> Transition:
    """What these facts, in this order, do to this record: one transition for one commit.

    Args:
        record: as stored; None for a number never heard of.
        now: UTC. A deadline at or before it releases, before the next fact itself is looked at.

    Raises:
        ValueError: there is no record, and no event that would make one.
    """
    stored = record.version if record is not None else 0
    transition: Transition | None = Transition(stored, record) if record is not None else None
    for fact in facts:
        match fact:
            case Received():
                transition = transition or Transition(stored, _first_heard(fact.event, rules, now))
                transition = _receive(_release_if_due(transition, rules, now), fact, rules, now)
            case Tick() if transition is not None:
                transition = _attend(transition, rules, now)
            case Reprofile() if transition is not None:
                transition = _release_if_due(transition, rules, now)
                if transition.record.state == "held":
                    transition = transition.with_step(booking.reprofile(transition.record, rules, now))
    if transition is None:
        raise ValueError("there is no record to attend to: no event has named this booking")
    transition = _release_if_due(transition, rules, now)
    return replace(transition, attention=next_attention(transition.record, rules, now))


def _first_heard(event: Inbound, rules: Rules, now: datetime) -> Record:
    return Record(
        booking=event.subject,
        state="awaiting_booking",
        profile=ProfileOnRecord.of(rules.profile),
        first_heard_at=now,
        attended_until=now,
    )


def _attend(transition: Transition, rules: Rules, now: datetime) -> Transition:
    """Do what time alone has made due; a release at the deadline binds the commit to the store's clock."""
    record = transition.record
    step = attend(record, rules, now)
    if step is None:
        return transition
    return transition.with_step(step, not_before=record.deadline if is_due(record, now) else None)


def _release_if_due(transition: Transition, rules: Rules, now: datetime) -> Transition:
    return _attend(transition, rules, now) if is_due(transition.record, now) else transition


def _receive(transition: Transition, fact: Received, rules: Rules, now: datetime) -> Transition:
    record, event = transition.record, fact.event
    if event_key(event) in record.seen:
        return transition
    if record.state == "awaiting_booking" and not isinstance(event, inbound.BookingCreated):
        kept = Step(Outcome.KEPT_UNTIL_BOOKING, {"awaiting": (*record.awaiting, fact.raw)})
        return transition.with_step(kept, event)
    transition = _apply(transition, fact, rules, now)
    if transition.record.state == "awaiting_booking":
        return transition
    return _apply_waiting(transition, record.awaiting, rules, now)


def _apply_waiting(
    transition: Transition, awaiting: tuple[str, ...], rules: Rules, now: datetime
) -> Transition:
    """Apply what came before the booking, in order; ICE at the counter last, since it is judged now.

    What was known by then counts before the deadline does: nobody is released whom the court has taken over.
    """
    waiting = [Received(_parsed(raw), raw) for raw in awaiting]
    waiting.sort(key=lambda fact: isinstance(fact.event, inbound.IceCustodyRequested))
    for index, fact in enumerate(waiting):
        if not any(isinstance(later.event, _SETTLES_CUSTODY) for later in waiting[index:]):
            transition = _release_if_due(transition, rules, now)
        transition = _apply(transition, fact, rules, now)
    return transition


def _parsed(raw: str) -> Inbound:
    event = parse(raw.encode())
    assert not isinstance(event, Rejection)
    return event


def _apply(transition: Transition, fact: Received, rules: Rules, now: datetime) -> Transition:
    record, event = transition.record, fact.event
    match _handle(record, event, rules, now):
        case Step() as step:
            handed_over = step.outcome == Outcome.HANDED_OVER
            return transition.with_step(step, event, not_after=record.deadline if handed_over else None)
        case Rejection(reason=reason, detail=detail):
            rejected = RejectedEvent(fact.raw.encode(), reason, detail, fact.inbox_id)
            return transition.with_rejected(rejected, event)
        case None:
            return transition


def _handle(record: Record, event: Inbound, rules: Rules, now: datetime) -> Step | Rejection | None:
    try:
        return _before_arrest(record, event) or _HANDLERS[type(event)](record, event, rules, now)
    except LawError as error:
        return Rejection("invalid_data", f"no deadline can be computed: {error}", record.booking)


def _before_arrest(record: Record, event: Inbound) -> Rejection | None:
    """Nothing about a person's custody can have happened before the arrest."""
    if record.facts is None or isinstance(event, inbound.BookingCreated | inbound.BookingAmended):
        return None
    arrested_at = record.earliest_arrest_at or record.facts.arrested_at
    for name, instant in event.instants().items():
        if instant < arrested_at:
            return Rejection("impossible_times", f"{name} is before the arrest", record.booking)
    return None
