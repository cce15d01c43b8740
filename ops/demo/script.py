"""What the demo replays: the simulated weekend, or a user's own file of events."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from events.instants import parse_instant
from ops.demo.weekend import Expectations, ScheduledEvent, weekend
from worker.desk.words import CAUSES

LEAD: Final = timedelta(minutes=1)
"""Simulated time between the start of a replayed file and its first event."""

_NOTE_LENGTH: Final = 60


class ScriptError(ValueError):
    """The file cannot be replayed; the message says why."""


@dataclass(frozen=True)
class Script:
    """Events in the order of their arrival, and how to tell when the replay is over.

    Attributes:
        title: what is replayed, in a few words.
        ends_at: the replay does not end before this simulated instant.
        expectations: the required results, worked out without the clock; None for a user's own file.
        departure_for: the departure, if any, that follows the release of this booking at this instant.
    """

    title: str
    starts_at: datetime
    ends_at: datetime
    events: tuple[ScheduledEvent, ...]
    expectations: Expectations | None
    departure_for: Callable[[str, datetime], ScheduledEvent | None]


def weekend_script() -> Script:
    """The simulated weekend of November 2016."""
    simulated = weekend()
    return Script(
        title="a simulated weekend of November 2016",
        starts_at=simulated.starts_at,
        ends_at=simulated.ends_at,
        events=simulated.events,
        expectations=simulated.expectations,
        departure_for=simulated.departure_for,
    )


def file_script(lines: Iterable[bytes], title: str) -> Script:
    """CloudEvents, one per line, each arriving at its `time`.

    A line without a time arrives with the line before it; before the first time, with the line after it.

    Raises:
        ScriptError: no line has a time.
    """
    events = sorted(_scheduled(line.strip() for line in lines), key=lambda event: event.at)
    if not events:
        raise ScriptError(f"{title}: no line is an event with a `time`; give JSON CloudEvents, one per line")
    return Script(
        title=title,
        starts_at=events[0].at - LEAD,
        ends_at=events[-1].at,
        events=tuple(events),
        expectations=None,
        departure_for=lambda _booking, _released_at: None,
    )


def _scheduled(lines: Iterable[bytes]) -> Iterator[ScheduledEvent]:
    waiting: list[bytes] = []
    at: datetime | None = None
    for line in filter(None, lines):
        document = _document(line)
        at = _time(document) or at
        if at is None:
            waiting.append(line)
            continue
        for earlier in waiting:
            yield ScheduledEvent(at, earlier, "a line without a time")
        waiting = []
        kind, booking = document.get("type"), document.get("subject")
        note = CAUSES.get(kind, kind)[:_NOTE_LENGTH] if isinstance(kind, str) else "a line that is no event"
        yield ScheduledEvent(at, line, note, booking if isinstance(booking, str) else None)


def _document(line: bytes) -> dict[str, Any]:
    """The line's JSON object; empty if it has none. Invalid lines are replayed too, and must be rejected."""
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _time(document: dict[str, Any]) -> datetime | None:
    try:
        return parse_instant(document.get("time"))
    except ValueError:
        return None
