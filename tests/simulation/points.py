"""Points: where a sequence of facts has led. Sequences that lead to the same point go on alike.

A point leaves out of the records what no later decision depends on: versions, hashes, ids of events seen,
instants that are only shown. What is left out is checked: `test_enumeration.py` plays sequences without
leaving anything out, and must find the same.
"""

from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder
from msgspec.structs import replace

from tests.simulation.alphabet import NEVER
from tests.simulation.person import Person
from worker.custody.record import Record
from worker.custody.rules import OVERDUE_AFTER, WARN_BEFORE

_SHOWN_ONLY: Final = frozenset({"voided", "escaped", "died", "renumbered"})
"""Ends of which no later decision asks when they were."""


class Point(Struct, frozen=True, array_like=True):
    """The person as they must be, the records with their timers as committed, and the instant."""

    person: Person
    records: tuple[Record, ...]
    timers: tuple[datetime | None, ...]
    now: datetime

    @property
    def custody(self) -> Record | None:
        """The record that stands for the person now: the one whose number was not given up."""
        return next((one for one in self.records if one.renumbered_to is None), None)


_ENCODER: Final = Encoder()
_DECODER: Final = Decoder(Point)


def write_point(point: Point) -> bytes:
    """The same for points that go on alike."""
    return _ENCODER.encode(replace(point, records=tuple(canonical(record) for record in point.records)))


def read_point(key: bytes) -> Point:
    """The point again."""
    return _DECODER.decode(key)


def canonical(record: Record) -> Record:
    """The record without what no later decision depends on."""
    if record.renumbered_to is not None:
        return Record(
            booking=record.booking,
            state=record.state,
            basis=record.basis,
            profile=record.profile,
            first_heard_at=NEVER,
            attended_until=NEVER,
            renumbered_to=record.renumbered_to,
            released_at=NEVER,
            entitled_at=NEVER,
        )
    less: dict[str, Any] = {"version": 0, "chain": None, "seen": ()}
    if record.state != "awaiting_booking":
        less["first_heard_at"] = NEVER
    less["contacts"] = tuple(
        dict.fromkeys(replace(one, contacted_at=NEVER, form="none") for one in record.contacts)
    )
    less["attended_until"] = _attended(record)
    if record.state == "closed":
        less |= {"departed_at": None, "gone_while_held": False, "grace_until": None, "learned_late": False}
        if record.basis in _SHOWN_ONLY:
            less |= {"closed_at": NEVER, "ended_at": None}
    if record.state == "released":
        less |= {"grace_until": None, "learned_late": False}
        if record.departed_at is not None and not record.gone_while_held:
            less["departed_at"] = NEVER
    return replace(record, **less)


def _attended(record: Record) -> datetime:
    """The last warning or report that was given; whatever moves those instants sets this again."""
    if record.state == "closed":
        return NEVER
    if record.state == "held" and record.deadline is not None:
        given = [record.deadline - before for before in WARN_BEFORE]
    elif record.state == "released" and record.released_at is not None:
        given = [record.released_at + after for after in OVERDUE_AFTER]
    else:
        return record.attended_until
    return max((at for at in given if at <= record.attended_until), default=NEVER)
