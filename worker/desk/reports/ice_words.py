"""The report on communication with ICE in words: sentences, rows and sheet, for command line and board."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from worker.desk import words
from worker.desk.journal_words import plain
from worker.desk.notice_words import delivery_state, what_it_says
from worker.desk.plain_words import counted, local, local_or_brief
from worker.desk.reports.from_ice import Answer, FromIce
from worker.desk.reports.ice import IceReport
from worker.desk.story import utc_ms

_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "contact": "contact",
        "custody_request": "asked for the person at the counter",
        "withdrawal": "lifted its request",
    }
)
SHEET: Final = (
    "booking",
    "kind",
    "received_at",
    "made_at",
    "channel",
    "form",
    "requests",
    "route",
    "outcome",
    "answer",
    "answer_route",
    "status",
    "instant",
    "hold_request",
    "reason",
    "committed_at",
    "delivered",
    "delivery",
)
COLUMNS: Final = ("booking", "from ICE", "asked for", "outcome", "sent in answer")
OTHER_COLUMNS: Final = ("booking", "sent")
OTHERS: Final = "sent on contacts made before, or under a former number"
NO_ANSWER: Final = "nothing in this period"


@dataclass(frozen=True, slots=True)
class Said:
    """One notice: what it says, and when and to whom it went."""

    booking: str
    lines: tuple[str, ...]
    sent: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """What came from ICE, by `COLUMNS`; each a line or several. An empty text is none.

    Attributes:
        answers: None for a withdrawal, which has none.
    """

    booking: str
    made: tuple[str, ...]
    asked: tuple[str, ...]
    outcome: str
    answers: tuple[Said, ...] | None


def period(report: IceReport, zone: ZoneInfo) -> str:
    """What the report is about."""
    first, last = local(report.period.since, zone), local(report.period.until, zone)
    return f"Communication with ICE from {first} until {last}:"


def received(report: IceReport) -> str:
    """How much came from ICE, by kind."""
    kinds = [one.kind for one in report.received]
    at_the_counter = counted(kinds.count("custody_request"), "request")
    contacts = counted(kinds.count("contact"), "contact")
    lifted = counted(kinds.count("withdrawal"), "withdrawal")
    return f"{contacts}, {at_the_counter} for a person at the counter, {lifted}."


def sent(report: IceReport) -> str:
    """How many notices ICE was sent."""
    documents = [answer.to_document() for answer in report.sent]
    declined = sum("reason" in document for document in documents)
    holds = sum(document.get("hold_request") == "declined" for document in documents)
    notices = counted(len(documents), "notice")
    return f"{notices} to ICE: {declined:,} without a date, {holds:,} that decline a longer hold."


def not_listed(report: IceReport) -> str | None:
    """What the report leaves out; None if nothing."""
    if not report.unreadable:
        return None
    return f"NOT LISTED: {counted(report.unreadable, 'entry', 'entries')} of the journal that cannot be read."


def row(one: FromIce, zone: ZoneInfo, beside: datetime | None = None) -> Row:
    """What came from ICE, and what was sent in answer.

    Args:
        beside: say instants briefly, as they are read beside this one.
    """
    received_at = f"received {local_or_brief(one.received_at, zone, beside)}"
    made_at = local_or_brief(one.made_at, zone, beside) if one.made_at else received_at
    how = [f"by {plain(one.channel)}"] if one.channel else []
    form = [plain(one.form)] if one.form and one.form != "none" else []
    route = [f"route {one.route}"] if one.route else []
    is_request = one.kind != "withdrawal"
    asked = tuple(map(plain, one.requests)) or ("nothing",)
    return Row(
        one.booking,
        (made_at, ", ".join([_KINDS[one.kind], *how, *form]), *route),
        asked if is_request else ("-",),
        words.outcome(one.outcome),
        tuple(said(answer, zone, beside) for answer in one.answers) if is_request else None,
    )


def said(answer: Answer, zone: ZoneInfo, beside: datetime | None = None) -> Said:
    """One notice; `beside` as for `row`."""
    event = answer.event
    route = f" to {event.route}" if event.route else ""
    committed = f"committed at {local_or_brief(event.time, zone, beside)}{route}"
    lines = tuple(what_it_says(event, zone, beside))
    return Said(event.subject, lines, (committed, delivery_state(answer.status)))


def sheet(report: IceReport) -> Iterator[Sequence[str | int | None]]:
    """A row of `SHEET` for every answer, and for each contact without any; instants are RFC 3339 in UTC."""
    for one in report.received:
        asked = (
            one.booking,
            one.kind,
            utc_ms(one.received_at),
            utc_ms(one.made_at),
            one.channel,
            one.form,
            " ".join(one.requests),
            one.route,
            one.outcome,
        )
        for answer in one.answers:
            yield *asked, *_answer_cells(answer)
        if not one.answers:
            yield *asked, *("",) * 9
    for answer in report.other_answers:
        yield answer.event.subject, "earlier contact", *("",) * 7, *_answer_cells(answer)


def _answer_cells(answer: Answer) -> tuple[str | None, ...]:
    document = answer.to_document()
    instants = (document.get(name) for name in ("release_at", "released_at", "closed_at"))
    return (
        "declined" if "reason" in document else "release_date",
        document["route"],
        document.get("status"),
        next(filter(None, instants), None),
        document.get("hold_request"),
        document.get("reason"),
        document["delivery"]["committed_at"],
        "yes" if answer.status.is_delivered else "no",
        delivery_state(answer.status),
    )
