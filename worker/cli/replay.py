"""`custody replay`: puts what HTTP intake had accepted into the inbox again."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from worker.cli.output import say
from worker.desk.local_time import read_moment
from worker.desk.plain_words import counted
from worker.host import wiring
from worker.settings import Settings, read_settings
from worker.store.arrivals import Arrival, NotTakenError, put_in
from worker.store.context import Context
from worker.store.day_file import DIRECTORY, Accepted, Unreadable, read_since

_BATCH: Final = 500
_GIVE_UP_AFTER_TRIES: Final = 12
_MOST_NAMED: Final = 20


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, exists=True, path_type=Path), required=False)
@click.option("--since", required=True, help="From when on: a local date or time, as in 2026-11-01.")
@click.option("--dry-run", is_flag=True, help="Only count; nothing is put in.")
def replay(directory: Path | None, since: str, dry_run: bool) -> None:
    """Put the events that HTTP intake has accepted since then into the inbox again, in order.

    For after a failover, or a restore of the store from a copy: what the store has already changes nothing.
    DIRECTORY has the files, one for each day in UTC; default: `accepted` in CUSTODY_DATA_DIR. Exit status 1
    if a line cannot be read; the others are put in all the same.
    """
    settings = read_settings()
    directory = directory or settings.data_dir / DIRECTORY
    # The board's user of the store suffices: nothing but the inbox is written to.
    context = wiring.reading_context(settings)
    zone = context.rules_by_record.current.profile.calendar.zone
    try:
        first = read_moment(since, context.store_now(), zone)
    except ValueError as error:
        raise click.UsageError(f"--since {since}: {error}") from None
    unreadable: list[Unreadable] = []
    count = 0
    for batch in _batches(directory, first, unreadable):
        if not dry_run:
            _put_in(context, settings, batch, count)
        count += len(batch)
    say(f"{counted(count, 'event')} {'would be ' if dry_run else ''}put in again")
    _report(unreadable)


def _batches(directory: Path, since: datetime, unreadable: list[Unreadable]) -> Iterator[list[Arrival]]:
    """The events in order; what cannot be read is added to `unreadable`."""
    batch: list[Arrival] = []
    for line in read_since(directory, since):
        match line:
            case Unreadable():
                unreadable.append(line)
            case Accepted(arrival=arrival):
                batch.append(arrival)
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
    if batch:
        yield batch


def _put_in(context: Context, settings: Settings, batch: list[Arrival], count: int) -> None:
    """Put a batch in; while the store cannot take it, try again for some time."""
    for tries_left in reversed(range(_GIVE_UP_AFTER_TRIES)):
        try:
            put_in(
                context,
                batch,
                min_replicas=settings.min_replicas,
                is_unsafe_accepted=settings.accept_unsafe_store,
            )
        except NotTakenError as error:
            if not tries_left:
                raise click.ClickException(
                    f"{error}: {counted(count, 'event')} put in; run it again when that is mended"
                ) from None
            say(f"custody: {error}: trying again", err=True)
            time.sleep(error.retry_after_seconds)
        else:
            return


def _report(unreadable: list[Unreadable]) -> None:
    """Name the lines that could not be read. One that a power cut tore was never accepted."""
    for line in unreadable:
        if line.is_torn:
            say(f"{line.path}: line {line.number} was never finished, and so was not accepted", err=True)
    by_file = Counter(line.path for line in unreadable if not line.is_torn)
    for path, count in by_file.items():
        numbers = [str(line.number) for line in unreadable if line.path == path and not line.is_torn]
        more = " and others" if count > _MOST_NAMED else ""
        say(f"{path}: cannot be read: line {', '.join(numbers[:_MOST_NAMED])}{more}", err=True)
    if by_file:
        raise click.exceptions.Exit(1)
