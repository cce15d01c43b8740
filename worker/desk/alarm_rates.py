"""How often alarms are raised: what a watch can attend to, and what drowns it."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from worker.desk.story import utc_ms
from worker.store.alarms import StoredAlarm

WINDOW: Final = timedelta(minutes=10)
_WORST: Final = 10


@dataclass(frozen=True, slots=True)
class Worst:
    """One code or source: how many alarms, and how often they were raised while they waited."""

    name: str
    alarms: int
    times: int


@dataclass(frozen=True, slots=True)
class Rates:
    """The alarms of a period.

    Attributes:
        per_hour: on average over the period.
        most_at_once: the most that were raised within `WINDOW`, which began at `busiest_at` (UTC).
        per_day: by local date.
    """

    alarms: int
    per_hour: float
    most_at_once: int
    busiest_at: datetime | None
    per_day: dict[str, int]
    codes: tuple[Worst, ...]
    sources: tuple[Worst, ...]

    def to_document(self) -> dict[str, Any]:
        """For a program."""
        return {
            "alarms": self.alarms,
            "per_hour": round(self.per_hour, 2),
            "most_in_10_minutes": self.most_at_once,
            "busiest_at": utc_ms(self.busiest_at),
            "per_day": self.per_day,
            "worst_codes": [_document(worst) for worst in self.codes],
            "worst_sources": [_document(worst) for worst in self.sources],
        }


def rates_of(found: Iterable[StoredAlarm], start: datetime, end: datetime, zone: ZoneInfo) -> Rates:
    """The rates of the alarms that were raised from start to end, UTC.

    Args:
        zone: whose days are counted.
    """
    alarms = sorted(
        (alarm for alarm in found if start <= alarm.first_at <= end), key=lambda one: one.first_at_ms
    )
    instants = [alarm.first_at for alarm in alarms]
    most, busiest_at = _busiest(instants)
    return Rates(
        alarms=len(alarms),
        per_hour=len(alarms) / ((end - start) / timedelta(hours=1)),
        most_at_once=most,
        busiest_at=busiest_at,
        per_day=dict(Counter(instant.astimezone(zone).date().isoformat() for instant in instants)),
        codes=_worst(alarms, lambda alarm: alarm.code),
        sources=_worst(alarms, lambda alarm: alarm.source or "the clock itself"),
    )


def _busiest(instants: list[datetime]) -> tuple[int, datetime | None]:
    most, busiest_at, first = 0, None, 0
    for number, instant in enumerate(instants):
        while instant - instants[first] >= WINDOW:
            first += 1
        if number - first + 1 > most:
            most, busiest_at = number - first + 1, instants[first]
    return most, busiest_at


def _worst(alarms: list[StoredAlarm], name: Callable[[StoredAlarm], str]) -> tuple[Worst, ...]:
    count, times = Counter[str](), Counter[str]()
    for alarm in alarms:
        count[name(alarm)] += 1
        times[name(alarm)] += alarm.count
    return tuple(Worst(one, many, times[one]) for one, many in count.most_common(_WORST))


def _document(worst: Worst) -> dict[str, Any]:
    return {"name": worst.name, "alarms": worst.alarms, "times": worst.times}
