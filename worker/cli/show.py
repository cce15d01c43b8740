"""`custody show`: one booking, for whoever asks why and when."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import click

from events.instants import parse_instant
from worker.cli.output import json_option, local, print_json, print_table
from worker.desk import journal_words, words
from worker.desk.story import Moment, Story, story_of
from worker.host import wiring
from worker.law.explanation import Explanation


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
        _print_limits(story.limits, zone)
    print_table(
        ("when", "what", "because of", "detail"),
        [_row(moment, zone) for moment in story.timeline],
        title="timeline",
    )


def _facts(story: Story, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    record = story.record
    basis = f" ({words.BASES[record.basis]})" if record.basis else ""
    limit = words.LIMITS[record.governing_limit] if record.governing_limit else ""
    yield "state", words.STATES[record.state] + basis
    yield "facility", record.facts.facility if record.facts else "not known yet"
    yield "deadline", f"{local(record.deadline, zone)} {limit}".rstrip()
    yield "entitled", local(record.entitled_at, zone)
    yield "released", local(record.released_at, zone)
    yield "departed", local(record.departed_at, zone)
    yield "ICE", "made contact" if story.ice_contacted else "no contact"
    yield "profile", record.profile.name
    if record.ceiling:
        yield "never later than", f"{local(record.ceiling.deadline, zone)}, fixed at ICE's contact"
    if declined := story.declined_detention:
        hours = f"{declined.elapsed_hours:.1f} hours more ({declined.citation})"
        yield "declined", f"extra detention until {local(declined.expires_at, zone)}, {hours}"
    for hold in record.holds:
        yield "remaining hold", f"{words.HOLDS[hold.kind]} {hold.hold_id} {hold.reference}"


def _print_limits(limits: Explanation, zone: ZoneInfo) -> None:
    rows = [
        (
            words.LIMITS[explained.limit.name],
            local(explained.expires_at, zone),
            "\n".join(step.text for step in explained.steps),
            explained.limit.citation,
        )
        for explained in limits.limits
    ]
    print_table(("limit", "expires", "steps", "citation"), rows, title="limits")


def _row(moment: Moment, zone: ZoneInfo) -> tuple[str, str, str, str]:
    return (
        local(moment.at, zone),
        words.outcome(moment.outcome),
        words.CAUSES[moment.cause],
        ", ".join(
            f"{journal_words.detail(name)} {_plain(value, zone)}" for name, value in moment.detail.items()
        ),
    )


def _plain(value: Any, zone: ZoneInfo) -> str:
    """A value of the journal for a person: words, and local time."""
    if isinstance(value, list):
        return " and ".join(_plain(one, zone) for one in value)
    if isinstance(value, str):
        try:
            return local(parse_instant(value), zone)
        except ValueError:
            return journal_words.plain(value)
    return str(value)
