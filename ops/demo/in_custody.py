"""Who is in custody, as far as the demo can see from outside: from the arrivals and the journal."""

import heapq
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from events.instants import parse_instant
from ops.demo.weekend import ScheduledEvent
from worker.desk.custody_list import Person

ICE_EVENT: Final = b'"custody.ice.'


class InCustody:
    """Everyone in custody, updated from the streams as any other system could."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._deadlines: dict[str, tuple[datetime, str | None]] = {}
        self._facilities: dict[str, str] = {}
        self.ice_contacted: set[str] = set()
        self.last_deadline: datetime | None = None

    def note_arrival(self, event: ScheduledEvent) -> None:
        """An event was sent to the inbox: it may name the facility, or be a contact by ICE."""
        if event.booking is None:
            return
        if ICE_EVENT in event.raw:
            self.ice_contacted.add(event.booking)
        if event.booking not in self._facilities and b'"facility"' in event.raw:
            self._facilities[event.booking] = _facility(event.raw)

    def note_entry(self, entry: Mapping[str, Any]) -> None:
        """The journal has a new entry."""
        booking, state = entry["booking"], entry["state"]
        self._states[booking] = state
        if state == "held" and entry["deadline"] is not None:
            deadline = parse_instant(entry["deadline"])
            self._deadlines[booking] = (deadline, entry["governing_limit"])
            self.last_deadline = max(deadline, self.last_deadline or deadline)
        else:
            self._deadlines.pop(booking, None)

    @property
    def counts(self) -> Counter[str]:
        """How many bookings are in each state."""
        return Counter(self._states.values())

    @property
    def held(self) -> int:
        """How many people are held."""
        return len(self._deadlines)

    def next(self, count: int) -> list[Person]:
        """The people with the earliest deadlines, soonest first."""
        soonest = heapq.nsmallest(count, self._deadlines.items(), key=lambda item: item[1][0])
        return [
            Person(booking, self._facilities.get(booking), deadline, limit, booking in self.ice_contacted)
            for booking, (deadline, limit) in soonest
        ]


def _facility(raw: bytes) -> str:
    try:
        facility = orjson.loads(raw)["data"]["facility"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
    return facility if isinstance(facility, str) else ""
