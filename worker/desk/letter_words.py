"""What the letters say in common: instants in local time, lengths of time, holds."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from events.outbound import ReleaseDate, RemainingAuthority
from worker.desk import words
from worker.plain_text import escaped

_UNKNOWN: Final = "a time that is not known"


def official_time(instant: datetime | None, zone: ZoneInfo) -> str:
    """As in "10:00:00 PST on Thursday, November 17, 2016"."""
    if instant is None:
        return _UNKNOWN
    here = _in_zone(instant, zone)
    return f"{here:%H:%M:%S %Z} on {here:%A}, {here:%B} {here.day}, {here.year}"


def short_time(instant: datetime, zone: ZoneInfo) -> str:
    """For a subject line, as in "10:00 PST on Thursday"."""
    return f"{_in_zone(instant, zone):%H:%M %Z on %A}"


def everyday_time(instant: datetime | None, zone: ZoneInfo) -> str:
    """For plain letters, after "on": "Thursday, November 17, 2016, at 10:00 AM PST"."""
    if instant is None:
        return _UNKNOWN
    here = _in_zone(instant, zone)
    return f"{here:%A}, {here:%B} {here.day}, {here.year}, at {here.hour % 12 or 12}:{here:%M %p %Z}"


def instant_of(date: ReleaseDate) -> datetime | None:
    """The one instant that goes with the status of a date."""
    return date.release_at or date.released_at or date.closed_at


def in_hours(minutes: int) -> str:
    """A length of time, as in "2 h 5 min"."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def holds(remaining: tuple[RemainingAuthority, ...]) -> str:
    """The holds of other authorities, one a line, with what identifies them."""
    if not remaining:
        return "No hold of another authority is on record."
    listed = [
        f"- {words.hold(one.kind)}"
        + (f", reference {one.reference}" if one.reference else "")
        + f" (hold {one.hold_id})"
        for one in remaining
    ]
    return "\n".join(
        ["Holds of other authorities are on record, for you to decide on:", *map(escaped, listed)]
    )


def limit(name: str | None) -> str:
    """The words for the limit that set a deadline, in brackets; nothing for None."""
    return f" ({escaped(words.limit(name))})" if name else ""


def _in_zone(instant: datetime, zone: ZoneInfo) -> datetime:
    """An instant at the edge of the calendar has no local time; as it was reported it may be there."""
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return instant
