"""Where the person is: transferred, arraigned, escaped, dead, departed, back again."""

from datetime import datetime
from typing import get_args

from msgspec.structs import replace

from events.facts import TransferTo
from events.inbound import (
    BookingReinstated,
    PersonArraigned,
    PersonDeparted,
    PersonDied,
    PersonEscaped,
    PersonReturned,
    PersonTransferred,
)
from events.instants import format_instant
from events.outbound import CloseBasis
from worker.custody import notices
from worker.custody.attention import is_past_deadline
from worker.custody.changes import Changes
from worker.custody.conclusions import allowed_limit, ceiling_at_contact, computed_limit
from worker.custody.moment import Moment
from worker.custody.record import Record
from worker.custody.release import close
from worker.custody.rules import Rules
from worker.custody.transition import Outcome, Step, alarm

_UNDONE_BY_REINSTATEMENT = frozenset({"voided", "transferred", "escaped", "died"})


def transfer(record: Record, event: PersonTransferred, rules: Rules, at: Moment) -> Step:
    """Another authority holds the person now. A hospital does not, nor a place that nobody knows."""
    to, moved_at = event.data.to, event.data.transferred_at
    if to == "hospital" or to not in get_args(TransferTo):
        return Step(Outcome.AT_HOSPITAL, detail={"transferred_at": format_instant(moved_at), "to": to})
    return _gone(record, "transferred", moved_at, rules, at, {"to": to})


def arraign(record: Record, event: PersonArraigned, rules: Rules, at: Moment) -> Step:
    """The court has taken over, without a move."""
    if record.state != "held":
        detail = {"basis": "arraigned", "at": format_instant(event.data.arraigned_at)}
        return Step(Outcome.NOTED, detail=detail)
    return _gone(record, "arraigned", event.data.arraigned_at, rules, at, {})


def escape(record: Record, event: PersonEscaped, rules: Rules, at: Moment) -> Step:
    """Close a held record: the person has escaped."""
    return _gone(record, "escaped", event.data.at, rules, at, {})


def die(record: Record, event: PersonDied, rules: Rules, at: Moment) -> Step:
    """Close a held record: the person has died."""
    return _gone(record, "died", event.data.at, rules, at, {})


def depart(record: Record, event: PersonDeparted, rules: Rules, at: Moment) -> Step:
    """The person has left the building: no overdue report from now on. While still held, alarm the watch."""
    left_at = event.data.departed_at
    changes: Changes = {"departed_at": left_at, "gone_while_held": record.state == "held"}
    detail = {"departed_at": format_instant(left_at)}
    if record.state == "held":
        still_held = alarm(
            record, "departed_while_held", "reported as departed while still held; the clock runs on"
        )
        return Step(Outcome.DEPARTED_WHILE_HELD, changes, (still_held,), detail)
    return Step(Outcome.DEPARTED, changes, detail=detail)


def come_back(record: Record, event: PersonReturned, rules: Rules, at: Moment) -> Step:
    """Back from court or elsewhere: who was not arraigned is held again, with the deadline as it was."""
    detail = {"returned_at": format_instant(event.data.returned_at), "arraigned": event.data.arraigned}
    if event.data.arraigned or record.basis != "transferred":
        return Step(Outcome.NOTED, detail=detail)
    return _reopen(record, rules, at, detail)


def reinstate(record: Record, event: BookingReinstated, rules: Rules, at: Moment) -> Step:
    """Undo an end that was entered in error. A release is never undone."""
    detail: dict[str, object] = {"reason": event.data.reason} if event.data.reason else {}
    if record.state != "closed" or record.basis not in _UNDONE_BY_REINSTATEMENT:
        return Step(Outcome.NOTED, detail=detail)
    return _reopen(record, rules, at, detail | {"basis": record.basis})


def _reopen(record: Record, rules: Rules, at: Moment, detail: dict[str, object]) -> Step:
    """Held again, with the deadline and the ceiling that the record had; whoever is past it goes at once.

    Facts that were reported meanwhile count, as ever. A contact made meanwhile fixes the ceiling now.
    """
    assert record.deadline is not None
    computed, limit = computed_limit(record, rules.profile), allowed_limit(record, rules.profile)
    changes: Changes = {
        "state": "held",
        "basis": None,
        "closed_at": None,
        "ended_at": None,
        "void_reason": None,
        "departed_at": None,
        "gone_while_held": False,
        "grace_until": None,
        "deadline": limit.deadline,
        "governing_limit": limit.limit,
        "learned_late": limit.deadline <= at.now,
        "attended_until": at.now,
    }
    after = replace(record, **changes)
    if record.contacts and record.ceiling is None:
        changes["ceiling"] = ceiling_at_contact(after, rules.profile)
    sent = []
    if limit != computed:
        text = "held again: an amendment meanwhile would set a deadline past the ceiling; it goes no later"
        sent.append(alarm(record, "later_deadline_refused", text))
    if limit.deadline > record.deadline:
        sent.append(alarm(record, "deadline_moved_later", "held again, with a later deadline than before"))
    if limit.deadline > at.now:
        sent += notices.scheduled(after, rules, limit.deadline)
    return Step(Outcome.REOPENED, changes, tuple(sent), detail)


def _gone(
    record: Record, basis: CloseBasis, left_at: datetime, rules: Rules, at: Moment, detail: dict[str, object]
) -> Step:
    """Close a held record. A person who was released already has then at least left the building."""
    if record.state == "held":
        closing = close(record, basis, left_at, rules)
        sent = closing.notices
        if is_past_deadline(record, min(left_at, at.now)):
            doubt = alarm(record, "end_in_doubt", f"{basis} after the deadline had passed")
            sent = (*sent, doubt)
        return replace(closing, notices=sent, detail={**closing.detail, **detail})
    detail = detail | {"basis": basis, "at": format_instant(left_at)}
    if record.state == "released" and (record.departed_at is None or record.gone_while_held):
        return Step(Outcome.DEPARTED, {"departed_at": left_at, "gone_while_held": False}, detail=detail)
    return Step(Outcome.NOTED, detail=detail)
