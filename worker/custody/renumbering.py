"""A booking under a new number: the clock goes on there, with all that was known and no later deadline.

In the commit that gives the old number up, an event that only the clock writes carries the custody to the
new number. What arrives for the old number later is sent on in the same way. Nobody's clock is lost on the
way: custody that the new number cannot take, since its own has ended, comes back to the old one.
"""

from datetime import datetime
from typing import Final, cast

import orjson
from msgspec import DecodeError
from msgspec.structs import replace

from events.envelope import MAX_EVENT_BYTES
from events.inbound import BookingRenumbered, CustodyCarried
from events.outbound import SOURCE
from events.parse import Rejection
from worker.custody import notices
from worker.custody.changes import Changes
from worker.custody.commit_time import settled
from worker.custody.conclusions import allowed_limit, ceiling_at_contact
from worker.custody.moment import Moment
from worker.custody.record import Ceiling, MergedArrest, Record
from worker.custody.record_document import read_record, write_record
from worker.custody.release import close
from worker.custody.rules import Rules
from worker.custody.transition import Notice, Outcome, Step, alarm
from worker.law.deadline import Governing

_ID_OF: Final = "carried:{old}:{version}"
_LONGEST_ID: Final = 512
_LEFT_BEHIND: Final = frozenset({"awaiting", "renumbered_to"})
"""What concerns the old number alone."""


def renumber(record: Record, event: BookingRenumbered, rules: Rules, at: Moment) -> Step:
    """Give the old number up, and carry its custody, held or ended, to the new one."""
    new_number = event.data.new_number
    detail: dict[str, object] = {"new_number": new_number}
    if event.data.reason:
        detail["reason"] = event.data.reason
    if new_number == record.booking:
        return Step(Outcome.NOTED, detail=detail)
    carrying = _carrying(record, _document(record, at.now), new_number)
    if len(carrying) > MAX_EVENT_BYTES:
        doubt = alarm(
            record, "end_in_doubt", "too long to be renumbered: its clock runs on under this number"
        )
        return Step(Outcome.NOTED, notices=(doubt,), detail=detail)
    changes: Changes = {"renumbered_to": new_number}
    if record.state != "held":
        return Step(Outcome.RENUMBERED, changes, detail=detail, forwards=(carrying,))
    closing = close(record, "renumbered", None, rules)
    detail |= closing.detail
    return Step(Outcome.RENUMBERED, closing.changes | changes, closing.notices, detail, (carrying,))


def sent_on(record: Record, raw: str) -> bytes:
    """An event for a number that was given up, addressed to the new one.

    Its id is new: the way of a number that is given back may lead past this record again.
    """
    event = orjson.loads(raw)
    id_ = f"{record.booking}:{record.version}:{event['id']}"
    return orjson.dumps(event | {"subject": record.renumbered_to, "id": id_[:_LONGEST_ID]})


def carry(record: Record, event: CustodyCarried, rules: Rules, at: Moment) -> Step | Rejection:
    """Custody arrives under this number. Of two the earlier deadline and the lower ceiling stand."""
    try:
        carried = read_record(event.data.record.encode())
    except DecodeError as error:
        return Rejection("invalid_data", f"the record in it cannot be read: {error}", record.booking)
    detail: dict[str, object] = {"from_number": carried.booking}
    if record.state == "awaiting_booking":
        return _take_over(record, carried, rules, at, detail)
    if record.renumbered_to is not None:
        return _into_a_former_number(record, carried, event, rules, at, detail)
    if record.state == "held":
        return _merge(record, carried, rules, at, detail)
    if carried.state == "held" and carried.booking != record.booking:
        return _send_on(record, event, carried.booking, detail)
    return Step(Outcome.NOTED, detail=detail)


def _into_a_former_number(
    record: Record,
    carried: Record,
    event: CustodyCarried,
    rules: Rules,
    at: Moment,
    detail: dict[str, object],
) -> Step:
    """Custody that was here before is taken back; any other goes the way that this number's own went."""
    assert record.renumbered_to is not None
    comes_back = carried.booking == record.booking
    if not comes_back and record.booking not in carried.former_numbers:
        return _send_on(record, event, record.renumbered_to, detail)
    if record.state == "released" and carried.state == "held":
        return _send_on(record, event, carried.booking, detail)
    if record.state == "released":
        return Step(Outcome.NOTED, {"renumbered_to": None}, detail=detail)
    step = _take_over(record, carried, rules, at, detail)
    if not comes_back:
        return step
    text = f"number {record.renumbered_to} could not take it: its clock runs on under this number"
    return replace(step, notices=(alarm(record, "end_in_doubt", text), *step.notices))


