"""A simulated weekend of custody in Los Angeles, from Veterans Day 2016 to the Monday after it.

The demo replays it through the whole service. The same seed always gives the same weekend; nobody in it
exists, and the booking numbers have no real format. The required results are worked out from the script
alone, never with the clock's own code, so that the demo can check one against the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ops.demo.weekend_booking import Role
from ops.demo.weekend_crowd import Draw, crowd
from ops.demo.weekend_deadline import expected_deadline
from ops.demo.weekend_events import STARTS_AT, ScheduledEvent, cloud_event, departure, minutes_to_leave, nov
from ops.demo.weekend_expectations import Expectations, expect
from ops.demo.weekend_invalid_events import invalid_events, rejected_by_reason
from ops.demo.weekend_scenes import all_scenes

__all__ = ["Expectations", "ScheduledEvent", "Weekend", "expected_deadline", "weekend"]

NEVER_BOOKED: Final = "WKND-999"
"""Somebody posts bail for this number, which is never booked."""

OVERSTAYS: Final = (timedelta(hours=3, minutes=10), timedelta(hours=5))
"""How long after their release two people leave: both reported at 30 min and 2 h, the second at 4 h too."""


@dataclass(frozen=True)
class Weekend:
    """The script, in the order of arrival, and the required results."""

    starts_at: datetime
    ends_at: datetime
    """By then the last deadline has passed and everyone released has had time to leave."""
    events: tuple[ScheduledEvent, ...]
    expectations: Expectations
    time_to_leave: Mapping[str, timedelta]
    """From the release to the departure, for each person released at a deadline."""

    def departure_for(self, booking: str, released_at: datetime) -> ScheduledEvent | None:
        """The departure after a release at a deadline: minutes later, hours later for those who overstay.

        None if the script already has the departure (after bail or an order) or expects no such release.
        """
        wait = self.time_to_leave.get(booking)
        return None if wait is None else departure(booking, released_at + wait)


def weekend(seed: int = 2016) -> Weekend:
    """The weekend of 11 to 14 November 2016: 150 bookings, fixed scenes, and a crowd drawn from `seed`."""
    scenes = all_scenes()
    bookings = scenes + crowd(len(scenes) + 1, Draw(seed))
    target = next(booking for booking in scenes if Role.BOOKED_TWICE_ALIKE in booking.roles)
    target.doubts.add("event_refused")
    invalid = invalid_events(target)
    events = [event for booking in bookings for event in booking.events]
    events += [_bail_for_nobody(), *(item.event for item in invalid)]
    repeated = len(events) - len({event.raw for event in events})
    expectations = expect(bookings, NEVER_BOOKED, rejected_by_reason(invalid), repeated)
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
    return ScheduledEvent(at, raw, "bail for a number that was never booked", NEVER_BOOKED)
