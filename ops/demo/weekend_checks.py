"""What must hold for the simulated weekend: the results of its script, worked out without the clock."""

from collections import Counter
from collections.abc import Iterator

from events.outbound import (
    AlarmCode,
    ClockAlarmed,
    IceReleaseDateGiven,
    IceRequestDeclined,
    RecordReleased,
    ReleaseDate,
    ReleaseOverdue,
)
from ops.demo.evidence import Evidence
from ops.demo.verdict import Check, judge
from ops.demo.weekend import Expectations
from worker.desk.journal_words import plain
from worker.desk.words import ALARMS, reject_reason

_NEVER_RAISED = frozenset({"held_without_clock", "event_set_aside"})
"""Alarms that only a defect can cause. A slow machine may cause others besides the expected ones."""


def check_weekend(expected: Expectations, evidence: Evidence) -> list[Check]:
    """The required results of the weekend, checked against what is in the store."""
    return [
        _everyone_ended(expected, evidence),
        _deadlines_as_counted(expected, evidence),
        _ice_given_the_date(expected, evidence),
        _ice_notified_of_the_end(expected, evidence),
        _holds_declined(expected, evidence),
        _remaining_holds_named(expected, evidence),
        _watch_alarmed(expected, evidence),
        _overstays_reported(expected, evidence),
        _duplicates_left_no_trace(expected, evidence),
        _invalid_events_rejected(expected, evidence),
    ]


def _everyone_ended(expected: Expectations, evidence: Evidence) -> Check:
    known = {name for name, record in evidence.records.items() if record.state != "awaiting_booking"}
    faults = [f"{booking} should not have been booked" for booking in sorted(known - expected.bookings)]
    for booking, basis in sorted(expected.endings.items()):
        record = evidence.records.get(booking)
        got = (record.basis or record.state) if record else "unknown"
        if got != basis:
            faults.append(f"{booking}: {plain(got)} instead of {plain(basis)}")
    bases = Counter(expected.endings.values())
    return judge(
        "each booking ended as the script says", faults, f"{bases.total()} bookings, {len(bases)} bases"
    )


def _deadlines_as_counted(expected: Expectations, evidence: Evidence) -> Check:
    """Deadline and entitlement, and a deadline already past on arrival only where the script says so."""
    faults = []
    for booking, deadline in sorted(expected.deadlines.items()):
        record = evidence.records.get(booking)
        if record is None or record.deadline is None:
            faults.append(f"{booking} has no deadline")
            continue
        if record.deadline != deadline:
            faults.append(f"{booking}: {record.deadline:%a %H:%M} UTC, expected {deadline:%a %H:%M} UTC")
        if record.entitled_at != expected.entitled_earlier.get(booking, deadline):
            faults.append(f"{booking} has another entitlement")
        if record.learned_late != (booking in expected.late_on_arrival):
            faults.append(f"{booking}: its deadline had passed on arrival, or had not, against the script")
    return judge(
        "deadlines as counted separately, to the millisecond", faults, f"{len(expected.deadlines)} deadlines"
    )


def _ice_given_the_date(expected: Expectations, evidence: Evidence) -> Check:
    """The last date sent to ICE is the deadline, for everyone still held when it asked."""
    last = {
        booking: date.release_at for booking, date in _dates_given(evidence) if date.release_at is not None
    }
    held_when_asked = expected.contacted - expected.contacted_after_release - expected.too_late_at_counter
    faults = [f"{booking}: no date was sent" for booking in sorted(held_when_asked - last.keys())]
    for booking, given in sorted(last.items()):
        if (deadline := expected.deadlines.get(booking, given)) != given:
            faults.append(f"{booking}: {given:%a %H:%M} UTC, expected {deadline:%a %H:%M} UTC")
    return judge("the dates sent to ICE are the deadlines", faults, f"{len(last)} dates")


def _ice_notified_of_the_end(expected: Expectations, evidence: Evidence) -> Check:
    """The last notice says how custody ended, for exactly the bookings that ICE asked about."""
    statuses: dict[str, list[str]] = {booking: [] for booking in expected.contacted}
    for booking, date in _dates_given(evidence):
        statuses.setdefault(booking, []).append(date.status)
    faults = []
    for booking, sent in sorted(statuses.items()):
        end = "withdrawn" if booking in expected.withdrawn else "released"
        if booking not in expected.contacted:
            faults.append(f"{booking}: ICE had not asked, and was sent {sent[0]}")
        elif sent[-1:] != [end]:
            faults.append(f"{booking}: ICE was sent {' then '.join(sent) or 'nothing'}, not {end} at the end")
        elif ("approaching" in sent) != (booking in expected.actively_assisted):
            faults.append(f"{booking}: the warning of the release is missing or not allowed")
    return judge("ICE was sent how each booking ended", faults, f"{len(expected.contacted)} bookings")


