"""`custody audit`: the journal, checked or written out."""

import sys

import click

from worker import runtime
from worker.cli.output import json_option, print_json
from worker.store import audit as checks
from worker.store import journal


@click.group()
def audit() -> None:
    """Check the journal's hash chains, or write the journal out."""


@audit.command()
@json_option
def verify(as_json: bool) -> None:
    """Check every entry's hash and seal, every chain without a gap, and each record against its chain.

    Exit status 1 if anything was changed, lost or added.
    """
    site = runtime.site()
    audits = [checks.verify(shard.client, shard.keys) for shard in site.shards]
    entries, bookings = sum(one.entries for one in audits), sum(one.bookings for one in audits)
    problems = [problem for one in audits for problem in one.problems]
    if as_json:
        print_json({"entries": entries, "bookings": bookings, "problems": problems})
    else:
        click.echo(f"{entries} entries of {bookings} bookings checked, {len(problems)} problems")
        for problem in problems:
            click.echo(problem, err=True)
    if problems:
        raise click.exceptions.Exit(1)


@audit.command()
def export() -> None:
    """Write the journal to standard output, one entry a line, each exactly as it stands in the store."""
    site = runtime.site()
    for shard in site.shards:
        for _, entry in journal.every(shard.client, shard.keys):
            sys.stdout.buffer.write(entry + b"\n")
