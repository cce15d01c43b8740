"""Who is held, as far as the demo has seen it from outside: by the arrivals and by the journal."""

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from events.instants import parse_instant
from ops.demo.weekend import ScheduledEvent

ICE_EVENT: Final = b'"custody.ice.'


@dataclass(frozen=True, slots=True)
class Held:
    """One person in custody, and until when."""

    booking: str
    station: str
    deadline: datetime
    limit: str
    asked_about: bool


class Roll:
    """The roll of those in custody, kept up from what is read."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._deadlines: dict[str, tuple[datetime, str]] = {}
        self._stations: dict[str, str] = {}
        self.asked_about: set[str] = set()
        self.last_deadline: datetime | None = None

    def note_arrival(self, event: ScheduledEvent) -> None:
        """An event has been put into the inbox: it may say where somebody is held, or that ICE asks."""
        if event.booking is None:
            return
        if ICE_EVENT in event.raw:
            self.asked_about.add(event.booking)
        if event.booking not in self._stations and b'"facility"' in event.raw:
            self._stations[event.booking] = _facility(event.raw)

    def note_entry(self, entry: Mapping[str, Any]) -> None:
        """The journal has a new entry."""
        booking, state = entry["booking"], entry["state"]
        self._states[booking] = state
        if state == "held" and entry["deadline"] is not None:
            deadline = parse_instant(entry["deadline"])
            self._deadlines[booking] = (deadline, entry["governing_limit"] or "")
            self.last_deadline = max(deadline, self.last_deadline or deadline)
        else:
            self._deadlines.pop(booking, None)

    @property
    def counts(self) -> Counter[str]:
        """How many are held, released, closed."""
        return Counter(self._states.values())

    @property
    def held(self) -> int:
        """How many are held."""
        return len(self._deadlines)

    def next(self, count: int) -> list[Held]:
        """Those whose deadline comes first, soonest first."""
        soonest = heapq.nsmallest(count, self._deadlines.items(), key=lambda item: item[1][0])
        return [
            Held(booking, self._stations.get(booking, ""), deadline, limit, booking in self.asked_about)
            for booking, (deadline, limit) in soonest
        ]


def _facility(raw: bytes) -> str:
    try:
        facility = orjson.loads(raw)["data"]["facility"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
    return facility if isinstance(facility, str) else ""
