"""Events as upstream systems send them to the demo, each with the instant of its arrival."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zlib import crc32
from zoneinfo import ZoneInfo

LOS_ANGELES: Final = ZoneInfo("America/Los_Angeles")
SOURCE: Final = "urn:custody-clock:demo"


def nov(day: int, hour: int, minute: int = 0) -> datetime:
    """A wall-clock time in Los Angeles in November 2016."""
    return datetime(2016, 11, day, hour, minute, tzinfo=LOS_ANGELES)


STARTS_AT: Final = nov(11, 18)
"""Veterans Day, a Friday: the courts have been closed all day and reopen on Monday."""


@dataclass(frozen=True, slots=True)
class ScheduledEvent:
    """Something that arrives in the inbox at an instant of the simulated weekend.

    Attributes:
        raw: what arrives, valid or not.
        note: the same in a few words, for a person.
        booking: the number it concerns; None if that is not known.
    """

    at: datetime
    raw: bytes
    note: str
    booking: str | None = None


def cloud_event(booking: str, kind: str, at: datetime, data: Mapping[str, Any], event_id: str) -> bytes:
    """An event as the contract defines it."""
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": f"custody.{kind}.v1",
        "subject": booking,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event, separators=(",", ":")).encode()


def departure(booking: str, at: datetime) -> ScheduledEvent:
    """The person has left the building."""
    data = {"departed_at": at.isoformat()}
    raw = cloud_event(booking, "person.departed", at, data, f"{booking}-departed")
    return ScheduledEvent(at, raw, "left the building", booking)


def minutes_to_leave(booking: str) -> timedelta:
    """How long property and paperwork take: 8 to 24 minutes, determined by the booking number."""
    return timedelta(minutes=8 + crc32(booking.encode()) % 17)
