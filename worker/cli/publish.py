"""`custody publish`: puts CloudEvents into the inbox."""

from collections.abc import Iterator
from typing import BinaryIO

import click

from events.parse import Rejection, parse
from events.publisher import Publisher
from worker.cli.output import json_option, print_json
from worker.host import wiring
from worker.settings import read_settings

_BATCH = 500


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@json_option
def publish(file: BinaryIO, as_json: bool) -> None:
    """Put the CloudEvents in FILE (or standard input), one per line, into the inbox.

    Prints how many were published. A line that breaks the contract is not sent but printed on standard error
    with the reason; the others are sent, and the exit status is 1. Publishing is idempotent: an event that is
    sent again has no effect.
    """
    settings = read_settings()
    context = wiring.context()
    publisher = Publisher(context.client, shards=settings.shards)
    published = refused = 0
    for lines in _batches(file):
        good = []
        for number, line in lines:
            if isinstance(problem := parse(line), Rejection):
                refused += 1
                shown = line[:1000].decode("utf-8", "replace")
                click.echo(f"line {number}: {problem.reason}: {problem.detail}: {shown}", err=True)
            else:
                good.append(line)
        published += len(publisher.publish_all(good))
    if as_json:
        print_json({"published": published, "refused": refused})
    else:
        click.echo(f"{published} published" + (f", {refused} refused" if refused else ""))
    if refused:
        raise click.exceptions.Exit(1)


def _batches(file: BinaryIO) -> Iterator[list[tuple[int, bytes]]]:
    """The lines that are not blank, with their line numbers, in batches."""
    batch: list[tuple[int, bytes]] = []
    for number, line in enumerate(file, 1):
        if stripped := line.strip():
            batch.append((number, stripped))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch
