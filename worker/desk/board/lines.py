"""The lines of the board's lists, in words that are said at a desk."""

from datetime import datetime
from zoneinfo import ZoneInfo

from events.outbound import DeclinedRequest, Outbound, ReleaseDate
from worker.custody.notices import may_have_date
from worker.custody.record import Record
from worker.custody.rules import Rules
from worker.custody.transition import Outcome
from worker.desk import journal_words, words
from worker.desk.alarms import MAY_BE_HELD_UNLAWFULLY
from worker.desk.board.answers import Line
from worker.desk.reports.from_ice import FromIce
from worker.store.alarms import StoredAlarm

_BY = {
    "phone": ", by phone",
    "fax": ", by fax",
    "teletype": ", by teletype",
    "email": ", by e-mail",
    "in_person": ", in person",
}
_NOBODY = "clock"


def of_alarm(alarm: StoredAlarm, last_at: datetime) -> Line:
    """An alarm that waits, raised last at `last_at`."""
    return Line(
        at=last_at,
        booking=None if alarm.subject == _NOBODY else alarm.subject,
        text=words.alarm(alarm.code),
        is_urgent=alarm.code in MAY_BE_HELD_UNLAWFULLY,
        count=alarm.count,
    )


def of_rejected(at: datetime, booking: str | None, event_type: str | None, reason: str) -> Line:
    """A rejected event that waits."""
    about = f" ({words.CAUSES[event_type]})" if event_type and event_type in words.CAUSES else ""
    return Line(at, booking, f"event refused{about}: {words.reject_reason(reason)}")


def of_ended(record: Record, transferred_to: str | None) -> Line | None:
    """How custody ended; None if it has not, or goes on under another number.

    Args:
        transferred_to: the place of the transfer, as the event named it; None if that is not known.
    """
    at = record.released_at or record.closed_at
    if at is None or record.renumbered_to is not None:
        return None
    if record.basis == "deadline":
        return Line(at, record.booking, words.limit(record.governing_limit))
    if record.basis == "transferred" and transferred_to is not None:
        return Line(at, record.booking, f"to {journal_words.plain(transferred_to)}")
    return Line(at, record.booking, words.basis_of_end(record.basis))


def of_request(asked: FromIce) -> Line | None:
    """What came from ICE; None for what was passed on to the booking's new number, which has a line."""
    if asked.outcome == Outcome.SENT_ON:
        return None
    match asked.kind:
        case _ if asked.outcome == Outcome.KEPT_UNTIL_BOOKING:
            text = "asks about a number that is not booked yet"
        case "withdrawal":
            text = "lifts its request"
        case "custody_request":
            text = "is at the counter for the person"
        case _:
            wanted = " and ".join(map(journal_words.plain, asked.requests))
            text = f"asks for {wanted}" if wanted else "makes contact"
            text += _BY.get(asked.channel or "", "")
    return Line(asked.received_at, asked.booking, text)


def of_answer(event: Outbound, at: datetime, zone: ZoneInfo) -> Line:
    """What ICE was sent."""
    match event.data:
        case ReleaseDate():
            text = _dated(event.data, at, zone)
        case DeclinedRequest(reason=reason):
            text = f"request declined, {words.DECLINE_REASONS[reason]}"
        case _:
            text = event.type
    return Line(at, event.subject, f"sent: {text}", is_answer=True)


def ice_answer(record: Record, rules: Rules, zone: ZoneInfo) -> str | None:
    """What ICE was sent about a person, in two or three words; None if it did not ask."""
    at = record.released_at or record.deadline
    if not record.contacts or at is None:
        return None
    waiting = [contact for contact in record.contacts if not contact.is_withdrawn]
    if not waiting:
        return "request lifted"
    if rules.known_profile is None or not any(may_have_date(one, rules.profile) for one in waiting):
        return "sent no date"
    return f"sent {'released ' if record.released_at else ''}{clock_time(at, at, zone)}"


def clock_time(instant: datetime, beside: datetime, zone: ZoneInfo) -> str:
    """Local hours and minutes; with the weekday, and a date where that would not do, if the day differs."""
    local, other = instant.astimezone(zone), beside.astimezone(zone)
    days = abs((local.date() - other.date()).days)
    return local.strftime("%H:%M" if days == 0 else "%a %H:%M" if days < 7 else "%d %b %H:%M")


def _dated(date: ReleaseDate, at: datetime, zone: ZoneInfo) -> str:
    instant = date.release_at or date.released_at
    when = clock_time(instant, at, zone) if instant else ""
    match date.status:
        case "scheduled":
            text = f"release date {when}"
        case "approaching":
            text = f"release is near, {when}"
        case "released":
            text = f"released {when}"
        case "withdrawn":
            text = "the date no longer holds"
    return f"{text} · hold declined" if date.hold_request == "declined" else text
