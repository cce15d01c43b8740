"""What must be true of the made-up weekend, held against what its script leads to without the clock."""

from collections import Counter
from collections.abc import Iterator

from events.outbound import (
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

_NEVER_RAISED = frozenset({"held_without_clock", "event_set_aside"})
"""Alarms that only a defect can cause. Others may come besides the expected ones where a machine is slow."""


def check_weekend(expected: Expectations, evidence: Evidence) -> list[Check]:
    """What the script of the weekend promises, held against what is in the store."""
    return [
        _everybody_ended(expected, evidence),
        _deadlines_as_counted(expected, evidence),
        _ice_given_the_date(expected, evidence),
        _ice_told_the_end(expected, evidence),
        _holds_declined(expected, evidence),
        _remaining_holds_named(expected, evidence),
        _watch_alarmed(expected, evidence),
        _overstays_reported(expected, evidence),
        _repeats_without_trace(expected, evidence),
        _refused_for_their_reasons(expected, evidence),
    ]


def _everybody_ended(expected: Expectations, evidence: Evidence) -> Check:
    known = {name for name, record in evidence.records.items() if record.state != "awaiting_booking"}
    faults = [f"{booking} should not have been booked" for booking in sorted(known - expected.bookings)]
    for booking, basis in sorted(expected.endings.items()):
        record = evidence.records.get(booking)
        got = (record.basis or record.state) if record else "unknown"
        if got != basis:
            faults.append(f"{booking} should have ended by {basis}, is {got}")
    bases = Counter(expected.endings.values())
    return judge("each booking ended in its own way", faults, f"{bases.total()} bookings, {len(bases)} ways")


def _deadlines_as_counted(expected: Expectations, evidence: Evidence) -> Check:
    """Deadline and entitlement; and a deadline that had passed already only where the script says so."""
    faults = []
    for booking, deadline in sorted(expected.deadlines.items()):
        record = evidence.records.get(booking)
        if record is None or record.deadline is None:
            faults.append(f"{booking} has no deadline")
            continue
        if record.deadline != deadline:
            faults.append(f"{booking}: {record.deadline:%a %H:%M} UTC, by hand {deadline:%a %H:%M} UTC")
        if record.entitled_at != expected.entitled_earlier.get(booking, deadline):
            faults.append(f"{booking} is entitled from another instant")
        if record.learned_late != (booking in expected.late_on_arrival):
            faults.append(f"{booking}: its deadline was not ahead when it became known")
    return judge(
        "deadlines as counted by hand, to the millisecond", faults, f"{len(expected.deadlines)} deadlines"
    )


def _ice_given_the_date(expected: Expectations, evidence: Evidence) -> Check:
    """The last date that ICE was given is the deadline, for each who was still held when it asked."""
    last = {
        booking: date.release_at for booking, date in _dates_given(evidence) if date.release_at is not None
    }
    held_when_asked = expected.contacted - expected.told_after_release - expected.too_late_at_counter
    faults = [f"{booking} was given none" for booking in sorted(held_when_asked - last.keys())]
    for booking, given in sorted(last.items()):
        if (deadline := expected.deadlines.get(booking, given)) != given:
            faults.append(f"{booking}: {given:%a %H:%M} UTC, by hand {deadline:%a %H:%M} UTC")
    return judge("the dates given to ICE are the deadlines", faults, f"{len(last)} dates")


def _ice_told_the_end(expected: Expectations, evidence: Evidence) -> Check:
    """That it is over, and how: for exactly those whom ICE asked about."""
    statuses: dict[str, list[str]] = {booking: [] for booking in expected.contacted}
    for booking, date in _dates_given(evidence):
        statuses.setdefault(booking, []).append(date.status)
    faults = []
    for booking, told in sorted(statuses.items()):
        end = "withdrawn" if booking in expected.withdrawn else "released"
        if booking not in expected.contacted:
            faults.append(f"{booking}: ICE had not asked, and heard {told[0]}")
        elif told[-1:] != [end]:
            faults.append(f"{booking}: ICE heard {' then '.join(told) or 'nothing'}, and not {end} at last")
        elif ("approaching" in told) != (booking in expected.actively_assisted):
            faults.append(f"{booking}: warned of the approaching release, or not, against the policy")
    return judge("ICE learned how each ended", faults, f"{len(expected.contacted)} bookings")


def _holds_declined(expected: Expectations, evidence: Evidence) -> Check:
    """Every request to hold was declined in words, and nobody was handed over when it was too late."""
    declined = {booking for booking, date in _dates_given(evidence) if date.hold_request == "declined"}
    faults = [f"{booking}: no refusal of the hold" for booking in sorted(expected.hold_declined - declined)]
    faults += [f"{booking}: nobody asked to hold" for booking in sorted(declined - expected.hold_declined)]
    refused = {sent.event.subject for sent in evidence.sent if isinstance(sent.event, IceRequestDeclined)}
    faults += [f"{booking}: should have been refused" for booking in expected.too_late_at_counter - refused]
    faults += [f"{booking}: refused for no reason" for booking in refused - expected.too_late_at_counter]
    return judge("requests to hold declined", faults, f"holds {len(declined)}, at the counter {len(refused)}")


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
    due = {
        *(("unknown_booking", booking) for booking in expected.never_booked),
        *(("booking_conflict", booking) for booking in expected.booked_twice_differently),
        *(("later_deadline_refused", booking) for booking in expected.later_deadline_refused),
        *(("custody_refused", booking) for booking in expected.too_late_at_counter),
        *(("departed_while_held", booking) for booking in expected.departed_while_held),
        *(("closed_after_contact", booking) for booking in expected.withdrawn - expected.handed_over),
    }
    faults = [f"{booking}: no alarm {code}" for code, booking in sorted(due - raised)]
    faults += [f"{booking}: alarm {code}" for code, booking in sorted(raised) if code in _NEVER_RAISED]
    besides = ", ".join(f"{code} {booking}" for code, booking in sorted(raised - due))
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


def _repeats_without_trace(expected: Expectations, evidence: Evidence) -> Check:
    """The same words twice, and the same booking under another id."""
    word_for_word = len(evidence.arrived) - len({arrival.event.raw for arrival in evidence.arrived})
    faults = (
        [f"{word_for_word} arrived, {expected.duplicates} expected"]
        if word_for_word != expected.duplicates
        else []
    )
    booked = Counter(
        entry["booking"] for entry in evidence.entries if entry["cause"] == "custody.booking.created.v1"
    )
    twice = sorted(booking for booking, times in booked.items() if times > 1)
    faults += [
        f"{booking} was booked twice" for booking in twice if booking not in expected.booked_twice_differently
    ]
    found = f"{word_for_word} word for word, {len(expected.booked_twice_alike)} under another id"
    return judge("a booking told twice counts once", faults, found)


def _refused_for_their_reasons(expected: Expectations, evidence: Evidence) -> Check:
    reasons = Counter(item.reason for item in evidence.rejected)
    faults = [
        f"{reason}: {reasons[reason]} instead of {expected.rejected.get(reason, 0)}"
        for reason in sorted(reasons.keys() | expected.rejected.keys())
        if reasons[reason] != expected.rejected.get(reason, 0)
    ]
    return judge(
        "garbage refused, each for its reason", faults, f"{reasons.total()} events, {len(reasons)} reasons"
    )


def _dates_given(evidence: Evidence) -> Iterator[tuple[str, ReleaseDate]]:
    for sent in evidence.sent:
        if isinstance(sent.event, IceReleaseDateGiven):
            yield sent.event.subject, sent.event.data
