"""The signs of life as a page needs them: whether the clock is dead, and since when."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self, TypeAlias
from zoneinfo import ZoneInfo

from worker.desk.board.answers import Pulse

LATE_AFTER: Final = timedelta(seconds=5)
DEAD_AFTER: Final = timedelta(seconds=10)
"""So long without a sign of the clock, in real time, and no page may look live; the script has the same."""

PulseDocument: TypeAlias = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Signs:
    """What a page starts from.

    Attributes:
        document: for the script.
        is_dead: whether the page must say that it is not live.
        last: when the clock gave its last sign, in the site's local time; None if it never did.
        as_of: until when the page is known to be true, and on which day, in the site's local time.
        zone: the name of the site's time zone, such as `America/Los_Angeles`.
    """

    document: PulseDocument
    is_dead: bool
    last: str | None
    as_of: str
    day: str
    zone: str

    @classmethod
    def of(cls, pulse: Pulse, zone: ZoneInfo) -> Self:
        """The signs in a pulse of this moment."""
        age = pulse.beat_age
        last = None if age is None else (pulse.now - age * pulse.speed).astimezone(zone)
        now = pulse.now.astimezone(zone)
        as_of = now if last is None or age is None or age < LATE_AFTER else last
        return cls(
            document=pulse_document(pulse),
            is_dead=age is None or age >= DEAD_AFTER,
            last=None if last is None else f"{last:%H:%M:%S}",
            as_of=f"{as_of:%H:%M:%S}",
            day=f"{as_of:%a} {as_of.day} {as_of:%b %Z}",
            zone=zone.key,
        )


def pulse_document(pulse: Pulse) -> PulseDocument:
    """For the script: what time it is, and how long ago the clock gave its last sign."""
    age = pulse.beat_age
    return {
        "now_ms": pulse.now.timestamp() * 1000,
        "speed": pulse.speed,
        "beat_age_ms": None if age is None else age / timedelta(milliseconds=1),
    }
