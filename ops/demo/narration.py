"""The narration: one line in words for each release, each notice to ICE, each alarm, each rejected event."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from events.outbound import (
    ClockAlarmed,
    IceReleaseDateGiven,
    IceRequestDeclined,
    Outbound,
    RecordClosed,
    RecordReleased,
    ReleaseDate,
    ReleaseOrder,
    ReleaseOverdue,
)
from ops.demo.feed import Arrival
from ops.demo.in_custody import ICE_EVENT
from ops.demo.weekend_events import LOS_ANGELES, ScheduledEvent
from worker.desk.words import ALARMS, BASES, DECLINE_REASONS, LIMITS, reject_reason
from worker.desk.words import hold as hold_words

LONG_OVERDUE: Final = timedelta(hours=6)
"""Simulated time after the entitlement from which a line about the release also says when it was due."""


class Topic(StrEnum):
    """What a line is about."""

    RELEASED = "released"
    CLOSED = "closed"
    ICE_ASKS = "ICE asks"
    ICE_NOTIFIED = "ICE notified"
    ALARM = "alarm"
    OVERDUE = "overdue"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that has just happened, at a simulated instant in UTC."""

    at: datetime
    topic: Topic
    booking: str
    text: str


def local(instant: datetime) -> str:
    """Day and time in Los Angeles."""
    return instant.astimezone(LOS_ANGELES).strftime("%a %d %b %H:%M")


def long_local(instant: datetime) -> str:
    """Day, year and time in Los Angeles."""
    return instant.astimezone(LOS_ANGELES).strftime("%a %d %b %Y %H:%M")


def short(span: timedelta) -> str:
    """Hours and minutes, for a table."""
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


def line_for_arrival(arrival: Arrival) -> Line | None:
    """The line for an arrival, only where ICE asks: for other events the outcome is narrated instead."""
    if ICE_EVENT not in arrival.event.raw:
        return None
    asked = arrival.event.note.removeprefix("ICE asks ").removeprefix("ICE ")
    return Line(arrival.at, Topic.ICE_ASKS, arrival.event.booking or "", asked)


def line_for_rejected(reason: str, event: ScheduledEvent | None, at: datetime) -> Line:
    """The line for a rejected event, whose booking is not always known."""
    words = reject_reason(reason)
    if event is None:
        return Line(at, Topic.REJECTED, "", f"an event ({words})")
    return Line(at, Topic.REJECTED, event.booking or "-", f"{event.note} ({words})")


def line_for_outbound(event: Outbound) -> Line | None:
    """The line for an outbound event; None for a warning that a release is near, which the view shows."""
    topic_and_text = _for_jail_or_ice(event) or _for_the_watch(event)
    return Line(event.time, topic_and_text[0], event.subject, topic_and_text[1]) if topic_and_text else None


def _for_jail_or_ice(event: Outbound) -> tuple[Topic, str] | None:
    match event:
        case RecordReleased(data=order):
            return Topic.RELEASED, _why(order)
        case RecordClosed(data=closure):
            return Topic.CLOSED, BASES[closure.basis]
        case IceReleaseDateGiven(data=date):
            return Topic.ICE_NOTIFIED, _date(date)
        case IceRequestDeclined(data=declined):
            return Topic.ICE_NOTIFIED, f"request declined: {DECLINE_REASONS[declined.reason]}"
        case _:
            return None


def _for_the_watch(event: Outbound) -> tuple[Topic, str] | None:
    match event:
        case ClockAlarmed(data=alarm):
            detail = alarm.detail.removeprefix(f"booking {event.subject}: ")
            return Topic.ALARM, f"{ALARMS[alarm.code]}: {detail}"
        case ReleaseOverdue(data=overdue):
            after = short(timedelta(minutes=overdue.overdue_minutes))
            happened = "released" if overdue.fired_late else "still in the building"
            return Topic.OVERDUE, f"{happened} {after} after entitlement"
        case _:
            return None


def _why(order: ReleaseOrder) -> str:
    """The basis, the governing limit, when the release was due if long ago, and which holds remain."""
    parts = [BASES[order.basis]]
    if order.basis == "deadline" and order.governing_limit is not None:
        parts = [f"{parts[0]}, {LIMITS.get(order.governing_limit, order.governing_limit)}"]
    if order.released_at - order.entitled_at > LONG_OVERDUE:
        parts.append(f"was due {local(order.entitled_at)}")
    parts += [f"{hold_words(hold.kind)} {hold.hold_id} remains" for hold in order.remaining_authority]
    return "; ".join(parts)


def _date(date: ReleaseDate) -> str:
    declined = "; hold declined" if date.hold_request == "declined" else ""
    match date:
        case ReleaseDate(status="released", released_at=datetime() as at):
            return f"released {local(at)}{declined}"
        case ReleaseDate(status="withdrawn"):
            return f"date withdrawn, record closed{declined}"
        case ReleaseDate(status="approaching", release_at=datetime() as at):
            return f"release is near: {local(at)}{declined}"
        case ReleaseDate(release_at=datetime() as at):
            return f"release date {local(at)}{declined}"
        case _:
            return f"{date.status}{declined}"
