"""Where the person is: transferred, escaped, dead, departed; and whose hold remains."""

from datetime import datetime

from msgspec.structs import asdict

from events.inbound import (
    CounselDesignated,
    HoldLifted,
    HoldPlaced,
    PersonDeparted,
    PersonDied,
    PersonEscaped,
    PersonTransferred,
    WarrantCheckCompleted,
)
from events.instants import format_instant
from events.outbound import CloseBasis
from worker.custody.record import Changes, Hold, Record
from worker.custody.release import close
from worker.custody.rules import Rules
from worker.custody.transition import Outcome, Step, alarm


def transfer(record: Record, event: PersonTransferred, rules: Rules, now: datetime) -> Step:
    """Another authority holds the person now. A hospital does not: the clock runs on."""
    to, at = event.data.to, event.data.transferred_at
    if to == "hospital":
        return Step(Outcome.AT_HOSPITAL, detail={"transferred_at": format_instant(at)})
    return _gone(record, "transferred", at, rules, {"to": to})


def escape(record: Record, event: PersonEscaped, rules: Rules, now: datetime) -> Step:
    """Nobody is held any longer."""
    return _gone(record, "escaped", event.data.at, rules, {})


def die(record: Record, event: PersonDied, rules: Rules, now: datetime) -> Step:
    """Nobody is held any longer."""
    return _gone(record, "died", event.data.at, rules, {})


def depart(record: Record, event: PersonDeparted, rules: Rules, now: datetime) -> Step:
    """The person has left the building: no overdue alarm. While still held, the watch is alarmed."""
    at = event.data.departed_at
    changes: Changes = {"departed_at": at, "gone_while_held": record.state == "held"}
    detail = {"departed_at": format_instant(at)}
    if record.state == "held":
        still_held = alarm(
            record, "departed_while_held", "reported as departed while still held; the clock runs on"
        )
        return Step(Outcome.DEPARTED_WHILE_HELD, changes, (still_held,), detail)
    return Step(Outcome.DEPARTED, changes, detail=detail)


def place_hold(record: Record, event: HoldPlaced, rules: Rules, now: datetime) -> Step:
    """A hold of another authority: never moves a limit, named in the release order."""
    data = event.data
    hold = Hold(data.hold_id, data.kind, data.reference)
    others = tuple(other for other in record.holds if other.hold_id != hold.hold_id)
    return Step(Outcome.HOLD_PLACED, {"holds": (*others, hold)}, detail=asdict(hold))


def lift_hold(record: Record, event: HoldLifted, rules: Rules, now: datetime) -> Step:
    """A hold of another authority is lifted."""
    remaining = tuple(hold for hold in record.holds if hold.hold_id != event.data.hold_id)
    return Step(Outcome.HOLD_LIFTED, {"holds": remaining}, detail={"hold_id": event.data.hold_id})


def note_warrant_check(record: Record, event: WarrantCheckCompleted, rules: Rules, now: datetime) -> Step:
    """Recorded and shown; not a contact, and causes no notice (clause 7 of the policy)."""
    detail = {
        "warrant_check_completed_at": format_instant(event.data.completed_at),
        "federal_notified": event.data.federal_notified,
    }
    return Step(Outcome.NOTED, detail=detail)


def name_counsel(record: Record, event: CounselDesignated, rules: Rules, now: datetime) -> Step:
    """The route for the copies that the law gives to counsel."""
    route = event.data.deliver_to
    return Step(Outcome.COUNSEL_NAMED, {"counsel": route}, detail={"route": route})


def _gone(record: Record, basis: CloseBasis, at: datetime, rules: Rules, detail: dict[str, object]) -> Step:
    """Close a held record. A person who was released already has then at least left the building."""
    if record.state == "held":
        closing = close(record, basis, at, rules)
        return Step(closing.outcome, closing.changes, closing.notices, closing.detail | detail)
    detail = detail | {"basis": basis, "at": format_instant(at)}
    if record.state == "released" and (record.departed_at is None or record.gone_while_held):
        return Step(Outcome.DEPARTED, {"departed_at": at, "gone_while_held": False}, detail=detail)
    return Step(Outcome.NOTED, detail=detail)
