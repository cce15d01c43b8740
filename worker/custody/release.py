"""The end of custody: what a release says, what a closing says, and what ends it."""

from datetime import datetime

from events.inbound import BailPosted, ProbableCauseDetermined, ReleaseOrdered
from events.instants import format_instant
from events.outbound import (
    CloseBasis,
    Closure,
    LateCause,
    OverdueRelease,
    RecordClosed,
    RecordReleased,
    ReleaseBasis,
    ReleaseOrder,
    ReleaseOverdue,
    RemainingAuthority,
)
from worker.custody import notices
from worker.custody.commit_time import AT_COMMIT
from worker.custody.record import Changes, Record
from worker.custody.rules import Rules
from worker.custody.transition import Notice, Outcome, Step, alarm
from worker.law.rounding import cut_off_to_millisecond


def release_at_deadline(record: Record, rules: Rules, now: datetime) -> Step:
    """The deadline has come: the person goes, whoever asked for more."""
    assert record.deadline is not None
    cause: LateCause = "learned_late" if record.learned_late else "clock_late"
    return _release(record, "deadline", record.deadline, rules, now, cause)


def release_on_bail(record: Record, event: BailPosted, rules: Rules, now: datetime) -> Step:
    """Bail ends custody at once, contact or not (clause 5 of the policy)."""
    return _release_by_event(record, "bail", event.data.posted_at, rules, now)


def release_on_order(record: Record, event: ReleaseOrdered, rules: Rules, now: datetime) -> Step:
    """An order ends custody at once."""
    return _release_by_event(record, event.data.basis, event.data.ordered_at, rules, now)


def release_without_probable_cause(
    record: Record, event: ProbableCauseDetermined, rules: Rules, now: datetime
) -> Step:
    """Without probable cause there is nothing to hold the person on."""
    return _release_by_event(record, "probable_cause_not_found", event.data.determined_at, rules, now)


def _release_by_event(record: Record, basis: ReleaseBasis, at: datetime, rules: Rules, now: datetime) -> Step:
    """Release a held person; for one who is free already, an earlier instant corrects the entitlement."""
    if record.state == "held":
        return _release(record, basis, at, rules, now, "learned_late")
    detail = {"basis": basis, "at": format_instant(at)}
    if record.state == "released" and record.entitled_at is not None and at < record.entitled_at:
        return Step(Outcome.ENTITLEMENT_CORRECTED, {"entitled_at": cut_off_to_millisecond(at)}, detail=detail)
    return Step(Outcome.NOTED, detail=detail)


def _release(
    record: Record, basis: ReleaseBasis, at: datetime, rules: Rules, now: datetime, late_cause: LateCause
) -> Step:
    entitled_at = cut_off_to_millisecond(min(at, record.deadline or at))
    order = ReleaseOrder(
        released_at=AT_COMMIT,
        entitled_at=entitled_at,
        basis=basis,
        governing_limit=record.governing_limit if basis == "deadline" else None,
        remaining_authority=tuple(
            RemainingAuthority(hold_id=hold.hold_id, kind=hold.kind, reference=hold.reference)
            for hold in record.holds
        ),
    )
    sent = [Notice(RecordReleased, order), *notices.released(record, rules)]
    if now - entitled_at > rules.late_after:
        overdue = OverdueRelease(
            entitled_at=entitled_at,
            overdue_minutes=whole_minutes(entitled_at, now),
            fired_late=True,
            cause=late_cause,
        )
        sent.append(Notice(ReleaseOverdue, overdue))
    changes: Changes = {
        "state": "released",
        "basis": basis,
        "entitled_at": entitled_at,
        "released_at": AT_COMMIT,
        "attended_until": now,
    }
    detail = {"basis": basis, "entitled_at": format_instant(entitled_at)}
    return Step(Outcome.RELEASED, changes, tuple(sent), detail)


def close(
    record: Record,
    basis: CloseBasis,
    at: datetime | None,
    rules: Rules,
    outcome: Outcome = Outcome.CLOSED,
) -> Step:
    """End the record without a release: somebody else holds the person, or nobody can.

    After a contact, ICE is sent that its date no longer holds, and the watch is alarmed: a closing must never
    be a quiet hand-over.
    """
    sent = [
        Notice(RecordClosed, Closure(closed_at=AT_COMMIT, basis=basis)),
        *notices.withdrawn(record, rules),
    ]
    if record.contacts and basis != "handed_over":
        sent.append(
            alarm(
                record,
                "closed_after_contact",
                f"closed ({basis}) after ICE made contact; check that it is right",
            )
        )
    changes: Changes = {"state": "closed", "basis": basis, "closed_at": AT_COMMIT}
    detail = {"basis": basis} | ({"at": format_instant(at)} if at else {})
    return Step(outcome, changes, tuple(sent), detail)


def whole_minutes(start: datetime, end: datetime) -> int:
    """Whole minutes from start to end, never below zero."""
    return max(0, int((end - start).total_seconds() // 60))
