"""The heart of the clock: what a fact does to a record. Pure; all else loads, calls it and commits."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from events import inbound
from events.inbound import Inbound
from events.parse import Rejection, parse
from worker.custody import booking, ice, presence, release
from worker.custody.attention import attend, next_attention
from worker.custody.policy import Policy
from worker.custody.record import ProfileOnRecord, Record, event_key
from worker.custody.transition import Outcome, Refusal, Step, Transition
from worker.law.errors import LawError


class Received(Struct, frozen=True):
    """An inbound event with the text it came in: one that must wait, or is refused, is kept whole."""

    event: Inbound
    raw: str
    inbox_id: str = ""


class Tick(Struct, frozen=True):
    """Time has passed; nothing else happened."""


class Reprofile(Struct, frozen=True):
    """A person told the clock to decide a held record by the policy's profile from now on."""


Fact: TypeAlias = Received | Tick | Reprofile
Handler: TypeAlias = Callable[[Record, Any, Policy, datetime], Step | Refusal | None]

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
"""What ends custody, or moves its deadline."""


def advance(record: Record | None, fact: Fact, policy: Policy, now: datetime) -> Transition:
    """What this fact does to this record at this instant.

    Args:
        record: as stored; None for a number never heard of.
        now: UTC. A deadline at or before it releases, before the fact itself is looked at.
    """
    return fold(record, [fact], policy, now)


def fold(record: Record | None, facts: Iterable[Fact], policy: Policy, now: datetime) -> Transition:
    """What these facts, in this order, do to this record: one transition for one commit."""
    stored = record.version if record is not None else 0
    transition: Transition | None = Transition(stored, record) if record is not None else None
    for fact in facts:
        match fact:
            case Received():
                transition = transition or Transition(stored, _first_heard(fact.event, policy, now))
                transition = _receive(_attend(transition, policy, now, only_release=True), fact, policy, now)
            case Tick() if transition is not None:
                transition = _attend(transition, policy, now)
            case Reprofile() if transition is not None:
                transition = _attend(transition, policy, now, only_release=True)
                if transition.record.state == "held":
                    transition = transition.take(booking.reprofile(transition.record, policy, now))
    if transition is None:
        raise ValueError("a record that is not stored cannot be attended to")
    transition = _attend(transition, policy, now, only_release=True)
    return replace(transition, attention=next_attention(transition.record, policy, now))


def _first_heard(event: Inbound, policy: Policy, now: datetime) -> Record:
    return Record(
        booking=event.subject,
        state="awaiting_booking",
        profile=ProfileOnRecord.of(policy.profile),
        first_heard_at=now,
    )


def _attend(
    transition: Transition, policy: Policy, now: datetime, *, only_release: bool = False
) -> Transition:
    """Do what time alone has made due; a release at the deadline binds the commit to the store's clock."""
    record = transition.record
    releases = record.state == "held" and record.deadline is not None and record.deadline <= now
    if only_release and not releases:
        return transition
    step = attend(record, policy, now)
    if step is None:
        return transition
    return transition.take(step, not_before=record.deadline if releases else None)


def _receive(transition: Transition, fact: Received, policy: Policy, now: datetime) -> Transition:
    record, event = transition.record, fact.event
    if event_key(event) in record.seen:
        return transition
    if record.state == "awaiting_booking" and not isinstance(event, inbound.BookingCreated):
        kept = Step(Outcome.KEPT_UNTIL_BOOKING, {"awaiting": (*record.awaiting, fact.raw)})
        return transition.take(kept, event)
    transition = _apply(transition, fact, policy, now)
    if transition.record.state == "awaiting_booking":
        return transition
    return _apply_waiting(transition, record.awaiting, policy, now)


def _apply_waiting(
    transition: Transition, awaiting: tuple[str, ...], policy: Policy, now: datetime
) -> Transition:
    """Apply what had come before the booking, in order; ICE at the counter last, as it is judged now.

    What was known by then counts before the deadline does: nobody is released whom the court has taken over.
    """
    waiting = [Received(_parsed(raw), raw) for raw in awaiting]
    waiting.sort(key=lambda fact: isinstance(fact.event, inbound.IceCustodyRequested))
    for index, fact in enumerate(waiting):
        if not any(isinstance(later.event, _SETTLES_CUSTODY) for later in waiting[index:]):
            transition = _attend(transition, policy, now, only_release=True)
        transition = _apply(transition, fact, policy, now)
    return transition


def _parsed(raw: str) -> Inbound:
    event = parse(raw.encode())
    assert not isinstance(event, Rejection)
    return event


def _apply(transition: Transition, fact: Received, policy: Policy, now: datetime) -> Transition:
    record, event = transition.record, fact.event
    match _decide(record, event, policy, now):
        case Step() as step:
            handed_over = step.outcome == Outcome.HANDED_OVER
            return transition.take(step, event, not_after=record.deadline if handed_over else None)
        case Refusal() as refusal:
            refusal = replace(refusal, raw=fact.raw, inbox_id=fact.inbox_id)
            return transition.refuse(refusal, event)
        case None:
            return transition


def _decide(record: Record, event: Inbound, policy: Policy, now: datetime) -> Step | Refusal | None:
    try:
        return _before_arrest(record, event) or _HANDLERS[type(event)](record, event, policy, now)
    except LawError as error:
        return Refusal("invalid_data", f"no deadline can be computed: {error}")


def _before_arrest(record: Record, event: Inbound) -> Refusal | None:
    """Nothing about a person's custody can have happened before the arrest."""
    if record.facts is None or isinstance(event, inbound.BookingCreated | inbound.BookingAmended):
        return None
    arrested_at = record.earliest_arrest_at or record.facts.arrested_at
    for name, instant in event.instants().items():
        if instant < arrested_at:
            return Refusal("impossible_times", f"{name} is before the arrest")
    return None
