"""Invalid events: at least one for each reason for which the contract rejects an event."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ops.demo.weekend_booking import WeekendBooking
from ops.demo.weekend_events import ScheduledEvent, cloud_event, nov


@dataclass(frozen=True, slots=True)
class InvalidEvent:
    """An event, and the reason for which it must be rejected."""

    reason: str
    event: ScheduledEvent


def invalid_events(target: WeekendBooking) -> list[InvalidEvent]:
    """Every invalid event. Those that name a booking name `target`, whose record they must not change."""
    return [*_unreadable(target.booking), *_outside_the_contract(target)]


def rejected_by_reason(invalid: list[InvalidEvent]) -> dict[str, int]:
    """How many events must be rejected for each reason."""
    return dict(Counter(item.reason for item in invalid))


def _unreadable(booking: str) -> Iterator[InvalidEvent]:
    bare = json.dumps({"booking": booking, "release": "now"}).encode()
    for reason, at, raw, note in (
        ("not_json", nov(11, 19, 12), b"BOOKING 4711 RELEASED PLS CONFIRM", "a line of prose"),
        ("not_json", nov(12, 3, 40), b'{"specversion":"1.0","id":"cut o', "half an event"),
        ("not_cloudevent", nov(12, 4, 5), b"[1,2,3]", "an array"),
        ("not_cloudevent", nov(12, 4, 20), bare, "JSON without an envelope"),
    ):
        yield InvalidEvent(reason, ScheduledEvent(at, raw, note))


def _outside_the_contract(target: WeekendBooking) -> Iterator[InvalidEvent]:
    no_offset = {"posted_at": "2016-11-12T05:00:00", "kind": "cash"}
    bloated = target.facts() | {"facility": "x" * 70_000}
    for reason, at, kind, data, note in (
        ("unknown_type", nov(11, 21, 30), "clock.paused", {}, "an attempt to pause the clock"),
        ("unknown_type", nov(12, 7, 15), "hold.extended", {}, "an attempt to extend the hold"),
        ("invalid_data", nov(12, 6, 30), "bail.posted", no_offset, "bail at an instant without an offset"),
        ("invalid_data", nov(12, 8), "bail.posted", {"kind": "cash"}, "bail at no instant"),
        ("too_large", nov(12, 9), "booking.created", bloated, "70 kB in one event"),
    ):
        yield _invalid(reason, at, kind, data, note, target.booking)


def _invalid(
    reason: str, at: datetime, kind: str, data: dict[str, Any], note: str, subject: str
) -> InvalidEvent:
    raw = cloud_event(subject, kind, at, data, f"rejected: {note}")
    return InvalidEvent(reason, ScheduledEvent(at, raw, note, subject))
