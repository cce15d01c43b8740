"""`custody import`: converts other systems' files to CloudEvents on standard output."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import click

from events.importers.lapd import NotAnArrestFileError, read_arrests, shift_latest_to, to_json_line
from events.importers.lapd_outcomes import Imported, LeftOut, Outcome, Refused
from worker.cli.instant import INSTANT
from worker.cli.output import say
from worker.clock import SystemClock


@click.group()
def importing() -> None:
    """Turn other systems' files into CloudEvents, for `custody publish`."""


@importing.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--shift-latest-to",
    "target",
    type=INSTANT,
    help="For a rehearsal: shift all instants so that the latest arrest is at this one, or `now`.",
)
def lapd(file: Path, target: datetime | None) -> None:
    """Read the city's open-data arrest file FILE; write one booking event per line.

    Rows that are left out or refused are counted by reason on standard error. Sex and descent are never read;
    age is read only to refuse juveniles.

    \b
    A rehearsal on real arrivals:
      custody import lapd FILE --shift-latest-to now | custody publish
    """
    counts: Counter[str] = Counter()
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            outcomes = list(read_arrests(lines))
    except NotAnArrestFileError as error:
        raise click.ClickException(f"{file}: {error}") from None
    except UnicodeDecodeError:
        raise click.ClickException(f"{file}: not UTF-8 text; export it again as CSV") from None
    imported = [outcome for outcome in outcomes if isinstance(outcome, Imported)]
    rest: list[Outcome] = [outcome for outcome in outcomes if not isinstance(outcome, Imported)]
    if target is not None:
        shifted = shift_latest_to(imported, target, SystemClock().now())
        imported = [outcome for outcome in shifted if isinstance(outcome, Imported)]
        rest += [outcome for outcome in shifted if not isinstance(outcome, Imported)]
    for item in imported:
        click.echo(to_json_line(item), nl=False)
    for outcome in rest:
        match outcome:
            case Refused(reason=refused):
                counts[f"refused: {refused}"] += 1
            case LeftOut(reason=omitted):
                counts[f"left out: {omitted}"] += 1
    say(f"{len(imported)} bookings", err=True)
    for outcome_and_reason, count in counts.most_common():
        say(f"{count} {'row' if count == 1 else 'rows'} {outcome_and_reason}", err=True)
