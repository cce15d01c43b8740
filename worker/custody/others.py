"""Other people's part in a record: another agency's holds, counsel, the routine warrant check."""

from datetime import datetime

from msgspec.structs import asdict

from events.inbound import CounselDesignated, HoldLifted, HoldPlaced, WarrantCheckCompleted
from events.instants import format_instant
from events.outbound import AuthorityChange, ReleaseAuthorityChanged
from worker.custody.moment import Moment
from worker.custody.record import Hold, Record
from worker.custody.release import remaining_authority
from worker.custody.rules import Rules
from worker.custody.transition import Notice, Outcome, Step, alarm


def place_hold(record: Record, event: HoldPlaced, rules: Rules, at: Moment) -> Step:
    """A hold of another authority: never moves a limit, named in the release order."""
    data = event.data
    hold = Hold(data.hold_id, data.kind, data.reference)
    others = tuple(other for other in record.holds if other.hold_id != hold.hold_id)
    holds = (*others, hold)
    detail = {name: value for name, value in asdict(hold).items() if value is not None}
    return Step(Outcome.HOLD_PLACED, {"holds": holds}, _changed(record, holds), detail)


def lift_hold(record: Record, event: HoldLifted, rules: Rules, at: Moment) -> Step:
    """A hold of another authority is lifted, by its id alone."""
    hold_id = event.data.hold_id
    remaining = tuple(hold for hold in record.holds if hold.hold_id != hold_id)
    detail = {"hold_id": hold_id}
    if remaining == record.holds:
        unknown = alarm(record, "hold_unknown", "a hold was lifted that the clock knows nothing of")
        return Step(Outcome.NOTED, notices=(unknown,), detail=detail)
    return Step(Outcome.HOLD_LIFTED, {"holds": remaining}, _changed(record, remaining), detail)


def note_warrant_check(record: Record, event: WarrantCheckCompleted, rules: Rules, at: Moment) -> Step:
    """Recorded and shown; not a contact, and causes no notice (clause 7 of the policy)."""
    detail = {
        "warrant_check_completed_at": format_instant(event.data.completed_at),
        "federal_notified": event.data.federal_notified,
    }
    return Step(Outcome.NOTED, detail=detail)


def name_counsel(record: Record, event: CounselDesignated, rules: Rules, at: Moment) -> Step:
    """The route for the copies that the law gives to counsel."""
    route = event.data.deliver_to
    return Step(Outcome.COUNSEL_NAMED, {"counsel": route}, detail={"route": route})


def _changed(record: Record, holds: tuple[Hold, ...]) -> tuple[Notice, ...]:
    """After the release order, whoever has it is sent the holds that remain now."""
    if record.state != "released" or holds == record.holds:
        return ()
    released_at: datetime | None = record.released_at
    assert released_at is not None
    change = AuthorityChange(released_at=released_at, remaining_authority=remaining_authority(holds))
    return (Notice(ReleaseAuthorityChanged, change),)
