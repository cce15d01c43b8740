"""Writes notices as letters: the first sentence says what and when, in local time with the weekday."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

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
    SubjectIceRequestServed,
    SubjectReleaseDateGiven,
)
from worker.desk import letters_to_ice, letters_to_officers, letters_to_person
from worker.desk.letter import Letter


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
        "counsel": "counsel or designated person",
    }
)

_WRITERS: Final[Mapping[type[Outbound], Callable[[Any, ZoneInfo], Letter]]] = MappingProxyType(
    {
        RecordReleased: letters_to_officers.release_order,
        RecordClosed: letters_to_officers.record_closed,
        ReleaseAuthorityChanged: letters_to_officers.holds_changed,
        ReleaseApproaching: letters_to_officers.release_approaching,
        ReleaseOverdue: letters_to_officers.overdue,
        ClockAlarmed: letters_to_officers.alarm,
        IceReleaseDateGiven: letters_to_ice.release_date,
        IceRequestDeclined: letters_to_ice.request_declined,
        SubjectIceRequestServed: letters_to_person.request_served,
        SubjectReleaseDateGiven: letters_to_person.release_date,
    }
)
