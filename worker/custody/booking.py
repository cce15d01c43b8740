"""The booking itself: created, amended, voided; and the deadline that follows from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from events.inbound import BookingAmended, BookingCreated, BookingVoided, ProbableCauseDetermined
from events.instants import format_instant
from worker.custody import notices
from worker.custody.arrest_time import TOLERANCE
from worker.custody.changes import Changes
from worker.custody.commit_time import settled
from worker.custody.conclusions import allowed_limit, computed_limit, probable_cause_counts
from worker.custody.moment import Moment
from worker.custody.record import Facts, ProfileOnRecord, Record, charges_on_record
from worker.custody.release import close, release_without_probable_cause
from worker.custody.rules import Rules
from worker.custody.same_alarm import IN_THE_FUTURE
from worker.custody.transition import Notice, Outcome, Step, alarm
from worker.law.deadline import Governing, governing

_MOVES_A_LIMIT = frozenset({"arrested_at", "booked_at", "arrest_kind"})


def create(record: Record, event: BookingCreated, rules: Rules, at: Moment) -> Step | None:
    """Start the clock. Equal content is a duplicate; other content, or any after the end, raises an alarm."""
    reported = Facts.reported(event.data)
    if record.state != "awaiting_booking":
        return _reported_again(record, reported, event)
    counted = reported.as_counted(at.heard_at)
    computed = governing(counted.arrest, rules.profile, probable_cause_found=False)
    changes: Changes = {
        "facts": reported,
        "heard_at": at.heard_at,
        "state": "held",
        "awaiting": (),
        "profile": ProfileOnRecord.of(rules.profile),
    }
    changes = changes | _set_deadline(computed, at.now)
    alarms = _time_doubts(record, counted.doubts)
    if at.heard_at < at.arrived_at:
        changes["first_heard_at"] = at.arrived_at
    if computed.deadline <= at.arrived_at:
        changes["grace_until"] = at.arrived_at + rules.late_grace
        alarms.append(
            alarm(
                record,
                "late_on_arrival",
                "past its deadline when it was reported; released in a moment unless upstream says why not",
            )
        )
    return Step(Outcome.CLOCK_STARTED, changes, tuple(alarms))


def amend(record: Record, event: BookingAmended, rules: Rules, at: Moment) -> Step:
    """Recompute every limit. After a contact nothing goes past the ceiling: that part is refused."""
    assert record.facts is not None
    changed = event.data.changes()
    if event.data.charges is not None:
        changed["charges"] = charges_on_record(event.data.charges)
    facts = replace(record.facts, **changed)
    changes: Changes = {"facts": facts, "first_report": record.first_report or record.facts.digest}
    detail: dict[str, Any] = {"changed": sorted(changed)}
    if event.data.reason is not None:
        detail["reason"] = event.data.reason
    if record.state == "held":
        return _recompute(record, changes, rules, at, Outcome.AMENDED, detail)
    doubts = _new_doubts(record, changes)
    computed = computed_limit(replace(record, **changes), rules.profile).deadline
    if record.state == "released" and record.entitled_at is not None and computed < record.entitled_at:
        corrected = changes | {"entitled_at": computed}
        return Step(Outcome.ENTITLEMENT_CORRECTED, corrected, tuple(doubts), detail)
    return Step(Outcome.NOTED, changes, (*doubts, *_was_late(record, computed, at.now)), detail)


def reprofile(record: Record, rules: Rules, at: Moment) -> Step:
    """Decide a held record by another profile from now on; after a contact still never past the ceiling."""
    changes: Changes = {"profile": ProfileOnRecord.of(rules.profile)}
    detail = {"from": record.profile.name, "from_version": record.profile.fingerprint}
    return _recompute(record, changes, rules, at, Outcome.REPROFILED, detail)


def void(record: Record, event: BookingVoided, rules: Rules, at: Moment) -> Step:
    """The booking should never have existed: close it, unless it has ended already."""
    reason = event.data.reason
    if record.state != "held":
        return Step(Outcome.NOTED, detail={"voided": reason or "no reason given"})
    closing = close(record, "voided", None, rules)
    return replace(closing, changes=closing.changes | {"void_reason": reason})


def determine_probable_cause(
    record: Record, event: ProbableCauseDetermined, rules: Rules, at: Moment
) -> Step:
    """`found` ends the limits that wait for it, if it was made in time; `not_found` releases now."""
    if event.data.outcome == "not_found":
        return release_without_probable_cause(record, event, rules, at)
    changes, alarms = _remember_finding(record, event.data.determined_at, at.now)
    detail: dict[str, Any] = {"determined_at": format_instant(event.data.determined_at)}
    if record.facts is not None and not probable_cause_counts(replace(record, **changes), rules.profile):
        return Step(Outcome.NOTED, changes, alarms, detail | {"too_late": True})
    if record.state != "held":
        return Step(Outcome.NOTED, changes, alarms, detail)
    step = _recompute(record, changes, rules, at, Outcome.PROBABLE_CAUSE_FOUND, detail)
    return replace(step, notices=(*alarms, *step.notices))


def _remember_finding(
    record: Record, reported_at: datetime, now: datetime
) -> tuple[Changes, tuple[Notice, ...]]:
    """Of several findings the earliest counts, for every arrest whose limits are in force."""
    determined_at = min(reported_at, now)

    def earliest(known: datetime | None) -> datetime:
        return min(known or determined_at, determined_at)

    changes: Changes = {"probable_cause_found_at": earliest(record.probable_cause_found_at)}
    if record.merged:
        changes["merged"] = tuple(
            replace(other, probable_cause_found_at=earliest(other.probable_cause_found_at))
            for other in record.merged
        )
    if reported_at - now > TOLERANCE:
        return changes, (alarm(record, "time_doubtful", f"determined_at is {IN_THE_FUTURE}: now counts"),)
    if record.facts is not None and reported_at < record.arrest.arrested_at:
        return changes, (alarm(record, "time_doubtful", "determined_at is before the arrest"),)
    return changes, ()


def _reported_again(record: Record, reported: Facts, event: BookingCreated) -> Step | None:
    if record.state in {"released", "closed"}:
        again = alarm(record, "booking_again", f"booked again although the record is {record.state}")
        return Step(Outcome.BOOKING_CONFLICT, notices=(again,), detail={"reported": _said(event)})
    if reported.digest == record.first_report:
        return None
    if reported == record.facts:
        # Once amended, the record must remember this event: the next amendment may make it differ again.
        return Step(Outcome.NOTED, detail={"repeats": "the booking"}) if record.first_report else None
    conflict = alarm(record, "booking_conflict", "reported again with other content; the first report stands")
    return Step(Outcome.BOOKING_CONFLICT, notices=(conflict,), detail={"reported": _said(event)})


def _said(event: BookingCreated) -> dict[str, Any]:
    return event.data.model_dump(mode="json", exclude_none=True)


def _recompute(
    before: Record, changes: Changes, rules: Rules, at: Moment, outcome: Outcome, detail: dict[str, Any]
) -> Step:
    """Compute the deadline from all the facts; if it moved and ICE had asked, send ICE the new date."""
    after = replace(before, **changes)
    sent = _new_doubts(before, changes)
    computed, allowed = computed_limit(after, rules.profile), allowed_limit(after, rules.profile)
    is_amendment = bool(_MOVES_A_LIMIT & set(detail.get("changed", ())))
    if allowed != computed and (is_amendment or outcome == Outcome.PROBABLE_CAUSE_FOUND):
        outcome = Outcome.LATER_DEADLINE_REFUSED if is_amendment else outcome
        detail = detail | {"refused_deadline": format_instant(computed.deadline)}
        sent.append(
            alarm(
                before,
                "later_deadline_refused",
                "an amendment would set a deadline past the ceiling fixed at ICE's contact; it goes no later",
            )
        )
    if allowed.deadline != before.deadline:
        changes = changes | _set_deadline(allowed, at.now)
        if is_amendment and before.deadline is not None and allowed.deadline > before.deadline:
            sent.append(alarm(before, "deadline_moved_later", "an amendment set a later deadline"))
        # If it has passed already, the release follows and ICE is sent that instead.
        if allowed.deadline > at.now:
            sent += notices.scheduled(before, rules, allowed.deadline)
    elif allowed.limit != before.governing_limit:
        changes = changes | {"governing_limit": allowed.limit}
    return Step(outcome, changes, tuple(sent), detail)


def _new_doubts(before: Record, changes: Changes) -> list[Notice]:
    """Alarms about what an amendment made doubtful."""
    if before.facts is None or before.heard_at is None or "facts" not in changes:
        return []
    known = before.facts.as_counted(before.heard_at, is_amended=True).doubts
    doubts = changes["facts"].as_counted(before.heard_at, is_amended=True).doubts
    return _time_doubts(before, [doubt for doubt in doubts if doubt not in known])


def _time_doubts(record: Record, doubts: Sequence[str]) -> list[Notice]:
    return [alarm(record, "time_doubtful", "; ".join(doubts))] if doubts else []


def _was_late(record: Record, deadline: datetime, now: datetime) -> tuple[Notice, ...]:
    """An alarm if the deadline of a record that another authority took over had passed before that."""
    if record.basis not in {"transferred", "handed_over", "arraigned"}:
        return ()
    if record.closed_at is None or record.deadline is None:
        return ()
    taken_over_at = settled(record.closed_at, now)
    if record.basis != "handed_over" and record.ended_at is not None:
        taken_over_at = min(record.ended_at, taken_over_at)
    if deadline < record.deadline and deadline <= taken_over_at:
        return (alarm(record, "end_in_doubt", f"its deadline had passed before it was {record.basis}"),)
    return ()


def _set_deadline(allowed: Governing, now: datetime) -> Changes:
    return {
        "deadline": allowed.deadline,
        "governing_limit": allowed.limit,
        "learned_late": allowed.deadline <= now,
        "attended_until": now,
    }
