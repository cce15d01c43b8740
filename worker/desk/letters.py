"""Writes notices as letters: the first sentence says what and when, in local time with the weekday.

ICE is written to in the words of the policy. The person and counsel are written to in short sentences that
need no more than six years of school; a test measures that.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from events.outbound import (
    ClockAlarmed,
    IceReleaseDateGiven,
    IceRequestDeclined,
    Outbound,
    RecordClosed,
    RecordReleased,
    ReleaseApproaching,
    ReleaseAuthorityChanged,
    ReleaseOverdue,
    RemainingAuthority,
    SubjectIceRequestServed,
    SubjectReleaseDateGiven,
)
from worker.desk.words import ALARMS, BASES, DECLINE_REASONS, LIMITS, hold


class Letter(Struct, frozen=True):
    """The text of a notice.

    Attributes:
        subject: what it is about, in a line.
        text: the whole text; the first sentence says what and when.
        attention: for whom it is, where a machine is shared.
        refer: what an answer should name.
    """

    subject: str
    text: str
    attention: str = ""
    refer: str = ""

    def as_message(self) -> str:
        """To be keyed in for a fax or a teletype message."""
        return f"ATTENTION: {self.attention}\nREFER: {self.refer}\nSUBJECT: {self.subject}\n\n{self.text}"


def write(event: Outbound, zone: ZoneInfo) -> Letter:
    """The letter of a notice, with its instants in local time."""
    letter = _WRITERS[type(event)](event, zone)
    return replace(letter, attention=_ATTENTION[event.audience], refer=event.subject)


_ATTENTION: Final[Mapping[str, str]] = MappingProxyType(
    {
        "jms": "release desk",
        "watch": "watch commander",
        "ice": "officer on duty, Enforcement and Removal Operations",
        "subject": "the person booked",
        "counsel": "counsel",
    }
)


def _local(instant: datetime | None, zone: ZoneInfo) -> str:
    """As in "Thursday, 17 November 2016, at 10:00:00 PST"."""
    if instant is None:
        return "an unknown time"
    here = instant.astimezone(zone)
    return f"{here:%A}, {here.day} {here:%B %Y, at %H:%M:%S %Z}"


def _clock_time(instant: datetime | None, zone: ZoneInfo) -> str:
    """Short, for plain letters: "Thursday, November 17, at 10:00 AM"."""
    if instant is None:
        return "a time we do not know"
    here = instant.astimezone(zone)
    return f"{here:%A}, {here:%B} {here.day}, at {here.hour % 12 or 12}:{here:%M %p}"


def _holds(remaining: tuple[RemainingAuthority, ...]) -> str:
    if not remaining:
        return "No hold of another authority is on record."
    listed = "; ".join(
        hold(one.kind) + (f", reference {one.reference}" if one.reference else "") for one in remaining
    )
    return f"Holds of other authorities are on record, for you to decide on: {listed}."


def _order(event: RecordReleased, zone: ZoneInfo) -> Letter:
    data = event.data
    limit = f" ({LIMITS.get(data.governing_limit, data.governing_limit)})" if data.governing_limit else ""
    return Letter(
        f"Release now: booking {event.subject}",
        f"Release the person booked as {event.subject} now: the right to hold ended on "
        f"{_local(data.entitled_at, zone)}.\n\n"
        f"Reason: {BASES[data.basis]}{limit}.\n"
        f"Ordered on {_local(data.released_at, zone)}.\n{_holds(data.remaining_authority)}\n",
    )


def _closed(event: RecordClosed, zone: ZoneInfo) -> Letter:
    return Letter(
        f"Record closed: booking {event.subject}",
        f"The record of booking {event.subject} was closed on {_local(event.data.closed_at, zone)}: "
        f"{BASES[event.data.basis]}.\n\nNo release is ordered for it.\n",
    )


def _authority(event: ReleaseAuthorityChanged, zone: ZoneInfo) -> Letter:
    return Letter(
        f"Holds have changed: booking {event.subject}",
        f"The holds on the person booked as {event.subject} have changed since the release ordered on "
        f"{_local(event.data.released_at, zone)}.\n\n{_holds(event.data.remaining_authority)}\n",
    )


def _approaching(event: ReleaseApproaching, zone: ZoneInfo) -> Letter:
    hours, minutes = divmod(event.data.remaining_minutes, 60)
    left = f"{hours} h {minutes} min" if hours else f"{minutes} min"
    return Letter(
        f"Release in {left}: booking {event.subject}",
        f"The person booked as {event.subject} must be released by {_local(event.data.release_at, zone)}.\n\n"
        "Prepare the release now.\n",
    )


def _overdue(event: ReleaseOverdue, zone: ZoneInfo) -> Letter:
    data = event.data
    what = "was released late" if data.fired_late else "has not left the building"
    return Letter(
        f"Overdue: booking {event.subject}",
        f"The person booked as {event.subject} {what}: the right to hold ended on "
        f"{_local(data.entitled_at, zone)}, {data.overdue_minutes} minutes ago.\n\n"
        "See to it at once, and report the departure.\n",
    )


def _alarm(event: ClockAlarmed, zone: ZoneInfo) -> Letter:
    page = event.data.code.replace("_", "-")
    return Letter(
        f"Alarm: {ALARMS[event.data.code]}",
        f"Alarm of {_local(event.time, zone)}: {ALARMS[event.data.code]}.\n\n{event.data.detail}\n\n"
        f"What to do: runbook {page}.md.\n",
    )


_DATE_TO_ICE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "scheduled": "The person booked as {booking} is to be released on {when}.",
        "approaching": "The person booked as {booking} is to be released soon, on {when}.",
        "released": "The person booked as {booking} was released on {when}.",
        "withdrawn": "No release date for booking {booking} is in force any more: its record was closed on "
        "{when}.",
    }
)


def _date_to_ice(event: IceReleaseDateGiven, zone: ZoneInfo) -> Letter:
    data = event.data
    first = _DATE_TO_ICE[data.status].format(booking=event.subject, when=_local(_instant_of(data), zone))
    if data.hold_request == "declined":
        first = f"{first[:-1]}; the request to hold is declined."
    rest = {
        "scheduled": "Nobody is held past this date. It may be earlier: if bail is posted or a court orders "
        "it, the person is released at once.",
        "approaching": "Nobody is held past this date.",
    }.get(data.status, "")
    return Letter(f"Release date: booking {event.subject}", f"{first}\n\n{rest}\n".replace("\n\n\n", "\n"))


def _declined(event: IceRequestDeclined, zone: ZoneInfo) -> Letter:
    reason = DECLINE_REASONS[event.data.reason]
    return Letter(
        f"Request declined: booking {event.subject}",
        f"The request about the person booked as {event.subject} was declined on "
        f"{_local(event.time, zone)}: {reason}.\n",
    )


_ASKED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "release_date": "They asked when you will go free.",
        "hold": "They asked us to keep you here longer.",
        "transfer": "They asked us to hand you to them.",
        "interview": "They asked to talk with you.",
    }
)


def _served(event: SubjectIceRequestServed, zone: ZoneInfo) -> Letter:
    data = event.data
    asked = [_ASKED.get(word, "They asked for something else too.") for word in data.requests]
    answer = "We plan to do what they asked." if data.will_comply else "We will not do all that they asked."
    keeps = ["We will not keep you here longer for them."] if "hold" in data.requests else []
    form = [] if data.form == "none" else [f"Their form is called {data.form}."]
    lines = [
        f"ICE asked us about you on {_clock_time(data.contacted_at, zone)}.",
        *form,
        *dict.fromkeys(asked),
        answer,
        *keeps,
        "This letter is your copy.",
        "You can show it to a lawyer.",
    ]
    return Letter("ICE asked about you", f"Booking {event.subject}.\n\n" + "\n".join(lines) + "\n")


def _date_to_person(event: SubjectReleaseDateGiven, zone: ZoneInfo) -> Letter:
    data = event.data
    when = _clock_time(_instant_of(data), zone)
    said = {
        "scheduled": f"ICE asked when you will go free. We said: on {when}.",
        "approaching": f"ICE asked when you will go free. We said: soon, on {when}.",
        "released": f"We let ICE know that you went free on {when}.",
        "withdrawn": "The day that we gave ICE is no longer right.",
    }[data.status]
    keeps = (
        ["They asked us to keep you here longer.", "We said no."] if data.hold_request == "declined" else []
    )
    lines = [said, *keeps, "This letter is your copy.", "You can show it to a lawyer."]
    return Letter("What we said to ICE about you", f"Booking {event.subject}.\n\n" + "\n".join(lines) + "\n")


def _instant_of(data: Any) -> datetime | None:
    instant: datetime | None = data.release_at or data.released_at or data.closed_at
    return instant


_WRITERS: Final[Mapping[type[Outbound], Callable[[Any, ZoneInfo], Letter]]] = MappingProxyType(
    {
        RecordReleased: _order,
        RecordClosed: _closed,
        ReleaseAuthorityChanged: _authority,
        ReleaseApproaching: _approaching,
        ReleaseOverdue: _overdue,
        ClockAlarmed: _alarm,
        IceReleaseDateGiven: _date_to_ice,
        IceRequestDeclined: _declined,
        SubjectIceRequestServed: _served,
        SubjectReleaseDateGiven: _date_to_person,
    }
)
