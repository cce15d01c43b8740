"""`custody show`: what a booking comes to, what ICE was sent, everything that happened, the limits."""

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

import click

from worker.cli.limits_table import print_limits
from worker.cli.output import Cell, json_option, print_json, print_table, say
from worker.custody.record import ChargeOnRecord, Contact, Facts
from worker.desk import journal_words, words
from worker.desk.journal_detail import detail_lines
from worker.desk.notice_words import notice_lines
from worker.desk.plain_words import local
from worker.desk.story import Moment, Story, story_of
from worker.desk.verdict import verdict
from worker.host import wiring

_SAYS_WHY: Final = frozenset(
    {"noted", "clock_started", "departed", "hold_placed", "hold_lifted", "renumbered", "custody_carried"}
)
"""Outcomes whose words name their cause."""


@click.command()
@click.argument("booking")
@json_option
def show(booking: str, as_json: bool) -> None:
    """What the record of BOOKING comes to, what ICE was sent, everything that happened to it, its limits."""
    context = wiring.context()
    story = story_of(context, booking)
    if story is None:
        raise click.ClickException(
            f"no booking {booking} here: check the number, or look in `custody rejects list`"
        )
    if as_json:
        print_json(story.to_document())
        return
    rules = context.rules_by_record.current
    _print(story, rules.profile.calendar.zone, departures_expected=rules.departures_expected)


def _print(story: Story, zone: ZoneInfo, *, departures_expected: bool) -> None:
    record = story.record
    say(f"{record.booking}, as of {local(story.as_of, zone)}")
    for sentence in verdict(story, zone, departures_expected=departures_expected):
        say(str(sentence))
    print_table(
        ("", ""), list(_facts(story, zone)), title=f"booking {record.booking}, version {record.version}"
    )
    if story.sent_about_ice:
        rows = [notice_lines(sent, zone) for sent in story.sent_about_ice]
        print_table(("when", "sent", "to"), rows, title="sent because ICE made contact")
    elif record.contacts:
        say("What ICE was sent is not in the outbox.")
    print_table(
        ("when", "what", "detail"), [_row(moment, zone) for moment in story.timeline], title="timeline"
    )
    if story.limits:
        print_limits(story.limits, record.governing_limit, zone, "limits")
    elif story.limits_missing:
        say(f"The limits cannot be shown, the deadline counts all the same: {story.limits_missing}")


def _facts(story: Story, zone: ZoneInfo) -> Iterator[tuple[str, Cell]]:
    record = story.record
    yield "state", words.STATES[record.state] + (f" ({words.BASES[record.basis]})" if record.basis else "")
    if record.facts:
        yield from _arrest(record.facts, zone)
    if record.probable_cause_found_at:
        late = ", too late to count" if story.finding_is_late else ""
        yield "probable cause", f"found {local(record.probable_cause_found_at, zone)}{late}"
    if record.deadline:
        yield "deadline", f"{local(record.deadline, zone)} ({words.limit(record.governing_limit)})"
    if record.ceiling:
        yield "never later than", f"{local(record.ceiling.deadline, zone)}, fixed when ICE made contact"
    for name, instant in (
        ("entitled since", record.entitled_at),
        ("released", record.released_at),
        ("closed", record.closed_at),
        ("departed", record.departed_at),
    ):
        if instant:
            yield name, local(instant, zone)
    yield "ICE", [_contact(contact, zone) for contact in record.contacts] or _unanswered(story)
    if declined := story.declined_detention:
        more = f"{declined.elapsed_hours:.1f} h longer ({declined.citation})"
        yield "declined", f"detention until {local(declined.expires_at, zone)}, {more}"
    for hold in record.holds:
        yield "remaining hold", ", ".join(filter(None, (words.hold(hold.kind), hold.hold_id, hold.reference)))
    if record.former_numbers:
        yield "former numbers", ", ".join(record.former_numbers)
    yield "profile", record.profile.name


def _arrest(facts: Facts, zone: ZoneInfo) -> Iterator[tuple[str, Cell]]:
    yield "facility", facts.facility or "not known"
    if facts.agency:
        yield "agency", facts.agency
    kind = words.ARREST_KINDS.get(facts.arrest_kind, facts.arrest_kind)
    yield "arrested", f"{local(facts.arrested_at, zone)}, {kind}"
    yield "booked", local(facts.booked_at, zone)
    yield "charges", [_charge(charge) for charge in facts.charges] or "none known"


def _charge(charge: ChargeOnRecord) -> str:
    described = f": {charge.description}" if charge.description else ""
    return f"{charge.statute}, {charge.level}{described}"


def _contact(contact: Contact, zone: ZoneInfo) -> str:
    asked = " and ".join(map(journal_words.plain, contact.requests)) or "nothing"
    withdrawn = "; withdrawn since" if contact.is_withdrawn else ""
    return f"made contact {local(contact.contacted_at, zone)}, asked for {asked}{withdrawn}"


def _unanswered(story: Story) -> str:
    return "made contact before the booking" if story.ice_contacted else "no contact, and was sent nothing"


def _row(moment: Moment, zone: ZoneInfo) -> tuple[Cell, ...]:
    cause = words.cause(moment.cause)
    what = f"{cause}: noted" if moment.outcome == "noted" else words.outcome(moment.outcome)
    because = [] if moment.outcome in _SAYS_WHY or moment.cause == "clock" else [f"because of: {cause}"]
    return local(moment.at, zone), [what, *because], _detail(moment, what, zone)


def _detail(moment: Moment, what: str, zone: ZoneInfo) -> list[str]:
    """Each detail on a line, without those that only repeat what happened."""
    return [line for line in detail_lines(moment.detail, zone) if line.partition(": ")[2] != what]
