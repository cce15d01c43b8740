"""`custody audit`: checks the journal, or writes it out."""

import sys

import click

from worker.cli.output import json_option, print_json, say
from worker.desk.integrity import verify_journal
from worker.host import wiring
from worker.store import journal


@click.group()
def audit() -> None:
    """Check the journal's hash chains, or write the journal out."""


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
