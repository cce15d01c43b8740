"""`custody show`: one booking, with its limits and everything that happened to it."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import click

from worker.cli.journal_detail import detail_lines
from worker.cli.limits_table import ARREST_KINDS, print_limits
from worker.cli.output import json_option, local, print_json, print_table
from worker.desk import words
from worker.desk.story import Moment, Story, story_of
from worker.host import wiring


@click.command()
@click.argument("booking")
@json_option
def show(booking: str, as_json: bool) -> None:
    """The record of BOOKING, its limits with their steps, and everything that happened to it."""
    context = wiring.context()
    story = story_of(context, booking)
    if story is None:
        raise click.ClickException(
            f"no booking {booking} here: check the number, or look in `custody rejects list`"
        )
    if as_json:
        print_json(story.to_document())
    else:
        _print(story, context.rules_by_record.current.profile.calendar.zone)


def _print(story: Story, zone: ZoneInfo) -> None:
    record = story.record
    print_table(
        ("", ""), list(_facts(story, zone)), title=f"booking {record.booking}, version {record.version}"
    )
    if story.limits:
        print_limits(story.limits, record.governing_limit, zone, "limits")
    print_table(
        ("when", "what", "because of", "detail"),
        [_row(moment, zone) for moment in story.timeline],
        title="timeline",
    )


def _facts(story: Story, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    record = story.record
    basis = f" ({words.BASES[record.basis]})" if record.basis else ""
    yield "state", words.STATES[record.state] + basis
    if facts := record.facts:
        yield "facility", facts.facility or "not known"
        yield (
            "arrested",
            f"{local(facts.arrested_at, zone)}, {ARREST_KINDS.get(facts.arrest_kind, facts.arrest_kind)}",
        )
        yield "booked", local(facts.booked_at, zone)
    if record.deadline:
        limit = f" ({words.LIMITS[record.governing_limit]})" if record.governing_limit else ""
        yield "deadline", local(record.deadline, zone) + limit
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
    yield "ICE", "made contact" if story.ice_contacted else "no contact"
    if declined := story.declined_detention:
        more = f"{declined.elapsed_hours:.1f} h longer ({declined.citation})"
        yield "declined", f"detention until {local(declined.expires_at, zone)}, {more}"
    for hold in record.holds:
        yield "remaining hold", ", ".join(filter(None, (words.hold(hold.kind), hold.hold_id, hold.reference)))
    yield "profile", record.profile.name


def _row(moment: Moment, zone: ZoneInfo) -> tuple[str, str, str, str]:
    return (
        local(moment.at, zone),
        words.outcome(moment.outcome),
        words.CAUSES[moment.cause],
        "\n".join(detail_lines(moment.detail, zone)),
    )
