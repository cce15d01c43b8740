"""What arrives besides events: one line for each way an event can be refused."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ops.demo.weekend_case import Case, ScheduledEvent, cloud_event, nov

NO_RECORD: Final = "WKND-X"
"""Number of the refused events that are about no booking of the weekend: they leave no record behind."""


def garbage(victim: Case) -> list[tuple[str, ScheduledEvent]]:
    """The contract's reject reasons, each with an event that earns it; most of them aim at `victim`."""
    booking = victim.booking

    def about(
        at: datetime, kind: str, data: Mapping[str, Any], note: str, subject: str = booking
    ) -> ScheduledEvent:
        return ScheduledEvent(at, cloud_event(subject, kind, at, data, f"refused-{note}"), note, subject)

    far_ahead = (nov(12, 1) + timedelta(days=30)).isoformat()
    before_arrest = (victim.arrested_at - timedelta(hours=5)).isoformat()
    backwards = victim.facts() | {
        "arrested_at": nov(12, 5).isoformat(),
        "booked_at": nov(12, 4).isoformat(),
    }
    amended = {"facility": "Hollywood", "reason": "clerical_error", "birthplace": "x"}
    sent_to_ice = {"transferred_at": nov(12, 6).isoformat(), "to": "ice"}
    no_offset = {"posted_at": "2016-11-12T05:00:00", "kind": "cash"}
    bloated = victim.facts() | {"facility": "x" * 70_000}
    return [
        (
            "not_json",
            ScheduledEvent(nov(11, 19, 12), b"BOOKING 4711 RELEASED PLS CONFIRM", "a line of prose"),
        ),
        ("not_json", ScheduledEvent(nov(12, 3, 40), b'{"specversion":"1.0","id":"cut o', "half an event")),
        ("not_cloudevent", ScheduledEvent(nov(12, 4, 5), b"[1,2,3]", "an array")),
        ("not_cloudevent", ScheduledEvent(nov(12, 4, 20), _bare(booking), "JSON without an envelope")),
        ("unknown_type", about(nov(11, 21, 30), "clock.paused", {}, "somebody tries to pause the clock")),
        ("unknown_type", about(nov(12, 7, 15), "hold.extended", {}, "somebody tries to extend the hold")),
        ("invalid_data", about(nov(12, 2, 10), "booking.amended", amended, "a field for the birthplace")),
        ("invalid_data", about(nov(12, 6), "person.transferred", sent_to_ice, "a transfer to ICE")),
        (
            "invalid_data",
            about(nov(12, 6, 30), "bail.posted", no_offset, "bail at an instant without offset"),
        ),
        (
            "future_time",
            about(nov(12, 1), "bail.posted", {"posted_at": far_ahead, "kind": "cash"}, "bail of next month"),
        ),
        (
            "impossible_times",
            about(nov(12, 5), "booking.created", backwards, "booked before arrested", NO_RECORD),
        ),
        (
            "impossible_times",
            about(
                nov(12, 8),
                "bail.posted",
                {"posted_at": before_arrest, "kind": "cash"},
                "bail before the arrest",
            ),
        ),
        ("too_large", about(nov(12, 9), "booking.created", bloated, "70 kB in one event", NO_RECORD)),
    ]


def rejected_by_reason(refused: list[tuple[str, ScheduledEvent]]) -> dict[str, int]:
    """How many of them each reason gets."""
    return dict(Counter(reason for reason, _ in refused))


def _bare(booking: str) -> bytes:
    return json.dumps({"booking": booking, "release": "now"}).encode()
