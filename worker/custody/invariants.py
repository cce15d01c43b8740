"""What must hold of every commit, whatever was decided: the store checks the same again, in its own words."""

from datetime import datetime
from typing import Final

import orjson

from worker.custody.attention import next_attention
from worker.custody.record import Record
from worker.custody.rules import Rules
from worker.custody.transition import Outcome, Transition

_HELD_AGAIN: Final = {Outcome.REOPENED, Outcome.CUSTODY_CARRIED}


def check_commit(before: Record | None, transition: Transition, rules: Rules, now: datetime) -> None:
    """Check a transition of the stored record, which is None for a number never heard of.

    Args:
        now: the store's time in the commit, in UTC.

    Raises:
        AssertionError: the core decided something that it must not.
    """
    after = transition.record
    _check_versions(before, transition)
    _check_end_of_custody(before, transition)
    _check_ceiling(before, after)
    if after.state == "held":
        assert after.deadline is not None and transition.attention is not None
        assert transition.attention <= (after.release_due_at or after.deadline)
    if after.state == "closed":
        assert transition.attention is None
    assert transition.attention == next_attention(after, rules, now)
    assert transition.not_before is None or transition.not_before <= now
    assert transition.not_after is None or now < transition.not_after


def _check_versions(before: Record | None, transition: Transition) -> None:
    """Versions count journal entries without a gap, and each entry names the one before it."""
    after, version = transition.record, before.version if before else 0
    previous = before.chain if before else None
    assert transition.before == version
    for entry in transition.entries:
        version += 1
        content = orjson.loads(entry.body)
        assert entry.version == content["version"] == version
        assert content["prev"] == (previous.hex() if previous else None)
        previous = entry.hash
    assert (after.version, after.chain) == (version, previous)
    if not transition.entries:
        assert not transition.outbound and not transition.forwards
        assert before is None or after == before


def _check_end_of_custody(before: Record | None, transition: Transition) -> None:
    """Nothing undoes a release. Nothing of a closed record's end changes, unless it is held again."""
    if before is None or before.state not in {"released", "closed"}:
        return
    after, outcomes = transition.record, {entry.outcome for entry in transition.entries}
    if before.state == "closed" and outcomes & _HELD_AGAIN:
        return
    for name in ("state", "basis", "deadline", "released_at", "closed_at"):
        assert getattr(after, name) == getattr(before, name), name


def _check_ceiling(before: Record | None, after: Record) -> None:
    """A ceiling, once fixed, is neither lost nor raised, and no deadline passes it."""
    if before is not None and before.ceiling is not None:
        assert after.ceiling is not None
        assert after.ceiling.deadline <= before.ceiling.deadline
    if after.ceiling is not None and after.deadline is not None:
        assert after.deadline <= after.ceiling.deadline
    if after.state == "held" and after.contacts:
        assert after.ceiling is not None
