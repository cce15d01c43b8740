"""What the demo replays: the made-up weekend, or a file of events that somebody has."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from events.instants import parse_instant
from ops.demo.weekend import Expectations, ScheduledEvent, weekend

LEAD: Final = timedelta(minutes=1)
"""Made-up time between the start of a replayed file and its first event."""

_TO_BLANKS: Final = str.maketrans("._", "  ")


class ScriptError(ValueError):
    """The file cannot be replayed; the message says why."""


@dataclass(frozen=True)
class Script:
    """Events in the order of their arrival, and how to know that all is over.

    Attributes:
        title: what is replayed, in a few words.
        ends_at: not over before this made-up instant.
        expectations: what must have come of it, worked out without the clock; None where nobody did.
        departure_for: the departure, if any, that follows when this booking is released at this instant.
    """

    title: str
    starts_at: datetime
    ends_at: datetime
    events: tuple[ScheduledEvent, ...]
    expectations: Expectations | None
    departure_for: Callable[[str, datetime], ScheduledEvent | None]


def weekend_script() -> Script:
    """The made-up weekend of November 2016."""
    made_up = weekend()
    return Script(
        title="a made-up weekend of November 2016",
        starts_at=made_up.starts_at,
        ends_at=made_up.ends_at,
        events=made_up.events,
        expectations=made_up.expectations,
        departure_for=made_up.departure_for,
    )


def file_script(lines: Iterable[bytes], title: str) -> Script:
    """CloudEvents, one a line, each arriving at its `time`; a line without one arrives with the line before.

    Raises:
        ScriptError: no line has a time.
    """
    events = sorted(_scheduled(line.strip() for line in lines), key=lambda event: event.at)
    if not events:
        raise ScriptError(f"{title}: no line is an event with a `time`; give CloudEvents in JSON, one a line")
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
        note = kind.removeprefix("custody.").removesuffix(".v1") if isinstance(kind, str) else "no event"
        note = note.translate(_TO_BLANKS)[:60]
        yield ScheduledEvent(at, line, note, booking if isinstance(booking, str) else None)


def _document(line: bytes) -> dict[str, Any]:
    """The line's JSON object; empty if it is none. Garbage is replayed too: the clock must refuse it."""
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
