"""The booking itself: created, amended, voided; and the deadline that follows from it."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from events.inbound import BookingAmended, BookingCreated, BookingVoided, ProbableCauseDetermined
from events.instants import format_instant
from events.parse import Rejection
from worker.custody import notices
from worker.custody.record import Changes, Facts, ProfileOnRecord, Record, charges_on_record
from worker.custody.release import close, release_without_probable_cause
from worker.custody.rules import Rules
from worker.custody.transition import Notice, Outcome, Step, alarm
from worker.law.arrest import Arrest
from worker.law.deadline import Governing, governing

_MOVES_A_LIMIT = frozenset({"arrested_at", "booked_at", "arrest_kind"})


def create(record: Record, event: BookingCreated, rules: Rules, now: datetime) -> Step | None:
    """Start the clock. A repeat with equal content is a duplicate, one with other content is an alarm."""
    reported = Facts.reported(event.data)
    if record.state != "awaiting_booking":
        if reported.digest == record.first_report:
            return None
        if reported == record.facts:
            # Once amended, the record must remember this event: the next amendment may make it differ again.
            return Step(Outcome.NOTED, detail={"repeats": "the booking"}) if record.first_report else None
        conflict = alarm(
            record, "booking_conflict", "reported again with other content; the first report stands"
        )
        reported_again = event.data.model_dump(mode="json", exclude_none=True)
        return Step(Outcome.BOOKING_CONFLICT, notices=(conflict,), detail={"reported": reported_again})
    arrest = Arrest(reported.arrested_at, reported.booked_at, reported.arrest_kind)
    computed = governing(arrest, rules.profile, probable_cause_found=False)
    changes: Changes = {
        "facts": reported,
        "state": "held",
        "awaiting": (),
        "profile": ProfileOnRecord.of(rules.profile),
    }
    return Step(Outcome.CLOCK_STARTED, changes | _set_deadline(computed, now))


def amend(record: Record, event: BookingAmended, rules: Rules, now: datetime) -> Step | Rejection:
    """Recompute every limit. After a contact nothing goes past the ceiling: that part is refused."""
    assert record.facts is not None
    changed = event.data.changes()
    if event.data.charges is not None:
        changed["charges"] = charges_on_record(event.data.charges)
    facts = replace(record.facts, **changed)
    if facts.booked_at < facts.arrested_at:
        detail = "with this amendment booked_at would be before arrested_at"
        return Rejection("impossible_times", detail, record.booking)
    first_report = record.first_report or record.facts.digest
    earliest = min(record.earliest_arrest_at or record.facts.arrested_at, facts.arrested_at)
    changes: Changes = {"facts": facts, "first_report": first_report, "earliest_arrest_at": earliest}
    amended = replace(record, **changes)
    journaled = {"reason": event.data.reason, "changed": sorted(changed)}
    if record.state == "held":
        return _recompute(record, changes, rules, now, Outcome.AMENDED, journaled)
    computed = governing(amended.arrest, rules.profile, probable_cause_found=_found(record)).deadline
    if record.state == "released" and record.entitled_at is not None and computed < record.entitled_at:
        return Step(Outcome.ENTITLEMENT_CORRECTED, changes | {"entitled_at": computed}, detail=journaled)
    return Step(Outcome.NOTED, changes, detail=journaled)


def reprofile(record: Record, rules: Rules, now: datetime) -> Step:
    """Decide a held record by another profile from now on; after a contact still never past the ceiling."""
    changes: Changes = {"profile": ProfileOnRecord.of(rules.profile)}
    detail = {"from": record.profile.name, "from_version": record.profile.fingerprint}
    return _recompute(record, changes, rules, now, Outcome.REPROFILED, detail)


def void(record: Record, event: BookingVoided, rules: Rules, now: datetime) -> Step:
    """The booking should never have existed: close it, unless it has ended already."""
    if record.state == "held":
        return close(record, "voided", None, rules)
    return Step(Outcome.NOTED, detail={"voided": event.data.reason})


def determine_probable_cause(
    record: Record, event: ProbableCauseDetermined, rules: Rules, now: datetime
) -> Step:
    """`found` ends the limits that wait for it; `not_found` releases now."""
    if event.data.outcome == "not_found":
        return release_without_probable_cause(record, event, rules, now)
    determined_at = event.data.determined_at
    detail = {"determined_at": format_instant(determined_at)}
    if _came_too_late(record, rules, determined_at):
        return Step(Outcome.NOTED, detail=detail | {"too_late": True})
    changes: Changes = {"probable_cause_found_at": determined_at}
    if record.state == "held":
        return _recompute(record, changes, rules, now, Outcome.PROBABLE_CAUSE_FOUND, detail)
    return Step(Outcome.NOTED, changes, detail=detail)


def _recompute(
    before: Record, changes: Changes, rules: Rules, now: datetime, outcome: Outcome, detail: dict[str, Any]
) -> Step:
    """Compute the deadline from the changed facts; if it moved and ICE had asked, send ICE the new date."""
    after = replace(before, **changes)
    sent: list[Notice] = []
    computed = governing(after.arrest, rules.profile, probable_cause_found=_found(after))
    allowed = _under_ceiling(after, computed)
    if allowed != computed and _MOVES_A_LIMIT & set(detail.get("changed", ())):
        outcome = Outcome.LATER_DEADLINE_REFUSED
        detail = detail | {"refused_deadline": format_instant(computed.deadline)}
        sent.append(
            alarm(
                before,
                "later_deadline_refused",
                "an amendment would set a deadline past the ceiling fixed at ICE's contact; it goes no later",
            )
        )
    if allowed.deadline != before.deadline:
        changes = changes | _set_deadline(allowed, now)
        # If it has passed already, the release follows in the same commit and ICE is sent that instead.
        if allowed.deadline > now:
            sent += notices.scheduled(before, rules, allowed.deadline)
    elif allowed.limit != before.governing_limit:
        changes = changes | {"governing_limit": allowed.limit}
    return Step(outcome, changes, tuple(sent), detail)


def _under_ceiling(record: Record, computed: Governing) -> Governing:
    if record.ceiling is not None and computed.deadline > record.ceiling.deadline:
        return Governing(record.ceiling.limit, record.ceiling.deadline)
    return computed


def _came_too_late(record: Record, rules: Rules, determined_at: datetime) -> bool:
    """Whether the limits had run out before the finding was made: it cannot bring them back."""
    if record.facts is None or _found(record):
        return False
    return determined_at > governing(record.arrest, rules.profile, probable_cause_found=False).deadline


def _found(record: Record) -> bool:
    return record.probable_cause_found_at is not None


def _set_deadline(allowed: Governing, now: datetime) -> Changes:
    return {
        "deadline": allowed.deadline,
        "governing_limit": allowed.limit,
        "learned_late": allowed.deadline <= now,
        "attended_until": now,
    }
