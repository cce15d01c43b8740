"""The form of `custody record`: asks for what was not given, shows the whole, and has it confirmed."""

import re
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from events import inbound
from events.envelope import BOOKING_NUMBER
from events.inbound import Inbound
from worker.cli.output import print_table, say
from worker.cli.record_fields import Field, in_words
from worker.desk.plain_words import local
from worker.desk.words import LIMITS
from worker.law.arrest import Arrest
from worker.law.deadline import explain
from worker.law.errors import LawError
from worker.store.context import Context

_NO_TERMINAL: Final = "give it as an option; without a terminal nothing is asked"


def booking_number(given: str | None) -> str:
    """The booking number that was given, or the answer to the question for it.

    Raises:
        click.UsageError: it is none, or is missing where nothing can be asked.
    """
    booking = given
    if booking is None:
        if not sys.stdin.isatty():
            raise click.UsageError(f"the booking number is missing: {_NO_TERMINAL}")
        booking = str(click.prompt("Booking number"))
    if not re.fullmatch(BOOKING_NUMBER, booking):
        raise click.UsageError(f"{booking!r} is no booking number: 1 to 64 of A-Z a-z 0-9 . _ - / # :")
    return booking


def complete(
    fields: list[Field], given: Mapping[str, Any], read_instant: Callable[[str], datetime]
) -> dict[str, Any]:
    """The data of the event: what was given, and answers for the rest where there is a terminal.

    Raises:
        click.UsageError: something needed is missing, or is not understood.
    """
    data: dict[str, Any] = {}
    for field in fields:
        value = field.read(given[field.name], read_instant)
        if value is None and sys.stdin.isatty():
            value = _ask(field, read_instant)
        if value is None and field.info.is_required():
            raise click.UsageError(f"--{field.option} is missing: {_NO_TERMINAL}")
        if value is not None:
            data[field.name] = value
    return data


def confirm(
    event: type[Inbound], fields: list[Field], booking: str, data: dict[str, Any], context: Context
) -> None:
    """Show what is about to be entered, for a booking with the deadline that follows, and ask.

    Raises:
        click.ClickException: it is not right.
    """
    zone = context.rules_by_record.current.profile.calendar.zone
    rows = [("Booking", booking)]
    rows += [(field.question, in_words(data[field.name], zone)) for field in fields if field.name in data]
    print_table(("", ""), rows)
    if event is inbound.BookingCreated:
        say(_would_be_due(data, context, zone))
    if not click.confirm("Is this right?", default=True):
        raise click.ClickException("nothing was entered")


def _ask(field: Field, read_instant: Callable[[str], datetime]) -> Any:
    """Ask until the answer is understood. An empty answer leaves out what is not needed."""
    if field.kind == "flag":
        return click.confirm(field.question, default=None if field.info.is_required() else False)
    if field.kind == "charges":
        return _ask_for_charges(field, read_instant)
    hint = f" ({field.hint})" if field.hint else ""
    default = _default(field)
    while True:
        answer = click.prompt(f"{field.question}{hint}", default=default, show_default=bool(default))
        try:
            return field.read(answer, read_instant)
        except click.BadParameter as problem:
            say(f"  {problem.message}", err=True)


def _default(field: Field) -> str | None:
    """What an empty answer means; None where there must be one."""
    if not field.info.is_required():
        return ""
    return "now" if field.kind == "instant" and field.name != "arrested_at" else None


def _ask_for_charges(field: Field, read_instant: Callable[[str], datetime]) -> Any:
    charges: list[str] = []
    while True:
        question = f"{'Another charge' if charges else 'Charge'} ({field.hint}; empty: no more)"
        answer = click.prompt(question, default="", show_default=False)
        if not answer:
            return field.read(tuple(charges), read_instant)
        charges.append(answer)


def _would_be_due(data: dict[str, Any], context: Context, zone: ZoneInfo) -> str:
    arrested_at, booked_at = data["arrested_at"], data.get("booked_at", data["arrested_at"])
    is_warrant = data.get("arrest_kind") == "warrant"
    arrest = Arrest(arrested_at, max(arrested_at, booked_at), "warrant" if is_warrant else "warrantless")
    try:
        explanation = explain(arrest, context.rules_by_record.current.profile)
    except LawError as error:
        return str(error)
    limit = LIMITS.get(explanation.governing, explanation.governing)
    return f"Deadline by these facts: {local(explanation.deadline, zone)} ({limit})"
