"""What happens, in words: one line for each release, each word to ICE, each alarm, each refused event."""

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
from ops.demo.roll import ICE_EVENT
from ops.demo.weekend_case import LOS_ANGELES, ScheduledEvent

WORTH_TELLING: Final = timedelta(hours=6)
"""Made-up time after the entitlement from which a release says since when it was due."""


class Topic(StrEnum):
    """What a piece of news is about."""

    RELEASED = "released"
    CLOSED = "closed"
    ICE_ASKS = "ICE asks"
    ICE_TOLD = "ICE told"
    ALARM = "alarm"
    OVERDUE = "overdue"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class News:
    """One thing that has just happened, at a made-up instant."""

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


def of_arrival(arrival: Arrival) -> News | None:
    """News of what has just arrived: only where ICE asks; of the rest, what comes of it is told."""
    if ICE_EVENT not in arrival.event.raw:
        return None
    asked = arrival.event.note.removeprefix("ICE asks ").removeprefix("ICE ")
    return News(arrival.at, Topic.ICE_ASKS, arrival.event.booking or "", asked)


def of_refusal(reason: str, event: ScheduledEvent | None, at: datetime) -> News:
    """News of a refused event; which booking it was about cannot always be told."""
    if event is None:
        return News(at, Topic.REFUSED, "", f"an event ({reason})")
    return News(at, Topic.REFUSED, event.booking or "-", f"{event.note} ({reason})")


def of_outbound(event: Outbound) -> News | None:
    """News of what the clock tells others; None for a warning of a release to come, which the roll shows."""
    told = _told(event)
    return News(event.time, told[0], event.subject, told[1]) if told else None


def _told(event: Outbound) -> tuple[Topic, str] | None:
    match event:
        case RecordReleased(data=order):
            return Topic.RELEASED, _why(order)
        case RecordClosed(data=closure):
            return Topic.CLOSED, closure.basis.replace("_", " ")
        case IceReleaseDateGiven(data=date):
            return Topic.ICE_TOLD, _date(date)
        case IceRequestDeclined(data=declined):
            return Topic.ICE_TOLD, f"request declined: {declined.reason.replace('_', ' ')}"
        case _:
            return _told_the_watch(event)


def _told_the_watch(event: Outbound) -> tuple[Topic, str] | None:
    match event:
        case ClockAlarmed(data=alarm):
            detail = alarm.detail.removeprefix(f"booking {event.subject}: ")
            return Topic.ALARM, f"{alarm.code.replace('_', ' ')}: {detail}"
        case ReleaseOverdue(data=overdue):
            after = short(timedelta(minutes=overdue.overdue_minutes))
            happened = "released" if overdue.fired_late else "still in the building"
            return Topic.OVERDUE, f"{happened} {after} after entitlement"
        case _:
            return None


def _why(order: ReleaseOrder) -> str:
    """The basis, the limit that governed, what was due long ago, and whose hold remains."""
    parts = [
        f"deadline, {order.governing_limit}" if order.basis == "deadline" else order.basis.replace("_", " ")
    ]
    if order.released_at - order.entitled_at > WORTH_TELLING:
        parts.append(f"was due {local(order.entitled_at)}")
    parts += [f"{hold.kind.replace('_', ' ')} {hold.hold_id} remains" for hold in order.remaining_authority]
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
