"""A notice about a contact by ICE, in words and local time."""

from zoneinfo import ZoneInfo

from events.outbound import DeclinedRequest, ReleaseDate, ServedRequest
from worker.cli.output import Cell, local
from worker.desk import journal_words, words
from worker.desk.sent import SentAboutIce

_RECIPIENTS = {"ice": "ICE", "subject": "the person", "counsel": "counsel"}


def notice_lines(sent: SentAboutIce, zone: ZoneInfo) -> tuple[Cell, ...]:
    """When it was sent, what it said, and to whom."""
    event = sent.event
    match event.data:
        case ReleaseDate():
            lines = _release_date(event.data, zone)
        case DeclinedRequest(reason=reason):
            lines = [f"no date, request declined: {words.DECLINE_REASONS[reason]}"]
        case ServedRequest():
            asked = ", ".join(map(journal_words.plain, event.data.requests)) or "nothing"
            answer = "the agency will comply" if event.data.will_comply else "the agency will not comply"
            lines = [f"copy of ICE's request for {asked}", answer]
        case _:
            lines = [event.type]
    recipient = _RECIPIENTS.get(event.audience, event.audience)
    to = [f"{recipient} ({event.route})" if event.route else recipient]
    return local(event.time, zone), lines, to if sent.is_delivered else [*to, "not delivered yet"]


def _release_date(date: ReleaseDate, zone: ZoneInfo) -> list[str]:
    match date.status:
        case "scheduled":
            line = f"release date: {local(date.release_at, zone)}"
        case "approaching":
            line = f"release is near: {local(date.release_at, zone)}"
        case "released":
            line = f"released: {local(date.released_at, zone)}"
        case "withdrawn":
            line = f"the date no longer holds, record closed: {local(date.closed_at, zone)}"
    return [line, "request to hold declined"] if date.hold_request == "declined" else [line]
