"""What happened to a booking, each journal entry in a sentence or two."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from events.instants import parse_instant
from worker.custody.transition import Outcome
from worker.desk import journal_words, words
from worker.desk.journal_detail import detail_lines
from worker.desk.plain_words import brief, capital, in_words, listed
from worker.desk.story import Moment, moment_of
from worker.store.chain import Chain, ChainEntry

Kind: TypeAlias = Literal["key", "ice", "bad", "plain"]

_KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(
        (
            Outcome.CLOCK_STARTED,
            Outcome.RELEASED,
            Outcome.CLOSED,
            Outcome.REOPENED,
            Outcome.RENUMBERED,
            Outcome.CUSTODY_CARRIED,
        ),
        "key",
    ),
    **dict.fromkeys(
        (
            Outcome.ICE_TOLD,
            Outcome.ICE_DECLINED,
            Outcome.HANDED_OVER,
            Outcome.CUSTODY_REFUSED,
            Outcome.CUSTODY_REQUEST_EXPIRED,
            Outcome.CONTACT_WITHDRAWN,
        ),
        "ice",
    ),
    **dict.fromkeys(
        (
            Outcome.BOOKING_CONFLICT,
            Outcome.LATER_DEADLINE_REFUSED,
            Outcome.DEPARTED_WHILE_HELD,
            Outcome.RELEASE_OVERDUE,
            Outcome.UNKNOWN_BOOKING,
        ),
        "bad",
    ),
}
_NO_EVENT: Final[dict[str, str]] = {
    Outcome.ALARM_ACKNOWLEDGED: "a person",
    Outcome.REPROFILED: "custody reprofile",
}
_SAID_OF_ICE: Final = frozenset(
    {"contacted_at", "requested_at", "channel", "form", "requests", "declined_detention_until"}
    | {"declined_detention_hours", "warrant", "officer_reference", "route", "basis", "at"}
)
_MINUTE: Final = timedelta(minutes=1)
_HOW: Final = {
    "phone": "called",
    "fax": "sent a fax",
    "teletype": "sent a teletype message",
    "email": "sent an e-mail",
    "in_person": "came in person",
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of the journal in words.

    Attributes:
        at: when it was committed, in UTC; None for an entry that cannot be read.
        what: a sentence or two; `more` has what else is known.
        source: the id of the event that caused it, or what else did.
        entry: its number in the chain, from 1 on.
    """

    at: datetime | None
    kind: Kind
    what: str
    more: tuple[str, ...]
    source: str
    entry: int


def what_happened(chain: Chain, as_of: datetime, zone: ZoneInfo) -> Iterator[Happened]:
    """Each entry, oldest first; one that cannot be read says so."""
    deadline: str | None = None
    for number, entry in enumerate(chain.entries, start=1):
        happened = _happened(entry, number, deadline, as_of, zone)
        yield happened or _unreadable(entry, number)
        if happened and entry.link:
            deadline = entry.link.content.get("deadline")


def _unreadable(entry: ChainEntry, number: int) -> Happened:
    what = "This entry is not what was written." if entry.text else "This entry is gone."
    more = "What happened here is not known from the journal: have somebody run “custody audit verify”."
    return Happened(None, "bad", what, (more,), entry.id, number)


def _happened(
    entry: ChainEntry, number: int, deadline: str | None, as_of: datetime, zone: ZoneInfo
) -> Happened | None:
    if entry.link is None:
        return None
    try:
        moment = moment_of(entry.link)
        kind = _KINDS.get(moment.outcome, "plain")
        is_ice = kind == "ice" or moment.cause.startswith("custody.ice.")
        what = _ice(moment) if is_ice else _sentence(moment)
        more = [*_about_the_deadline(moment, deadline, as_of, zone), *_more(moment, is_ice=is_ice, zone=zone)]
        source = str(moment.document.get("event", {}).get("id") or _NO_EVENT.get(moment.outcome, "timer"))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None  # another program wrote it: what is in it may be anything
    return Happened(moment.at, "ice" if is_ice else kind, what, tuple(more), source, number)


def _sentence(moment: Moment) -> str:
    cause, detail = words.cause(moment.cause), moment.detail
    match moment.outcome:
        case Outcome.RELEASED if detail.get("basis") == "deadline":
            what = f"released at the {words.limit(moment.document.get('governing_limit'))}"
        case Outcome.RELEASED if "basis" in detail:
            what = f"released: {words.basis_of_end(detail['basis'])}"
        case Outcome.CLOSED if "basis" in detail:
            what = f"record closed: {words.basis_of_end(detail['basis'])}"
        case Outcome.AMENDED | Outcome.LATER_DEADLINE_REFUSED if detail.get("changed"):
            changed = listed([journal_words.plain(name) for name in detail["changed"]])
            refused = "; a later deadline was refused" if "refused_deadline" in detail else ""
            what = f"amended: {changed}{refused}"
        case Outcome.NOTED if "federal_notified" in detail:
            notified = (
                "federal officials were notified by it" if detail["federal_notified"] else "nobody notified"
            )
            what = f"warrant check completed; {notified}"
        case Outcome.NOTED:
            what = f"{cause}: noted"
        case Outcome.KEPT_UNTIL_BOOKING:
            what = f"{cause}: kept until the booking arrives"
        case _:
            what = words.outcome(moment.outcome)
    return capital(f"{what}.")


def _ice(moment: Moment) -> str:
    """What ICE did, and what was done."""
    detail, outcome = moment.detail, moment.outcome
    if "requested_at" in detail:
        asked = "asked for the person at the counter"
    elif "withdrawn_at" in detail:
        asked = "lifted its request"
    elif "channel" in detail:
        how = _HOW.get(detail["channel"], f"made contact by {journal_words.plain(detail['channel'])}")
        form = f" with {journal_words.FORMS.get(detail['form'], detail['form'])}" if _has_form(detail) else ""
        requests = listed([journal_words.plain(request) for request in detail.get("requests", ())])
        asked = f"{how}{form} and asked for {requests or 'nothing'}"
    else:
        return _sentence(moment)
    return capital(f"{asked}. {capital(_answer(outcome, detail))}".strip())


def _has_form(detail: dict[str, Any]) -> bool:
    return bool(detail.get("form", "none") != "none")


def _answer(outcome: str, detail: dict[str, Any]) -> str:
    hold = " Its request to hold was declined." if "hold" in detail.get("requests", ()) else ""
    answers: dict[str, str] = {
        Outcome.ICE_TOLD: f"was sent the release date.{hold}",
        Outcome.ICE_DECLINED: f"was sent no date: declined.{hold}",
        Outcome.HANDED_OVER: "handed over; the record is closed.",
        Outcome.CUSTODY_REFUSED: "refused.",
        Outcome.CUSTODY_REQUEST_EXPIRED: "the request had waited too long: it counts as a contact only.",
        Outcome.KEPT_UNTIL_BOOKING: "kept until the booking arrives.",
    }
    return answers.get(outcome, "")


def _about_the_deadline(moment: Moment, before: str | None, as_of: datetime, zone: ZoneInfo) -> Iterator[str]:
    after = moment.document.get("deadline")
    if after is None:
        return
    new = parse_instant(after)
    limit = words.limit(moment.document.get("governing_limit"))
    if before is None:
        yield f"Release by {brief(new, as_of, zone)} ({limit})."
        return
    old = parse_instant(before)
    if new != old:
        way = "earlier" if new < old else "later"
        yield f"The deadline is {in_words(abs(new - old))} {way} now: {brief(new, as_of, zone)} ({limit})."


def _more(moment: Moment, *, is_ice: bool, zone: ZoneInfo) -> Iterator[str]:
    """What else the entry says: of a contact in sentences, of the rest as its details."""
    detail = dict(moment.detail)
    if is_ice:
        if "declined_detention_until" in detail:
            hours = float(detail.get("declined_detention_hours", 0))
            until = brief(parse_instant(detail["declined_detention_until"]), moment.at, zone)
            yield f"Extra detention declined: {hours:.0f} h, until {until} (8 CFR § 287.7(d))."
        if detail.get("warrant", "none") != "none":
            yield f"With a warrant: {detail['warrant']}."
        if route := detail.get("route"):
            yield f"Answers go to {route}."
        detail = {name: value for name, value in detail.items() if name not in _SAID_OF_ICE}
    elif "federal_notified" in detail:
        yield "Not a contact by ICE: nobody was sent anything."
        detail = {}
    else:
        detail = {
            name: value
            for name, value in detail.items()
            if name not in {"changed", "basis"} and not _is_the_moment(value, moment.at)
        }
    lines = [line for line in detail_lines(detail, zone) if not line.endswith(": none")]
    if lines:
        yield capital("; ".join(lines)) + "."


def _is_the_moment(value: Any, at: datetime) -> bool:
    """Whether it is an instant that the entry's own, to the minute, says already."""
    try:
        return isinstance(value, str) and abs(parse_instant(value) - at) < _MINUTE
    except ValueError:
        return False
