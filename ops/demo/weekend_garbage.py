"""What arrives besides events: something for each reason for which the contract refuses one."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ops.demo.weekend_case import Case, ScheduledEvent, cloud_event, nov

NO_RECORD: Final = "WKND-X"
"""Number of the refused events that are about no booking of the weekend: they leave no record behind."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An arrival, and the reason for which it must be refused."""

    reason: str
    event: ScheduledEvent


def garbage(victim: Case) -> list[Refused]:
    """Everything that must be refused; what names a booking names `victim`, on whom it must leave no mark."""
    return [*_unreadable(victim.booking), *_outside_the_contract(victim), *_at_impossible_times(victim)]


def rejected_by_reason(refused: list[Refused]) -> dict[str, int]:
    """How many of them each reason gets."""
    return dict(Counter(arrival.reason for arrival in refused))


def _unreadable(booking: str) -> Iterator[Refused]:
    bare = json.dumps({"booking": booking, "release": "now"}).encode()
    for reason, at, raw, note in (
        ("not_json", nov(11, 19, 12), b"BOOKING 4711 RELEASED PLS CONFIRM", "a line of prose"),
        ("not_json", nov(12, 3, 40), b'{"specversion":"1.0","id":"cut o', "half an event"),
        ("not_cloudevent", nov(12, 4, 5), b"[1,2,3]", "an array"),
        ("not_cloudevent", nov(12, 4, 20), bare, "JSON without an envelope"),
    ):
        yield Refused(reason, ScheduledEvent(at, raw, note))


def _outside_the_contract(victim: Case) -> Iterator[Refused]:
    birthplace = {"facility": "Hollywood", "reason": "clerical_error", "birthplace": "x"}
    to_ice = {"transferred_at": nov(12, 6).isoformat(), "to": "ice"}
    no_offset = {"posted_at": "2016-11-12T05:00:00", "kind": "cash"}
    bloated = victim.facts() | {"facility": "x" * 70_000}
    for reason, at, kind, data, note in (
        ("unknown_type", nov(11, 21, 30), "clock.paused", {}, "somebody tries to pause the clock"),
        ("unknown_type", nov(12, 7, 15), "hold.extended", {}, "somebody tries to extend the hold"),
        ("invalid_data", nov(12, 2, 10), "booking.amended", birthplace, "a field for the birthplace"),
        ("invalid_data", nov(12, 6), "person.transferred", to_ice, "a transfer to ICE"),
        ("invalid_data", nov(12, 6, 30), "bail.posted", no_offset, "bail at an instant without offset"),
        ("too_large", nov(12, 9), "booking.created", bloated, "70 kB in one event"),
    ):
        yield _refused(reason, at, kind, data, note, victim.booking)


def _at_impossible_times(victim: Case) -> Iterator[Refused]:
    next_month = {"posted_at": (nov(12, 1) + timedelta(days=30)).isoformat(), "kind": "cash"}
    before_arrest = {"posted_at": (victim.arrested_at - timedelta(hours=5)).isoformat(), "kind": "cash"}
    backwards = {"arrested_at": nov(12, 5).isoformat(), "booked_at": nov(12, 4).isoformat()}
    booked_first = victim.facts() | backwards
    subject = victim.booking
    yield _refused("future_time", nov(12, 1), "bail.posted", next_month, "bail of next month", subject)
    yield _refused(
        "impossible_times", nov(12, 5), "booking.created", booked_first, "booked before arrested", NO_RECORD
    )
    yield _refused(
        "impossible_times", nov(12, 8), "bail.posted", before_arrest, "bail before the arrest", subject
    )


def _refused(reason: str, at: datetime, kind: str, data: dict[str, Any], note: str, subject: str) -> Refused:
    raw = cloud_event(subject, kind, at, data, f"refused: {note}")
    return Refused(reason, ScheduledEvent(at, raw, note, subject))
