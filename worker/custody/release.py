"""The end of custody: what a release says, what a closing says, and what ends it."""

from datetime import datetime

from events.inbound import BailPosted, ProbableCauseDetermined, ReleaseOrdered
from events.instants import AT_COMMIT, format_instant
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
from worker.custody.policy import Policy
from worker.custody.record import Record
from worker.custody.transition import Notice, Outcome, Step, alarm
from worker.law.rounding import cut_off_to_millisecond


def release_at_deadline(record: Record, policy: Policy, now: datetime) -> Step:
    """The deadline has come: the person goes, whoever asked for more."""
    assert record.deadline is not None
    learned = record.deadline_known_since >= record.deadline
    return _release(
        record, "deadline", record.deadline, policy, now, "learned_late" if learned else "clock_late"
    )


def release_on_bail(record: Record, event: BailPosted, policy: Policy, now: datetime) -> Step:
    """Bail ends custody at once, contact or not (clause 5 of the policy)."""
    return _release_by_event(record, "bail", event.data.posted_at, policy, now)


def release_on_order(record: Record, event: ReleaseOrdered, policy: Policy, now: datetime) -> Step:
    """An order ends custody at once."""
    return _release_by_event(record, event.data.basis, event.data.ordered_at, policy, now)


def release_without_probable_cause(
    record: Record, event: ProbableCauseDetermined, policy: Policy, now: datetime
) -> Step:
    """Without probable cause there is nothing to hold the person on."""
    return _release_by_event(record, "probable_cause_not_found", event.data.determined_at, policy, now)


def _release_by_event(
    record: Record, basis: ReleaseBasis, at: datetime, policy: Policy, now: datetime
) -> Step:
    """Release a held person; for one who is free already, an earlier instant corrects the entitlement."""
    if record.state == "held":
        return _release(record, basis, at, policy, now, "learned_late")
    detail = {"basis": basis, "at": format_instant(at)}
    if record.state == "released" and record.entitled_at is not None and at < record.entitled_at:
        return Step(Outcome.ENTITLEMENT_CORRECTED, {"entitled_at": cut_off_to_millisecond(at)}, detail=detail)
    return Step(Outcome.NOTED, detail=detail)


def _release(
    record: Record, basis: ReleaseBasis, at: datetime, policy: Policy, now: datetime, late_cause: LateCause
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
    told = [Notice(RecordReleased, order), *notices.released(record, policy)]
    if now - entitled_at > policy.late_after:
        overdue = OverdueRelease(
            entitled_at=entitled_at,
            overdue_minutes=whole_minutes(entitled_at, now),
            fired_late=True,
            cause=late_cause,
        )
        told.append(Notice(ReleaseOverdue, overdue))
    changes = {
        "state": "released",
        "basis": basis,
        "entitled_at": entitled_at,
        "released_at": AT_COMMIT,
        "attended_until": now,
    }
    detail = {"basis": basis, "entitled_at": format_instant(entitled_at)}
    return Step(Outcome.RELEASED, changes, tuple(told), detail)


def close(
    record: Record,
    basis: CloseBasis,
    at: datetime | None,
    policy: Policy,
    outcome: Outcome = Outcome.CLOSED,
) -> Step:
    """End the record without a release: somebody else holds the person, or nobody can.

    After a contact ICE learns that the date it was given no longer holds, and the watch is told, since a
    closing must never be a quiet hand-over.
    """
    told = [
        Notice(RecordClosed, Closure(closed_at=AT_COMMIT, basis=basis)),
        *notices.withdrawn(record, policy),
    ]
    if record.contacts and basis != "handed_over":
        told.append(
            alarm(
                record,
                "closed_after_contact",
                f"closed ({basis}) after ICE made contact; check that it is right",
            )
        )
    changes = {"state": "closed", "basis": basis, "closed_at": AT_COMMIT}
    detail = {"basis": basis} | ({"at": format_instant(at)} if at else {})
    return Step(outcome, changes, tuple(told), detail)


def whole_minutes(start: datetime, end: datetime) -> int:
    """Whole minutes from start to end, never below zero."""
    return max(0, int((end - start).total_seconds() // 60))
