"""The end of custody: what a release says, what a closing says, and what ends it."""

from datetime import datetime, timedelta
from typing import Final, get_args

from msgspec.structs import replace

from events.facts import OrderBasis
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
from worker.custody.changes import Changes
from worker.custody.commit_time import AT_COMMIT, settled
from worker.custody.moment import Moment
from worker.custody.record import Hold, Record
from worker.custody.rules import Rules
from worker.custody.same_alarm import IN_THE_FUTURE
from worker.custody.transition import Notice, Outcome, Step, alarm
from worker.law.rounding import cut_off_to_millisecond

_MILLISECOND: Final = timedelta(milliseconds=1)
_CLOCKS_DIFFER_BY: Final = timedelta(seconds=2)
"""How far ahead of the store's time an end of custody may be dated without an alarm."""


def release_at_deadline(record: Record, rules: Rules, now: datetime) -> Step:
    """The deadline has come: the person goes, whoever asked for more."""
    assert record.deadline is not None
    cause: LateCause = "learned_late" if record.learned_late else "clock_late"
    return _release(record, "deadline", record.deadline, rules, now, cause)


def release_on_bail(record: Record, event: BailPosted, rules: Rules, at: Moment) -> Step:
    """Bail ends custody at once, contact or not (clause 5 of the policy)."""
    return _release_by_event(record, "bail", event.data.posted_at, rules, at)


def release_on_order(record: Record, event: ReleaseOrdered, rules: Rules, at: Moment) -> Step:
    """An order ends custody at once, on whatever basis."""
    word = event.data.basis
    basis: ReleaseBasis = next((known for known in get_args(OrderBasis) if known == word), "other")
    step = _release_by_event(record, basis, event.data.ordered_at, rules, at)
    return step if word == basis else replace(step, detail={**step.detail, "basis_as_reported": word})


def release_without_probable_cause(
    record: Record, event: ProbableCauseDetermined, rules: Rules, at: Moment
) -> Step:
    """Without probable cause there is nothing to hold the person on."""
    return _release_by_event(record, "probable_cause_not_found", event.data.determined_at, rules, at)


def _release_by_event(
    record: Record, basis: ReleaseBasis, reported_at: datetime, rules: Rules, at: Moment
) -> Step:
    """Release a held person; for one who is free already, an earlier instant corrects the entitlement."""
    doubt = _doubt(record, reported_at, at.now)
    alarms = (alarm(record, "time_doubtful", doubt),) if doubt else ()
    entitled_at = at.now if doubt else min(reported_at, at.now)
    if record.state == "held":
        step = _release(record, basis, entitled_at, rules, at.now, "learned_late")
        detail = {**step.detail, "at": format_instant(reported_at)} if doubt else step.detail
        return replace(step, notices=(*alarms, *step.notices), detail=detail)
    detail = {"basis": basis, "at": format_instant(reported_at)}
    if record.state == "released" and record.entitled_at is not None and entitled_at < record.entitled_at:
        corrected: Changes = {"entitled_at": cut_off_to_millisecond(entitled_at)}
        return Step(Outcome.ENTITLEMENT_CORRECTED, corrected, alarms, detail)
    return Step(Outcome.NOTED, notices=(*alarms, *_end_in_doubt(record, reported_at, at.now)), detail=detail)


def _doubt(record: Record, reported_at: datetime, now: datetime) -> str | None:
    if reported_at - now > _CLOCKS_DIFFER_BY:
        return f"what ended custody is dated {IN_THE_FUTURE}: it took effect at once"
    if record.facts is not None and reported_at < record.arrest.arrested_at:
        return "what ended custody is dated before the arrest: it took effect at once"
    return None


def _end_in_doubt(record: Record, reported_at: datetime, now: datetime) -> tuple[Notice, ...]:
    """An alarm where custody should have ended otherwise than it did."""
    if record.basis == "voided" and record.void_reason == "duplicate":
        return (
            alarm(record, "end_in_doubt", "voided as a duplicate, and yet to be released: find the other"),
        )
    handed_over_at = record.closed_at if record.basis == "handed_over" else None
    if handed_over_at is not None and reported_at < settled(handed_over_at, now):
        return (alarm(record, "end_in_doubt", "handed over to ICE after custody should have ended"),)
    return ()


def _release(
    record: Record, basis: ReleaseBasis, at: datetime, rules: Rules, now: datetime, late_cause: LateCause
) -> Step:
    entitled_at = cut_off_to_millisecond(min(at, record.deadline or at))
    order = ReleaseOrder(
        released_at=AT_COMMIT,
        entitled_at=entitled_at,
        basis=basis,
        governing_limit=record.governing_limit if basis == "deadline" else None,
        remaining_authority=remaining_authority(record.holds),
    )
    sent = [Notice(RecordReleased, order), *notices.released(record, rules)]
    on_time_until = entitled_at + rules.late_after + _MILLISECOND
    if now >= on_time_until:
        minutes = whole_minutes(entitled_at, now)
        overdue = OverdueRelease(
            entitled_at=entitled_at, overdue_minutes=minutes, fired_late=True, cause=late_cause
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
    # A worker or a store that stands still between decision and commit: whether it is late, the commit says.
    not_after = on_time_until if now < on_time_until else None
    return Step(Outcome.RELEASED, changes, tuple(sent), detail, not_after=not_after)


def close(
    record: Record,
    basis: CloseBasis,
    at: datetime | None,
    rules: Rules,
    outcome: Outcome = Outcome.CLOSED,
) -> Step:
    """End the record without a release: somebody else holds the person, or nobody can.

    After a contact, every route that may have the date is sent that it no longer holds, and the watch is
    alarmed, except at a hand-over or a new number: a closing must never be a quiet hand-over.
    """
    sent = [
        Notice(RecordClosed, Closure(closed_at=AT_COMMIT, basis=basis)),
        *notices.withdrawn(record, rules),
    ]
    if record.contacts and basis not in {"handed_over", "renumbered"}:
        sent.append(
            alarm(
                record,
                "closed_after_contact",
                f"closed ({basis}) after ICE made contact; check that it is right",
            )
        )
    changes: Changes = {"state": "closed", "basis": basis, "closed_at": AT_COMMIT, "ended_at": at}
    detail = {"basis": basis} | ({"at": format_instant(at)} if at else {})
    return Step(outcome, changes, tuple(sent), detail)


def whole_minutes(start: datetime, end: datetime) -> int:
    """Whole minutes from start to end, never below zero."""
    return max(0, int((end - start).total_seconds() // 60))


def remaining_authority(holds: tuple[Hold, ...]) -> tuple[RemainingAuthority, ...]:
    """The holds of other authorities, as a release order names them."""
    return tuple(
        RemainingAuthority(hold_id=hold.hold_id, kind=hold.kind, reference=hold.reference) for hold in holds
    )
