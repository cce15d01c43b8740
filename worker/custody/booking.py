"""The booking itself: created, amended, voided; and the deadline that follows from it."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from events.inbound import BookingAmended, BookingCreated, BookingVoided, ProbableCauseDetermined
from events.instants import format_instant
from worker.custody import notices
from worker.custody.policy import Policy
from worker.custody.record import Facts, ProfileOnRecord, Record, charges_on_record
from worker.custody.release import close, release_without_probable_cause
from worker.custody.transition import Notice, Outcome, Refusal, Step, alarm
from worker.law.arrest import Arrest
from worker.law.deadline import Governing, governing

_MOVES_A_LIMIT = frozenset({"arrested_at", "booked_at", "arrest_kind"})


def create(record: Record, event: BookingCreated, policy: Policy, now: datetime) -> Step | None:
    """Start the clock; a repeat with equal content is nothing new, one with other content is an alarm."""
    reported = Facts.reported(event.data)
    if record.state != "awaiting_booking":
        if reported.digest == record.first_report:
            return None
        if reported == record.facts:
            # After an amendment only the record remembers this event: the next one may part the two again.
            return Step(Outcome.NOTED, detail={"repeats": "the booking"}) if record.first_report else None
        conflict = alarm(
            record, "booking_conflict", "reported again with other content; the first report stands"
        )
        told = event.data.model_dump(mode="json", exclude_none=True)
        return Step(Outcome.BOOKING_CONFLICT, notices=(conflict,), detail={"reported": told})
    arrest = Arrest(reported.arrested_at, reported.booked_at, reported.arrest_kind)
    computed = governing(arrest, policy.profile, probable_cause_found=False)
    changes = {
        "facts": reported,
        "state": "held",
        "awaiting": (),
        "profile": ProfileOnRecord.of(policy.profile),
    }
    return Step(Outcome.CLOCK_STARTED, changes | _set_deadline(record, computed, now))


def amend(record: Record, event: BookingAmended, policy: Policy, now: datetime) -> Step | Refusal:
    """Recompute every limit. After a contact nothing goes past the ceiling: that part is refused."""
    assert record.facts is not None
    changed = event.data.changes()
    if event.data.charges is not None:
        changed["charges"] = charges_on_record(event.data.charges)
    facts = replace(record.facts, **changed)
    if facts.booked_at < facts.arrested_at:
        return Refusal("impossible_times", "with this amendment booked_at would be before arrested_at")
    first_report = record.first_report or record.facts.digest
    earliest = min(record.earliest_arrest_at or record.facts.arrested_at, facts.arrested_at)
    changes: dict[str, Any] = {"facts": facts, "first_report": first_report, "earliest_arrest_at": earliest}
    amended = replace(record, **changes)
    detail = {"reason": event.data.reason, "changed": sorted(changed)}
    if record.state == "held":
        return _recompute(record, amended, policy, now, Outcome.AMENDED, detail)
    computed = governing(amended.arrest, policy.profile, probable_cause_found=_found(record)).deadline
    if record.state == "released" and record.entitled_at is not None and computed < record.entitled_at:
        return Step(Outcome.ENTITLEMENT_CORRECTED, changes | {"entitled_at": computed}, detail=detail)
    return Step(Outcome.NOTED, changes, detail=detail)


def reprofile(record: Record, policy: Policy, now: datetime) -> Step:
    """Decide a held record by another profile from now on; after a contact still never past the ceiling."""
    changes = {"profile": ProfileOnRecord.of(policy.profile)}
    detail = {"from": record.profile.name, "from_version": record.profile.fingerprint}
    step = _recompute(record, record, policy, now, Outcome.REPROFILED, detail)
    return Step(step.outcome, step.changes | changes, step.notices, step.detail)


def void(record: Record, event: BookingVoided, policy: Policy, now: datetime) -> Step:
    """The booking should never have been: close it, unless it has ended already."""
    if record.state == "held":
        return close(record, "voided", None, policy)
    return Step(Outcome.NOTED, detail={"voided": event.data.reason})


def determine_probable_cause(
    record: Record, event: ProbableCauseDetermined, policy: Policy, now: datetime
) -> Step:
    """`found` ends the limits that wait for it; `not_found` releases now."""
    if event.data.outcome == "not_found":
        return release_without_probable_cause(record, event, policy, now)
    determined_at = event.data.determined_at
    detail = {"determined_at": format_instant(determined_at)}
    if _came_too_late(record, policy, determined_at):
        return Step(Outcome.NOTED, detail=detail | {"too_late": True})
    found = replace(record, probable_cause_found_at=determined_at)
    if record.state == "held":
        return _recompute(record, found, policy, now, Outcome.PROBABLE_CAUSE_FOUND, detail)
    return Step(Outcome.NOTED, {"probable_cause_found_at": determined_at}, detail=detail)


def _recompute(
    before: Record, after: Record, policy: Policy, now: datetime, outcome: Outcome, detail: dict[str, Any]
) -> Step:
    """Set the deadline anew from changed facts, and tell ICE where it asked and the date moved."""
    changes: dict[str, Any] = {
        name: getattr(after, name)
        for name in ("facts", "first_report", "earliest_arrest_at", "probable_cause_found_at")
    }
    told: list[Notice] = []
    computed = governing(after.arrest, policy.profile, probable_cause_found=_found(after))
    allowed = _under_ceiling(after, computed)
    if allowed != computed and _MOVES_A_LIMIT & set(detail.get("changed", ())):
        outcome = Outcome.LATER_DEADLINE_REFUSED
        detail = detail | {"refused_deadline": format_instant(computed.deadline)}
        told.append(
            alarm(
                before,
                "later_deadline_refused",
                "an amendment would set a deadline past the ceiling fixed at ICE's contact; it goes no later",
            )
        )
    if allowed.deadline != before.deadline:
        changes |= _set_deadline(before, allowed, now)
        # One that has passed is followed by the release in the same commit, and that is what ICE is told.
        told += notices.scheduled(before, policy, allowed.deadline) if allowed.deadline > now else []
    elif allowed.limit != before.governing_limit:
        changes["governing_limit"] = allowed.limit
    return Step(outcome, changes, tuple(told), detail)


def _under_ceiling(record: Record, computed: Governing) -> Governing:
    if record.ceiling is not None and computed.deadline > record.ceiling.deadline:
        return Governing(record.ceiling.limit, record.ceiling.deadline)
    return computed


def _came_too_late(record: Record, policy: Policy, determined_at: datetime) -> bool:
    """Whether the limits had run out before the finding was made: it cannot bring them back."""
    if record.facts is None or _found(record):
        return False
    return determined_at > governing(record.arrest, policy.profile, probable_cause_found=False).deadline


def _found(record: Record) -> bool:
    return record.probable_cause_found_at is not None


def _set_deadline(record: Record, allowed: Governing, now: datetime) -> dict[str, Any]:
    since = None if now == record.first_heard_at else now
    return {
        "deadline": allowed.deadline,
        "governing_limit": allowed.limit,
        "deadline_set_at": since,
        "attended_until": since,
    }
