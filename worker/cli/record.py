"""`custody record`: every inbound event, entered by a person, one subcommand a type."""

import getpass
import re
import sys
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
import orjson

from events import inbound
from events.inbound import Inbound
from events.instants import format_instant
from events.publisher import EventRejectedError, Publisher
from worker.cli.output import say
from worker.cli.record_fields import Field, fields_of
from worker.cli.record_form import booking_number, complete, confirm
from worker.desk.local_time import read_instant
from worker.desk.story import Story, story_of
from worker.desk.verdict import verdict
from worker.desk.words import outcome
from worker.host import wiring
from worker.store.context import Context

COMMANDS: Final[Mapping[type[Inbound], str]] = MappingProxyType(
    {
        inbound.BookingCreated: "book",
        inbound.BookingAmended: "amend",
        inbound.BookingVoided: "void",
        inbound.BailPosted: "bail",
        inbound.ReleaseOrdered: "order",
        inbound.ProbableCauseDetermined: "probable-cause",
        inbound.PersonTransferred: "transfer",
        inbound.PersonEscaped: "escape",
        inbound.PersonDied: "death",
        inbound.PersonDeparted: "depart",
        inbound.HoldPlaced: "hold",
        inbound.HoldLifted: "lift-hold",
        inbound.WarrantCheckCompleted: "warrant-check",
        inbound.IceContacted: "ice-contact",
        inbound.IceCustodyRequested: "ice-request",
        inbound.CounselDesignated: "counsel",
        inbound.PersonArraigned: "arraign",
        inbound.PersonReturned: "return",
        inbound.BookingReinstated: "reinstate",
        inbound.BookingRenumbered: "renumber",
        inbound.IceContactWithdrawn: "ice-withdrawal",
    }
)
"""The subcommand of each type."""

_TAKEN_IN_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.1


@click.group()
def record() -> None:
    """Enter an event by hand: what happened, to whom, when.

    On a terminal, what is not given as an option is asked for; local times are understood. The answer says
    which deadline follows.
    """


def _make_command(event: type[Inbound], name: str) -> click.Command:
    fields = fields_of(event)
    options: list[click.Parameter] = [click.Argument(["booking"], required=False)]
    options += [_option(field) for field in fields]
    options.append(click.Option(["--by"], help="Who enters it. Default: the user's login."))
    options.append(click.Option(["--yes"], is_flag=True, help="Do not ask whether it is right."))
    summary = (event.__doc__ or "").split("\n\n")[0].strip()
    return click.Command(
        name,
        params=options,
        callback=partial(_enter, event, fields),
        help=f"{summary}\n\nTimes are local, as in 14:05, yesterday 22:10 or 2026-11-30 14:05; or now.",
    )


def _option(field: Field) -> click.Option:
    names = [f"--{field.option}", field.name]
    text = " ".join(field.meaning.split())
    match field.kind:
        case "flag":
            return click.Option(
                [f"--{field.option}/--not-{field.option}", field.name], default=None, help=text
            )
        case "charges":
            return click.Option(
                ["--charges", *names], multiple=True, help=f"Once for each charge, {field.hint}."
            )
        case "word" if field.is_closed:
            return click.Option(names, type=click.Choice(field.words), help=text)
        case _:
            hint = f" {field.hint[:1].upper()}{field.hint[1:]}." if field.words else ""
            return click.Option(names, help=f"{text}{hint}")


def _enter(
    event: type[Inbound],
    fields: list[Field],
    *,
    booking: str | None,
    by: str | None,
    yes: bool,
    **given: Any,
) -> None:
    context = wiring.context()
    zone = context.rules_by_record.current.profile.calendar.zone
    now = context.store_now()
    booking = booking_number(booking)
    data = complete(fields, given, lambda text: read_instant(text, now, zone))
    if not yes and sys.stdin.isatty():
        confirm(event, fields, booking, data, context)
    raw = _compose(event, booking, data, by or getpass.getuser(), now)
    try:
        Publisher(context.client, shards=len(context.shards)).publish(raw)
    except EventRejectedError as error:
        raise click.ClickException(f"{error}; nothing was entered") from None
    _answer(context, booking, orjson.loads(raw)["id"], zone)


def _compose(event: type[Inbound], booking: str, data: dict[str, Any], by: str, now: datetime) -> bytes:
    """The event as upstream would send it; its source says who entered it."""
    who = re.sub(r"[^A-Za-z0-9._-]", "-", by)[:64]
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": uuid.uuid4().hex,
            "source": f"urn:custody:record:{who}",
            "type": event.model_fields["type"].default,
            "subject": booking,
            "time": format_instant(now),
            "datacontenttype": "application/json",
            "data": data,
        },
        default=format_instant,
        option=orjson.OPT_PASSTHROUGH_DATETIME,
    )


def _answer(context: Context, booking: str, event_id: str, zone: ZoneInfo) -> None:
    """Say what followed from the event, once a worker has taken it in."""
    give_up_at = time.monotonic() + _TAKEN_IN_SECONDS
    while time.monotonic() < give_up_at:
        story = story_of(context, booking)
        said = story and _what_followed(story, event_id)
        if story and said:
            story = story_of(context, booking) or story
            say(f"{booking}: {said}")
            departures_expected = context.rules_by_record.current.departures_expected
            for sentence in verdict(story, zone, departures_expected=departures_expected):
                say(str(sentence))
            return
        time.sleep(_LOOK_SECONDS)
    say(
        f"{booking}: entered, and not taken in yet: see `custody show {booking}`; if it stays so, "
        "`custody doctor` says why"
    )


def _what_followed(story: Story, event_id: str) -> str | None:
    steps = [
        outcome(moment.outcome)
        for moment in story.timeline
        if moment.document.get("event", {}).get("id") == event_id
    ]
    return "; ".join(steps) or None


for _event, _name in COMMANDS.items():
    record.add_command(_make_command(_event, _name))
