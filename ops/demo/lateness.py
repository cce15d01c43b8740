"""How late releases were, in real time."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from events.outbound import RecordClosed, RecordReleased
from ops.demo.evidence import Evidence
from worker.custody.record import Record
from worker.desk.sent import Sent

TOLERANCE_MS: Final = 1_000.0
"""Real time that a busy machine may be late; at the demo's speed that is more than a simulated hour."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A release or a closing, the deadline it had to meet, and how late it was.

    Attributes:
        deadline: in simulated time; None if the record has none.
        late_ms: real milliseconds past the deadline. If the deadline had already passed when it became known,
            past the end of the grace for such a booking, or the arrival of the event that made it known.
    """

    booking: str
    sent: Sent
    deadline: datetime | None
    late_ms: float
    learned_late: bool


def endings(evidence: Evidence) -> Iterator[Ending]:
    """Every release and every closing."""
    for sent in evidence.sent:
        record = evidence.records.get(sent.event.subject)
        if record is None or not isinstance(sent.event, RecordReleased | RecordClosed):
            continue
        due = _learned_at(evidence, record) if record.learned_late else record.deadline
        late_ms = evidence.real_ms_late(sent, due) if due is not None else 0.0
        yield Ending(record.booking, sent, record.deadline, late_ms, record.learned_late)


def at_deadline(evidence: Evidence) -> list[Ending]:
    """The releases made because the deadline was reached."""
    return [
        ending
        for ending in endings(evidence)
        if isinstance(ending.sent.event, RecordReleased) and ending.sent.event.data.basis == "deadline"
    ]


def percentile(sorted_values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile; 0 if there are no values."""
    if not sorted_values:
        return 0.0
    return sorted_values[max(0, math.ceil(len(sorted_values) * percent / 100) - 1)]


def _learned_at(evidence: Evidence, record: Record) -> datetime:
    """When the grace ended, or else when the event arrived that caused the release: the last before it."""
    if record.grace_until is not None:
        return record.grace_until
    released_at = record.released_at or record.first_heard_at
    arrived = [arrival.at for arrival in evidence.arrived if arrival.event.booking == record.booking]
    return max((at for at in arrived if at <= released_at), default=released_at)