def _take_over(record: Record, carried: Record, rules: Rules, at: Moment, detail: dict[str, object]) -> Step:
    """All that was known under the old number is known here."""
    former = dict.fromkeys((*record.former_numbers, *carried.former_numbers, carried.booking))
    former.pop(record.booking, None)
    known = {name: getattr(carried, name) for name in Changes.__annotations__ if name not in _LEFT_BEHIND}
    changes = cast(Changes, known)
    changes |= {"awaiting": (), "renumbered_to": None, "former_numbers": tuple(former)}
    ceiling = _lowest(record, carried)
    if ceiling is not None:
        changes["ceiling"] = ceiling
    return Step(Outcome.CUSTODY_CARRIED, changes, _scheduled(replace(record, **changes), rules, at), detail)


def _merge(record: Record, carried: Record, rules: Rules, at: Moment, detail: dict[str, object]) -> Step:
    """The bounds of both stand, and nobody who was to be sent anything is forgotten."""
    assert record.deadline is not None
    limit = _limit_of(carried, rules)
    holds = {hold.hold_id: hold for hold in (*carried.holds, *record.holds)}
    changes: Changes = {
        "contacts": (*record.contacts, *carried.contacts),
        "holds": tuple(holds.values()),
        "merged": (*record.merged, *carried.merged, _arrest_of(carried)),
        "former_numbers": (*record.former_numbers, *carried.former_numbers, carried.booking),
    }
    if record.counsel is None and carried.counsel is not None:
        changes["counsel"] = carried.counsel
    is_earlier = limit.deadline < record.deadline
    if is_earlier:
        changes |= {
            "deadline": limit.deadline,
            "governing_limit": limit.limit,
            "learned_late": limit.deadline <= at.now,
            "attended_until": at.now,
            "grace_until": carried.grace_until,
        }
    ceiling = _lowest(record, carried)
    if ceiling is None and carried.contacts:
        ceiling = ceiling_at_contact(replace(record, **changes), rules.profile)
    if ceiling is not None:
        changes["ceiling"] = ceiling
    sent: tuple[Notice, ...] = ()
    if carried.state != "held" and carried.basis != "voided":
        text = f"merged with {carried.booking}, whose custody has ended ({carried.basis})"
        sent = (alarm(record, "end_in_doubt", text),)
    if is_earlier or carried.contacts:
        sent += _scheduled(replace(record, **changes), rules, at)
    return Step(Outcome.CUSTODY_CARRIED, changes, sent, detail)


def _send_on(record: Record, event: CustodyCarried, number: str, detail: dict[str, object]) -> Step:
    forward = _carrying(record, event.data.record, number)
    return Step(Outcome.SENT_ON, detail=detail | {"new_number": number}, forwards=(forward,))


def _document(record: Record, now: datetime) -> str:
    """The record as it is carried: whole, without what only the old number needs."""
    ends = {
        name: settled(instant, now)
        for name in ("released_at", "closed_at")
        if (instant := getattr(record, name)) is not None
    }
    return write_record(replace(record, **ends, seen=(), chain=None)).decode()


def _carrying(record: Record, document: str, new_number: str) -> bytes:
    """The event by which this record hands a custody to another number."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": _ID_OF.format(old=record.booking, version=record.version),
            "source": SOURCE,
            "type": "custody.custody.carried.v1",
            "subject": new_number,
            "data": {"record": document},
        }
    )


def _scheduled(record: Record, rules: Rules, at: Moment) -> tuple[Notice, ...]:
    """ICE was sent that the old number's date no longer holds: here is the new number's, to whoever asked."""
    if record.state != "held" or record.deadline is None or record.deadline <= at.now:
        return ()
    return tuple(notices.scheduled(record, rules, record.deadline))


def _limit_of(carried: Record, rules: Rules) -> Governing:
    """Of a record that has ended, by all that was reported since."""
    if carried.state != "held":
        return allowed_limit(carried, rules.profile)
    assert carried.deadline is not None and carried.governing_limit is not None
    return Governing(carried.governing_limit, carried.deadline)


def _arrest_of(carried: Record) -> MergedArrest:
    arrest = carried.arrest
    return MergedArrest(arrest.arrested_at, arrest.booked_at, arrest.kind, carried.probable_cause_found_at)


def _lowest(record: Record, carried: Record) -> Ceiling | None:
    ceilings = [ceiling for ceiling in (record.ceiling, carried.ceiling) if ceiling is not None]
    return min(ceilings, key=lambda ceiling: ceiling.deadline, default=None)
