"""A made-up weekend in the custody of Los Angeles, from Veterans Day 2016 to the Monday after it.

The demo replays it through the whole service. It is the same for the same seed; nobody in it exists, and the
booking numbers are of no real form. What must be true at the end is worked out from the script alone, never
with the clock's own code, so that the demo can check one against the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ops.demo.weekend_case import (
    STARTS_AT,
    Role,
    ScheduledEvent,
    cloud_event,
    departure,
    minutes_to_leave,
    nov,
)
from ops.demo.weekend_cast import cast
from ops.demo.weekend_crowd import Draw, crowd
from ops.demo.weekend_deadline import expected_deadline
from ops.demo.weekend_expectations import Expectations, expect
from ops.demo.weekend_garbage import garbage, rejected_by_reason

__all__ = ["Expectations", "ScheduledEvent", "Weekend", "expected_deadline", "weekend"]

NEVER_BOOKED: Final = "WKND-999"
"""Somebody posts bail for this number; no booking ever comes."""

OVERSTAYS: Final = (timedelta(hours=3, minutes=10), timedelta(hours=5))
"""How long the overstaying wait at the door: past the alarms at 30 min and 2 h, and one past that at 4 h."""


@dataclass(frozen=True)
class Weekend:
    """The script, in the order of arrival, and what it must lead to."""

    starts_at: datetime
    ends_at: datetime
    """By then the last deadline has passed and everybody released has had the time to leave."""
    events: tuple[ScheduledEvent, ...]
    expectations: Expectations
    time_to_leave: Mapping[str, timedelta]
    """From the release to the door, for each of those who go at their deadline."""

    def departure_for(self, booking: str, released_at: datetime) -> ScheduledEvent | None:
        """The departure of somebody released at a deadline: minutes later, hours for those who overstay.

        None where the script has the departure already (after bail or an order) or expects no such release.
        """
        wait = self.time_to_leave.get(booking)
        return None if wait is None else departure(booking, released_at + wait)


def weekend(seed: int = 2016) -> Weekend:
    """The weekend of 11 to 14 November 2016: 150 bookings, the scenes set and the crowd drawn from `seed`."""
    scenes = cast()
    cases = scenes + crowd(len(scenes) + 1, Draw(seed))
    refused = garbage(next(case for case in scenes if Role.BOOKED_TWICE_ALIKE in case.roles))
    events = [event for case in cases for event in case.events]
    events += [_bail_for_nobody(), *(arrival.event for arrival in refused)]
    repeated = len(events) - len({event.raw for event in events})
    expectations = expect(cases, NEVER_BOOKED, rejected_by_reason(refused), repeated)
    staying = dict(zip(sorted(expectations.overstaying), OVERSTAYS, strict=True))
    return Weekend(
        starts_at=STARTS_AT,
        ends_at=max([event.at for event in events] + list(expectations.deadlines.values()))
        + timedelta(hours=1),
        events=tuple(sorted(events, key=lambda event: event.at)),
        expectations=expectations,
        time_to_leave={
            booking: staying.get(booking, minutes_to_leave(booking)) for booking in expectations.deadlines
        },
    )


def _bail_for_nobody() -> ScheduledEvent:
    at = nov(11, 23, 30)
    raw = cloud_event(NEVER_BOOKED, "bail.posted", at, {"posted_at": at.isoformat(), "kind": "cash"}, "stray")
    return ScheduledEvent(at, raw, "bail for a number that nobody booked", NEVER_BOOKED)