def _holds_declined(expected: Expectations, evidence: Evidence) -> Check:
    """Every request to hold was explicitly declined, and nobody was handed over too late."""
    declined = {booking for booking, date in _dates_given(evidence) if date.hold_request == "declined"}
    faults = [
        f"{booking}: the hold was not declined" for booking in sorted(expected.hold_declined - declined)
    ]
    faults += [
        f"{booking}: a hold was declined, but none was requested"
        for booking in sorted(declined - expected.hold_declined)
    ]
    refused = {sent.event.subject for sent in evidence.sent if isinstance(sent.event, IceRequestDeclined)}
    faults += [
        f"{booking}: the custody request was not declined"
        for booking in expected.too_late_at_counter - refused
    ]
    faults += [
        f"{booking}: a request was declined without cause"
        for booking in refused - expected.too_late_at_counter
    ]
    return judge("requests to hold declined", faults, f"{len(declined)} holds, {len(refused)} at the counter")


def _remaining_holds_named(expected: Expectations, evidence: Evidence) -> Check:
    named = {
        sent.event.subject: frozenset(hold.hold_id for hold in sent.event.data.remaining_authority)
        for sent in evidence.sent
        if isinstance(sent.event, RecordReleased) and sent.event.data.remaining_authority
    }
    due, nothing = expected.remaining_authority, frozenset[str]()
    faults = [
        f"{booking}: {sorted(named.get(booking, nothing))} instead of {sorted(due.get(booking, nothing))}"
        for booking in sorted(named.keys() | due.keys())
        if named.get(booking) != due.get(booking)
    ]
    return judge("release orders name the holds that remain", faults, f"{len(named)} orders")


def _watch_alarmed(expected: Expectations, evidence: Evidence) -> Check:
    raised = {
        (sent.event.data.code, sent.event.subject)
        for sent in evidence.sent
        if isinstance(sent.event, ClockAlarmed)
    }
    due: set[tuple[AlarmCode, str]] = {
        *expected.doubts,
        *(("unknown_booking", booking) for booking in expected.never_booked),
        *(("booking_conflict", booking) for booking in expected.booked_twice_differently),
        *(("later_deadline_refused", booking) for booking in expected.later_deadline_refused),
        *(("custody_refused", booking) for booking in expected.too_late_at_counter),
        *(("departed_while_held", booking) for booking in expected.departed_while_held),
        *(("closed_after_contact", booking) for booking in expected.withdrawn - expected.handed_over),
    }
    faults = [f"{booking}: no alarm: {ALARMS[code]}" for code, booking in sorted(due - raised)]
    faults += [
        f"{booking}: alarm: {ALARMS[code]}" for code, booking in sorted(raised) if code in _NEVER_RAISED
    ]
    besides = ", ".join(f"{booking}: {ALARMS[code]}" for code, booking in sorted(raised - due))
    return judge(
        "the watch was alarmed", faults, f"{len(due)} alarms" + (f"; also {besides}" if besides else "")
    )


def _overstays_reported(expected: Expectations, evidence: Evidence) -> Check:
    reported = {
        sent.event.subject
        for sent in evidence.sent
        if isinstance(sent.event, ReleaseOverdue) and not sent.event.data.fired_late
    }
    faults = [f"{booking}: not reported" for booking in sorted(expected.overstaying - reported)]
    return judge(
        "released and still in the building: reported", faults, f"{len(expected.overstaying)} bookings"
    )


def _duplicates_left_no_trace(expected: Expectations, evidence: Evidence) -> Check:
    """The same event twice, and the same booking under another event id."""
    byte_for_byte = len(evidence.arrived) - len({arrival.event.raw for arrival in evidence.arrived})
    faults = (
        [f"{byte_for_byte} arrived, {expected.duplicates} expected"]
        if byte_for_byte != expected.duplicates
        else []
    )
    booked = Counter(
        entry["booking"] for entry in evidence.entries if entry["cause"] == "custody.booking.created.v1"
    )
    twice = sorted(booking for booking, times in booked.items() if times > 1)
    faults += [
        f"{booking} was booked twice" for booking in twice if booking not in expected.booked_twice_differently
    ]
    found = f"{byte_for_byte} byte for byte, {len(expected.booked_twice_alike)} under another id"
    return judge("a booking reported twice counts once", faults, found)


def _invalid_events_rejected(expected: Expectations, evidence: Evidence) -> Check:
    reasons = Counter(item.rejection.reason for item in evidence.rejected)
    faults = [
        f"{reject_reason(reason)}: {reasons[reason]} instead of {expected.rejected.get(reason, 0)}"
        for reason in sorted(reasons.keys() | expected.rejected.keys())
        if reasons[reason] != expected.rejected.get(reason, 0)
    ]
    return judge(
        "invalid events rejected, each for its reason",
        faults,
        f"{reasons.total()} events, {len(reasons)} reasons",
    )


def _dates_given(evidence: Evidence) -> Iterator[tuple[str, ReleaseDate]]:
    for sent in evidence.sent:
        if isinstance(sent.event, IceReleaseDateGiven):
            yield sent.event.subject, sent.event.data
