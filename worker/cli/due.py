"""`custody due`: who must be released next."""

import re
from datetime import datetime, timedelta
from typing import Final

import click

from worker.cli.output import json_option, local, print_json, print_table
from worker.desk.custody_list import HeldPerson, held_people
from worker.desk.story import utc_ms
from worker.desk.words import LIMITS
from worker.host import wiring

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def read_span(_ctx: click.Context, _param: click.Parameter, value: str | None) -> timedelta | None:
    """Parse a length of time such as 4h, 90m or 2d."""
    if value is None:
        return None
    match = re.fullmatch(r"(\d{1,6})([dhms])", value)
    if match is None:
        raise click.BadParameter("give a number and a unit, as in 4h, 90m or 2d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@click.command()
@click.option("--within", callback=read_span, help="Only those due within this time, as in 4h, 90m or 2d.")
@json_option
def due(within: timedelta | None, as_json: bool) -> None:
    """Who must be released next, soonest first."""
    context = wiring.context()
    listed = held_people(context, within)
    for error in listed.unreadable:
        click.echo(f"custody: {error}", err=True)
    if as_json:
        print_json([_document(person, listed.as_of) for person in listed.held])
        return
    zone = context.rules_by_record.current.profile.calendar.zone
    rows = [
        (
            person.booking,
            person.facility or "-",
            local(person.deadline, zone),
            remaining(person.deadline - listed.as_of),
            LIMITS[person.limit] if person.limit else "-",
            "made contact" if person.ice_contacted else "",
        )
        for person in listed.held
    ]
    print_table(("booking", "facility", "release at", "in", "limit", "ICE"), rows, f"{len(rows)} held")


def remaining(span: timedelta) -> str:
    """A length of time for a person: days, hours and minutes, in the last hour minutes and seconds."""
    seconds = int(span.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return f"{sign}{days} d {hours} h {minutes:02} min"
    return f"{sign}{hours} h {minutes:02} min" if hours else f"{sign}{minutes} min {seconds:02} s"


def _document(person: HeldPerson, now: datetime) -> dict[str, object]:
    return {
        "booking": person.booking,
        "facility": person.facility,
        "deadline": utc_ms(person.deadline),
        "remaining_seconds": int((person.deadline - now).total_seconds()),
        "ice_contacted": person.ice_contacted,
    }
