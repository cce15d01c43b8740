"""`custody audit`: checks the journal, or writes it out; says who has looked at whom."""

import sys

import click

from worker.cli.output import json_option, print_json, print_table, say
from worker.desk.access import every_look
from worker.desk.integrity import verify_journal
from worker.desk.local_time import read_moment
from worker.desk.plain_words import counted, local
from worker.host import wiring
from worker.store import journal


@click.group()
def audit() -> None:
    """Check the journal's hash chains, write the journal out, or see who has looked at whom."""


@audit.command()
@json_option
def verify(as_json: bool) -> None:
    """Check the hash and seal of every entry, every chain for gaps, and each record against its chain.

    Exit status 1 if anything has been changed, lost or added.
    """
    checked = verify_journal(wiring.context())
    entries, bookings, problems = checked.entries, checked.bookings, checked.problems
    if as_json:
        print_json({"entries": entries, "bookings": bookings, "problems": problems})
    else:
        say(f"{entries} entries of {bookings} bookings checked, {len(problems)} problems")
        for problem in problems:
            say(problem, err=True)
    if problems:
        raise click.exceptions.Exit(1)


@audit.command()
def export() -> None:
    """Write the journal to standard output, one entry per line, each exactly as it is stored."""
    for shard in wiring.context().shards:
        for _, entry in journal.every(shard.client, shard.keys):
            sys.stdout.buffer.write(entry + b"\n")


@audit.command()
@click.option("--booking", help="Only looks at this number; a report, which names many, is not among them.")
@click.option("--since", help="From when on: a local date or time, as in 2026-11-01. Default: all.")
@json_option
def access(booking: str | None, since: str | None, as_json: bool) -> None:
    """Who has opened whose record or a report on the board, and when; numbers that there are not included."""
    context = wiring.context()
    zone = context.rules_by_record.current.profile.calendar.zone
    try:
        first = read_moment(since, context.store_now(), zone) if since else None
    except ValueError as error:
        raise click.UsageError(f"--since {since}: {error}") from None
    looks = [one for one in every_look(context, first) if booking is None or one.booking == booking]
    if as_json:
        print_json([look.to_document() for look in looks])
    else:
        rows = [(local(one.at, zone), one.by or "open desk", one.booking or "-", one.form) for one in looks]
        print_table(("when", "who", "booking", "what"), rows, f"{counted(len(looks), 'look')} at records")
