"""What one step may change of a record."""

from datetime import datetime
from typing import TypedDict

from events.outbound import CloseBasis, ReleaseBasis
from worker.custody.record import Ceiling, Contact, Facts, Hold, MergedArrest, ProfileOnRecord, State


class Changes(TypedDict, total=False):
    """The fields of a record that one step may set; a misspelt one or a wrong type fails the type check."""

    state: State
    profile: ProfileOnRecord
    attended_until: datetime
    first_heard_at: datetime
    facts: Facts
    first_report: str
    heard_at: datetime
    probable_cause_found_at: datetime
    governing_limit: str
    deadline: datetime
    learned_late: bool
    grace_until: datetime | None
    ceiling: Ceiling
    merged: tuple[MergedArrest, ...]
    basis: ReleaseBasis | CloseBasis | None
    ended_at: datetime | None
    void_reason: str | None
    renumbered_to: str | None
    former_numbers: tuple[str, ...]
    entitled_at: datetime
    released_at: datetime
    closed_at: datetime | None
    departed_at: datetime | None
    gone_while_held: bool
    holds: tuple[Hold, ...]
    contacts: tuple[Contact, ...]
    counsel: str
    awaiting: tuple[str, ...]
