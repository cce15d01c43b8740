"""Reads the demo's script back through the contract's own parser."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from events.inbound import Inbound
from events.parse import Rejection, parse
from ops.demo.weekend import ScheduledEvent, Weekend

LOCAL = ZoneInfo("America/Los_Angeles")

ENDED_BY_AN_EVENT = {
    "bail",
    "citation",
    "own_recognizance",
    "no_charges",
    "insufficient_grounds",
    "court_order",
    "other",
    "probable_cause_not_found",
}


def parsed(event: ScheduledEvent) -> Inbound | Rejection:
    result = parse(event.raw)
    return result if isinstance(result, Rejection) else result.event


def valid_events(script: Weekend) -> list[tuple[ScheduledEvent, Inbound]]:
    """The arrivals that are valid events of the contract, each with its parsed form."""
    return _read(script.events)


def about(script: Weekend, booking: str) -> list[tuple[ScheduledEvent, Inbound]]:
    return [(event, parsed) for event, parsed in valid_events(script) if parsed.subject == booking]


@cache
def _read(events: tuple[ScheduledEvent, ...]) -> list[tuple[ScheduledEvent, Inbound]]:
    pairs = [(event, parsed(event)) for event in events]
    return [(event, result) for event, result in pairs if not isinstance(result, Rejection)]


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2016, 11, day, hour, minute, tzinfo=LOCAL)
