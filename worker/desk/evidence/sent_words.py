"""Who was sent what about a booking, and whether it arrived, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from events.outbound import (
    Alarm,
    ApproachingRelease,
    AuthorityChange,
    Closure,
    Outbound,
    OverdueRelease,
    ReleaseOrder,
    RemainingAuthority,
)
from worker.desk import words
from worker.desk.evidence.answers import Evidence
from worker.desk.notice_words import what_it_says
from worker.desk.notices import Attempt, NoticeStatus
from worker.desk.plain_words import brief, counted, in_words, listed
from worker.store.sink_queue import Waiting
from worker.store.unix_ms import from_ms

State: TypeAlias = Literal["delivered", "waits", "given_up", "quiet"]

_RECIPIENTS: Final = {
    "ice": "ICE",
    "jms": "jail system",
    "watch": "the watch",
    "subject": "the person",
    "counsel": "counsel",
}
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a notice at one sink."""

    state: State
    text: str


@dataclass(frozen=True, slots=True)
class SentNotice:
    """One notice in words.

    Attributes:
        at: when it was committed, in UTC.
    """

    at: datetime
    whom: str
    what: str
    deliveries: tuple[Delivery, ...]


def who_was_sent_what(evidence: Evidence, zone: ZoneInfo, store_now: datetime) -> Iterator[SentNotice]:
    """Every notice, oldest first.

    Args:
        store_now: the store's real time, in UTC; attempts are made by it on a simulated store too.
    """
    for status in evidence.notices:
        event = status.event
        if event is None:
            continue
        recipient = _RECIPIENTS.get(event.audience, event.audience)
        yield SentNotice(
            at=event.time,
            whom=f"{recipient}, {event.route}" if event.route else recipient,
            what=_what(event, evidence.as_of, zone),
            deliveries=tuple(_deliveries(status, store_now, has_notifier=evidence.has_notifier)),
        )


def _what(event: Outbound, as_of: datetime, zone: ZoneInfo) -> str:
    match event.data:
        case ReleaseOrder(remaining_authority=remaining):
            said = f"release order; {_remaining(remaining)}"
        case AuthorityChange(remaining_authority=remaining):
            said = f"what remains has changed since the release order: {_remaining(remaining)}"
        case Closure(basis=basis):
            said = f"record closed: {words.basis_of_end(basis)}"
        case ApproachingRelease(release_at=release_at):
            said = f"release is near: {brief(release_at, as_of, zone)}"
        case OverdueRelease(fired_late=True, overdue_minutes=minutes):
            said = f"released late, {counted(minutes, 'minute')} after the entitlement"
        case OverdueRelease(overdue_minutes=minutes):
            said = f"still in the building, {counted(minutes, 'minute')} after the entitlement"
        case Alarm(code=code):
            said = f"alarm: {words.alarm(code)}"
        case _:
            said = "; ".join(what_it_says(event, zone, as_of))
    return said


def _remaining(remaining: Sequence[RemainingAuthority]) -> str:
    holds = [" ".join((words.hold(hold.kind), hold.hold_id)) for hold in remaining]
    return f"what remains: {listed(holds)}" if holds else "no hold remains"


def _deliveries(status: NoticeStatus, now: datetime, *, has_notifier: bool) -> Iterator[Delivery]:
    for attempt in status.attempts:
        match attempt.receipt.outcome:
            case "delivered":
                yield Delivery("delivered", _delivered(status, attempt))
            case "superseded":
                yield Delivery("quiet", f"not sent by {attempt.receipt.sink}: a newer notice says otherwise")
    for sink, state in status.waiting.items():
        yield Delivery("waits", _waits(sink, state, now))
    for sink in status.dead:
        last = [one.receipt for one in status.attempts if one.receipt.sink == sink][-1:]
        tries = f" after {counted(last[0].attempt, 'try', 'tries')}: {last[0].detail}" if last else ""
        yield Delivery("given_up", f"given up by {sink}{tries}")
    if status.not_reached:
        yield Delivery("waits", f"not looked at yet by {listed(status.not_reached)}")
    elif not has_notifier:
        yield Delivery("waits", "waits: no notifier has run yet")
    elif not (status.attempts or status.waiting or status.dead):
        yield Delivery("quiet", "for nobody: no receiver is set for it")


def _delivered(status: NoticeStatus, attempt: Attempt) -> str:
    receipt = attempt.receipt
    tries = f" at the {_ordinal(receipt.attempt)} try" if receipt.attempt > 1 else ""
    return f"by {receipt.sink}{tries}, {_span(attempt.at - status.sent_at)} later"


def _waits(sink: str, state: Waiting, now: datetime) -> str:
    if not state.attempts:
        return f"waits for {sink}, behind an earlier notice or until it is sent"
    left = from_ms(state.next_at_ms) - now
    following = f"the next in {_span(left)}" if left > timedelta(0) else "the next is due"
    return f"waits for {sink}: {counted(state.attempts, 'try', 'tries')}, {following}; {state.detail}"


def _span(span: timedelta) -> str:
    if span < _MINUTE:
        seconds = max(span.total_seconds(), 0)
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.0f} s"
    return in_words(span)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
