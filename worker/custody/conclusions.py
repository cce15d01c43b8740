"""What follows from all the facts of a record: its deadline, and the ceiling that a contact fixes.

Concluded again whenever a fact changes, so that the order in which facts arrive makes no difference: a
finding of probable cause that an amended arrest makes late is late, whichever came first.
"""

from collections.abc import Iterator
from datetime import datetime

from worker.custody.record import Ceiling, Record
from worker.law.arrest import Arrest
from worker.law.deadline import Governing, governing
from worker.law.profile import Profile


def computed_limit(record: Record, profile: Profile) -> Governing:
    """The governing limit, the ceiling apart. Of bookings that were merged the earliest deadline counts."""
    return _earliest(_governing(arrest, found_at, profile) for arrest, found_at in _arrests(record))


def allowed_limit(record: Record, profile: Profile) -> Governing:
    """The governing limit, and never past the ceiling."""
    computed = computed_limit(record, profile)
    if record.ceiling is not None and computed.deadline > record.ceiling.deadline:
        return Governing(record.ceiling.limit, record.ceiling.deadline)
    return computed


def probable_cause_counts(record: Record, profile: Profile) -> bool:
    """Whether probable cause was found before the limits ran out, by all that is known of the arrest now."""
    return _is_in_time(record.arrest, record.probable_cause_found_at, profile)


def ceiling_at_contact(record: Record, profile: Profile) -> Ceiling:
    """The ceiling that a contact fixes for a held record with this deadline (clause 2 of the policy).

    Limits that only await a finding of probable cause are taken as ended, so that a lawful finding can still
    take effect: the contact itself frees nobody early and holds nobody longer.
    """
    assert record.deadline is not None
    limit = _earliest(governing(arrest, profile, probable_cause_found=True) for arrest, _ in _arrests(record))
    return Ceiling(deadline=max(limit.deadline, record.deadline), limit=limit.limit)


def _arrests(record: Record) -> Iterator[tuple[Arrest, datetime | None]]:
    """Each arrest whose limits are in force, with the finding of probable cause reported for it."""
    yield record.arrest, record.probable_cause_found_at
    for merged in record.merged:
        yield merged.arrest, merged.probable_cause_found_at


def _governing(arrest: Arrest, found_at: datetime | None, profile: Profile) -> Governing:
    return governing(arrest, profile, probable_cause_found=_is_in_time(arrest, found_at, profile))


def _is_in_time(arrest: Arrest, found_at: datetime | None, profile: Profile) -> bool:
    if found_at is None:
        return False
    return found_at <= governing(arrest, profile, probable_cause_found=False).deadline


def _earliest(limits: Iterator[Governing]) -> Governing:
    return min(limits, key=lambda limit: limit.deadline)
