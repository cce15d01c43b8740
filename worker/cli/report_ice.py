"""Prints the report on communication with ICE: tables for people, a sheet for a spreadsheet."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from worker.cli.output import Cell, print_csv, print_table, say
from worker.desk import words
from worker.desk.journal_words import plain
from worker.desk.notice_words import delivery_state, what_it_says
from worker.desk.plain_words import counted, local
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
_SHEET: Final = (
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


def print_tables(report: IceReport, zone: ZoneInfo) -> None:
    """Print each contact with its answers, then what was sent on contacts made before."""
    kinds = [one.kind for one in report.received]
    sent = [answer.to_document() for answer in report.sent]
    declined = sum("reason" in answer for answer in sent)
    holds = sum(answer.get("hold_request") == "declined" for answer in sent)
    first, last = local(report.period.since, zone), local(report.period.until, zone)
    say(f"Communication with ICE from {first} until {last}:")
    at_the_counter = counted(kinds.count("custody_request"), "request")
    contacts, lifted = (
        counted(kinds.count("contact"), "contact"),
        counted(kinds.count("withdrawal"), "withdrawal"),
    )
    say(f"{contacts}, {at_the_counter} for a person at the counter, {lifted}.")
    notices = counted(len(sent), "notice")
    say(f"{notices} to ICE: {declined} without a date, {holds} that decline a longer hold.")
    if report.unreadable:
        entries = counted(report.unreadable, "entry", "entries")
        say(f"NOT LISTED: {entries} of the journal that cannot be read.")
    if report.received:
        columns = ("booking", "from ICE", "asked for", "outcome", "sent in answer")
        print_table(columns, [_row(one, zone) for one in report.received])
    if report.other_answers:
        title = "sent on contacts made before, or under a former number"
        rows = [(answer.event.subject, _answer(answer, zone)) for answer in report.other_answers]
        print_table(("booking", "sent"), rows, title)


def print_sheet(report: IceReport) -> None:
    """Print a row for every answer, and one for each contact without any; instants are RFC 3339 in UTC."""
    print_csv(_SHEET, _sheet(report))


def _row(one: FromIce, zone: ZoneInfo) -> tuple[Cell, ...]:
    made_at = local(one.made_at, zone) if one.made_at else f"received {local(one.received_at, zone)}"
    how = [f"by {plain(one.channel)}"] if one.channel else []
    form = [plain(one.form)] if one.form and one.form != "none" else []
    route = [f"route {one.route}"] if one.route else []
    asked = [plain(request) for request in one.requests] or ["nothing"]
    answers: Cell = [
        line for answer in one.answers for line in _answer(answer, zone)
    ] or "nothing in this period"
    is_request = one.kind != "withdrawal"
    return (
        one.booking,
        [made_at, ", ".join([_KINDS[one.kind], *how, *form]), *route],
        asked if is_request else "-",
        words.outcome(one.outcome),
        answers if is_request else "-",
    )


def _answer(answer: Answer, zone: ZoneInfo) -> list[str]:
    event = answer.event
    route = f" to {event.route}" if event.route else ""
    committed = f"  committed at {local(event.time, zone)}{route}"
    return [*what_it_says(event, zone), committed, f"  {delivery_state(answer.status)}"]


def _sheet(report: IceReport) -> Iterator[tuple[str | int | None, ...]]:
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
