"""Accounts for the timers of a run: how late each fired, how often, and which are missing."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ops.bench.timers import Timer


@dataclass(frozen=True, slots=True)
class Firing:
    """One state change by which a contender reports that a timer fired.

    Attributes:
        fired_us: Unix time in microseconds, taken inside the task, or by the store in the releasing commit.
        seen_us: Unix time in microseconds at which an outside observer read the change, after its fsync.
        deadline_ms: the deadline that the contender reports for this timer, if it reports one.
    """

    timer: int
    fired_us: int
    seen_us: int | None = None
    deadline_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, 99th percentile (nearest rank) and maximum of a set of times in milliseconds."""

    p50: float
    p99: float
    max: float

    @classmethod
    def of(cls, values_ms: Iterable[float]) -> "Spread | None":
        """The spread of the values; None if there are none, which is not the same as zero."""
        ordered = sorted(values_ms)
        if not ordered:
            return None
        return cls(nearest_rank(ordered, 0.5), nearest_rank(ordered, 0.99), ordered[-1])

    def to_document(self) -> dict[str, float]:
        """For the results file."""
        return {"p50": round(self.p50, 3), "p99": round(self.p99, 3), "max": round(self.max, 3)}


@dataclass(frozen=True, slots=True)
class Account:
    """What happened to the timers of one run.

    Attributes:
        unfired: timers with no firing by the end of the wait.
        repeated: timers with more than one firing.
        extra_firings: firings beyond the first of each timer.
        early: timers whose first firing came before they were due.
        earliest_ms: how early the worst of those was; 0 if none was early.
        wrong_deadline: timers for which the contender reports a deadline other than the one requested.
        unknown: firings of timers that were never set.
        lateness: of first firings, by the instant taken inside the task.
        seen: of first firings, by the observer.
        first_fired_us, last_fired_us: of first firings.
    """

    wanted: int
    fired: int
    unfired: int
    repeated: int
    extra_firings: int
    early: int
    earliest_ms: float
    wrong_deadline: int
    unknown: int
    lateness: Spread | None
    seen: Spread | None
    first_fired_us: int | None
    last_fired_us: int | None

    def to_document(self) -> dict[str, Any]:
        """For the results file, without instants, which mean nothing after the run."""
        return {
            "wanted": self.wanted,
            "fired": self.fired,
            "unfired": self.unfired,
            "repeated": self.repeated,
            "extra_firings": self.extra_firings,
            "early": self.early,
            "earliest_ms": round(self.earliest_ms, 3),
            "wrong_deadline": self.wrong_deadline,
            "unknown": self.unknown,
            "lateness_ms": self.lateness.to_document() if self.lateness else None,
            "seen_ms": self.seen.to_document() if self.seen else None,
        }


def nearest_rank(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the smallest value not exceeded by at least this share of the values."""
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]


def account(timers: Sequence[Timer], firings: Iterable[Firing]) -> Account:
    """Match the firings with the timers. Of several firings of one timer, the earliest counts."""
    due_ms = {timer.number: timer.due_ms for timer in timers}
    by_timer: dict[int, list[Firing]] = {}
    unknown = 0
    for firing in firings:
        if firing.timer in due_ms:
            by_timer.setdefault(firing.timer, []).append(firing)
        else:
            unknown += 1
    first = {number: min(found, key=lambda firing: firing.fired_us) for number, found in by_timer.items()}
    late_ms = {number: firing.fired_us / 1000 - due_ms[number] for number, firing in first.items()}
    fired_us = [firing.fired_us for firing in first.values()]
    return Account(
        wanted=len(due_ms),
        fired=len(first),
        unfired=len(due_ms) - len(first),
        repeated=sum(len(found) > 1 for found in by_timer.values()),
        extra_firings=sum(len(found) - 1 for found in by_timer.values()),
        early=sum(late < 0 for late in late_ms.values()),
        earliest_ms=max(0.0, -min(late_ms.values(), default=0.0)),
        wrong_deadline=sum(
            firing.deadline_ms not in (None, due_ms[number]) for number, firing in first.items()
        ),
        unknown=unknown,
        lateness=Spread.of(late_ms.values()),
        seen=Spread.of(
            firing.seen_us / 1000 - due_ms[number]
            for number, firing in first.items()
            if firing.seen_us is not None
        ),
        first_fired_us=min(fired_us, default=None),
        last_fired_us=max(fired_us, default=None),
    )
