"""A notice about a contact by ICE, in words and local time."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from events.outbound import DeclinedRequest, Outbound, ReleaseDate, ServedRequest
from worker.desk import journal_words, words
from worker.desk.notices import NoticeStatus
from worker.desk.plain_words import brief, local
from worker.desk.sent import SentAboutIce

_RECIPIENTS = {"ice": "ICE", "subject": "the person", "counsel": "counsel"}


def notice_lines(sent: SentAboutIce, zone: ZoneInfo) -> tuple[str, list[str], list[str]]:
    """When it was sent, what it said, and to whom."""
    event = sent.event
    lines = what_it_says(event, zone)
    recipient = _RECIPIENTS.get(event.audience, event.audience)
    to = [f"{recipient} ({event.route})" if event.route else recipient]
    return local(event.time, zone), lines, to if sent.is_delivered else [*to, "not delivered yet"]


def what_it_says(event: Outbound, zone: ZoneInfo, beside: datetime | None = None) -> list[str]:
    """A notice in a line or two.

    Args:
        beside: say instants briefly, as they are read beside this one.
    """

    def say(instant: datetime | None) -> str:
        return local(instant, zone) if beside is None or instant is None else brief(instant, beside, zone)

    match event.data:
        case ReleaseDate():
            return _release_date(event.data, say)
        case DeclinedRequest(reason=reason):
            return [f"no date, request declined: {words.DECLINE_REASONS[reason]}"]
        case ServedRequest():
            asked = ", ".join(map(journal_words.plain, event.data.requests)) or "nothing"
            answer = "the agency will comply" if event.data.will_comply else "the agency will not comply"
            return [f"copy of ICE's request for {asked}", answer]
        case _:
            return [event.type]


def delivery_state(status: NoticeStatus) -> str:
    """In words: who has it, and for whom it waits."""
    delivered = [one.receipt.sink for one in status.attempts if one.receipt.outcome == "delivered"]
    untrue = [one.receipt.sink for one in status.attempts if one.receipt.outcome == "superseded"]
    waiting = [
        f"{sink} (tried {state.attempts} times)" if state.attempts else f"{sink} (behind another)"
        for sink, state in status.waiting.items()
    ]
    said = [
        ("delivered by", delivered),
        ("not sent, a newer one says otherwise:", untrue),
        ("waits for", waiting),
        ("given up by", status.dead),
        ("not looked at yet by", status.not_reached),
    ]
    return "; ".join(f"{words} {', '.join(names)}" for words, names in said if names) or "for nobody"


def _release_date(date: ReleaseDate, say: Callable[[datetime | None], str]) -> list[str]:
    match date.status:
        case "scheduled":
            line = f"release date: {say(date.release_at)}"
        case "approaching":
            line = f"release is near: {say(date.release_at)}"
        case "released":
            line = f"released: {say(date.released_at)}"
        case "withdrawn":
            line = f"the date no longer holds, record closed: {say(date.closed_at)}"
    return [line, "request to hold declined"] if date.hold_request == "declined" else [line]
