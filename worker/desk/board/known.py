"""What the board keeps in memory of one record."""

from dataclasses import dataclass
from datetime import datetime

from worker.custody.record import Record
from worker.desk.board.lines import ice_answer
from worker.desk.custody_list import Person
from worker.store.rules_by_record import RulesByRecord


@dataclass(frozen=True, slots=True)
class Known:
    """One record, as far as the board needs it.

    Attributes:
        person: None for one whose person is not here.
        ice_answer: what ICE was sent about that person, in two words; None if it did not ask.
        ended: the record, if custody ended in the last 12 h.
    """

    person: Person | None
    ice_answer: str | None
    ended: Record | None


def known(record: Record, rules: RulesByRecord, since: datetime) -> Known | None:
    """What is kept of a record; None for one that is not on the board.

    May ask the store for the profile that decides the record.

    Args:
        since: 12 h ago, in UTC.
    """
    person = Person.of(record)
    if person and person.released_at is not None and not rules.current.departures_expected:
        person = None
    ended = record if is_recent(record, since) else None
    if person is None and ended is None:
        return None
    zone = rules.current.profile.calendar.zone
    answer = ice_answer(record, rules.of(record), zone) if person and record.contacts else None
    return Known(person, answer, ended)


def is_recent(record: Record, since: datetime) -> bool:
    """Whether custody has ended, and since then."""
    ends = (record.released_at, record.closed_at)
    return any(at is not None and at >= since for at in ends)
