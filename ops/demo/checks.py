"""What must hold whatever was replayed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from events.inbound import IceContacted, IceCustodyRequested
from events.instants import parse_instant
from events.outbound import IceReleaseDateGiven, IceRequestDeclined, RecordClosed, RecordReleased
from events.parse import Parsed, parse
from ops.demo.evidence import Evidence
from ops.demo.lateness import TOLERANCE_MS, at_deadline, endings
from ops.demo.verdict import Check, judge
from worker.custody.record import event_key


def check_always(evidence: Evidence) -> list[Check]:
    """The promises of the clock, checked against what is in the store."""
    return [
        _none_past_deadline(evidence),
        _none_before_deadline(evidence),
        _none_extended(evidence),
        _all_contacts_answered(evidence),
        _no_unrequested_notices(evidence),
        _each_ended_once(evidence),
        _duplicates_changed_nothing(evidence),
        _inbox_empty(evidence),
        _journal_intact(evidence),
    ]


def _none_past_deadline(evidence: Evidence) -> Check:
    held = [record.booking for record in evidence.records.values() if record.state == "held"]
    ended = list(endings(evidence))
    faults = [f"{booking} is still held" for booking in sorted(held)]
    faults += [
        f"{ending.booking} ended {ending.late_ms:.0f} ms late"
        for ending in ended
        if ending.late_ms > TOLERANCE_MS
    ]
    latest = max((ending.late_ms for ending in ended), default=0.0)
    return judge("0 held past the deadline", faults, f"{len(ended)} ended, at most {latest:.0f} ms late")


def _none_before_deadline(evidence: Evidence) -> Check:
    released = at_deadline(evidence)
    faults = [
        f"{ending.booking} was released early"
        for ending in released
        if ending.deadline is not None and ending.sent.event.data.released_at < ending.deadline
    ]
    return judge("0 released before their deadline", faults, f"{len(released)} released by the deadline")


def _none_extended(evidence: Evidence) -> Check:
    """No journal entry after a contact has a later deadline than the entry of that contact."""
    fixed: dict[str, datetime] = {}
    faults = []
    for entry in evidence.entries:
        booking, deadline = entry["booking"], entry["deadline"]
        if booking in fixed and deadline is not None and parse_instant(deadline) > fixed[booking]:
            faults.append(f"{booking} was moved from {fixed[booking]:%a %H:%M} UTC to {deadline}")
        elif booking not in fixed and _applies_contact(entry) and deadline is not None:
            fixed[booking] = parse_instant(deadline)
    return judge("0 deadlines extended after a contact", faults, f"ICE asked about {len(fixed)} bookings")


def _applies_contact(entry: Mapping[str, Any]) -> bool:
    return str(entry["cause"]).startswith("custody.ice.") and entry["outcome"] != "kept_until_booking"


def _all_contacts_answered(evidence: Evidence) -> Check:
    asked = {pair for pair in contacts(evidence) if _is_known(evidence, pair[0])}
    answered = {pair for pair, _ in _notices_to_ice(evidence)}
    faults = [f"{booking}: no answer on {route}" for booking, route in sorted(asked - answered)]
    bookings = {booking for booking, _ in asked}
    return judge("ICE was answered about every booking it asked about", faults, f"{len(bookings)} bookings")


def _no_unrequested_notices(evidence: Evidence) -> Check:
    asked = contacts(evidence)
    notices = list(_notices_to_ice(evidence))
    faults = [
        f"{booking}: a notice to {route}, which had not asked"
        for (booking, route), at in notices
        if (booking, route) not in asked or at < asked[booking, route]
    ]
    faults += [
        f"{sent.event.subject}: a notice to {sent.event.audience}, which this profile does not allow"
        for sent in evidence.sent
        if sent.event.audience in {"subject", "counsel"}
    ]
    return judge("0 notices that nobody asked for", faults, f"{len(notices)} notices to ICE")


def contacts(evidence: Evidence) -> dict[tuple[str, str], datetime]:
    """Booking and route of every contact by ICE that was not rejected, with its first arrival."""
    rejected = {item.rejection.event for item in evidence.rejected}
    first: dict[tuple[str, str], datetime] = {}
    for arrival in evidence.arrived:
        if arrival.event.raw in rejected:
            continue
        parsed = parse(arrival.event.raw)
        event = parsed.event if isinstance(parsed, Parsed) else None
        if isinstance(event, IceContacted | IceCustodyRequested):
            first.setdefault((event.subject, event.data.reply_to or "nobody"), arrival.at)
    return first


def _is_known(evidence: Evidence, booking: str) -> bool:
    return booking in evidence.records and evidence.records[booking].state != "awaiting_booking"


def _notices_to_ice(evidence: Evidence) -> Iterator[tuple[tuple[str, str], datetime]]:
    for sent in evidence.sent:
        if isinstance(sent.event, IceReleaseDateGiven | IceRequestDeclined):
            yield (sent.event.subject, sent.event.route or "nobody"), sent.event.time


def _each_ended_once(evidence: Evidence) -> Check:
    released = Counter(sent.event.subject for sent in evidence.sent if isinstance(sent.event, RecordReleased))
    closed = Counter(sent.event.subject for sent in evidence.sent if isinstance(sent.event, RecordClosed))
    faults = []
    for booking in sorted(evidence.records.keys() | released.keys() | closed.keys()):
        state = evidence.records[booking].state if booking in evidence.records else "unknown"
        if (released[booking], closed[booking]) != (int(state == "released"), int(state == "closed")):
            counts = f"{released[booking]} release orders and {closed[booking]} closings"
            faults.append(f"{booking} is {state}, with {counts}")
    found = f"{released.total()} release orders, {closed.total()} closings"
    return judge("each release ordered exactly once", faults, found)


def _duplicates_changed_nothing(evidence: Evidence) -> Check:
    """No event changed a record twice, however often it arrived."""
    parsed = [parse(arrival.event.raw) for arrival in evidence.arrived]
    events = [one.event for one in parsed if isinstance(one, Parsed)]
    arrived = Counter((event.subject, event_key(event)) for event in events)
    changed = Counter(
        (entry["booking"], entry["event"]["source"], entry["event"]["id"])
        for entry in evidence.entries
        if "event" in entry and entry["outcome"] != "kept_until_booking"
    )
    faults = [
        f"{booking}: event {event_id} changed it {times} times"
        for (booking, _, event_id), times in sorted(changed.items())
        if times > 1
    ]
    duplicates = arrived.total() - len(arrived)
    return judge("duplicates changed nothing", faults, f"{duplicates} arrived")


def _inbox_empty(evidence: Evidence) -> Check:
    faults = [f"{evidence.unsettled} events are still in the inbox"] if evidence.unsettled else []
    return judge("every event was processed", faults, f"{len(evidence.arrived)} arrived, the inbox is empty")


def _journal_intact(evidence: Evidence) -> Check:
    found = f"{len(evidence.entries)} entries of {len(evidence.records)} bookings"
    return judge("the journal's hash chains are intact", evidence.problems, found)
