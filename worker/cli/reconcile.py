"""`custody reconcile`: the jail's roster against the clock."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click

from events.envelope import BOOKING_NUMBER
from worker.cli.output import json_option, print_json, print_table, say
from worker.clock import SystemClock
from worker.custody.record import Record
from worker.desk.plain_words import local
from worker.desk.roster.columns import ColumnsError, RosterFormat, read_columns
from worker.desk.roster.compare import Kind, Mismatch, compare
from worker.desk.roster.fix import commands
from worker.desk.roster.read import RosterError, read_roster
from worker.desk.words import STATES
from worker.engine.alarms import raise_alarm
from worker.host import wiring
from worker.store import records
from worker.store.context import Context

KINDS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        "without_clock": "HELD WITHOUT A CLOCK",
        "unreadable": "RECORD CANNOT BE READ",
        "not_on_roster": "on the clock, not on the roster",
        "other_arrest_time": "other time of arrest",
        "booked_twice": "booked twice",
    }
)

_MOST_NAMED: Final = 5
_LONGEST_SHOWN: Final = 32
_SETTLE_SECONDS: Final = 2.0
"""A file that was written to more recently may not be whole yet."""


@click.command()
@click.argument("roster", required=False, type=click.Path(path_type=Path))
@click.option("--columns", type=click.Path(path_type=Path), help="TOML: which column holds what.")
@click.option("--fix", is_flag=True, help="Print the commands that would mend it; none of them is run.")
@click.option("--watch", type=click.Path(path_type=Path), help="A folder: every *.csv put there.")
@click.option("--every", "every_seconds", default=60, help="Seconds between looks at the folder: 60.")
@json_option
def reconcile(
    roster: Path | None,
    columns: Path | None,
    fix: bool,
    watch: Path | None,
    every_seconds: int,
    as_json: bool,
) -> None:
    """Compare the jail's ROSTER, a CSV file, with the clock: who is held without one, and what else differs.

    Exit status 1, and an alarm, if anybody is held without a clock. ROSTER has the columns booking,
    arrested_at and facility, unless --columns says otherwise.
    """
    if (roster is None) == (watch is None):
        raise click.UsageError("name a roster, or a folder with --watch")
    try:
        how = read_columns(columns)
    except ColumnsError as error:
        raise click.ClickException(str(error)) from None
    context = wiring.context()
    if watch is not None:
        _watch(context, watch, how, every_seconds)
    if roster is None:
        return
    try:
        found = _reconcile(context, roster, how)
    except RosterError as error:
        raise click.ClickException(str(error)) from None
    if fix:
        for line in commands(found):
            say(line)
    elif as_json:
        print_json([mismatch.to_document() for mismatch in found])
    else:
        _print(context, found)
    if _held_without(found):
        raise click.exceptions.Exit(1)


def _reconcile(context: Context, roster: Path, how: RosterFormat) -> list[Mismatch]:
    zone = context.rules_by_record.current.profile.calendar.zone
    rows = read_roster(roster, how, zone)
    known: dict[str, Record] = {}
    damaged: list[str] = []
    for shard in context.shards:
        for loaded in records.every(shard.client, shard.keys):
            known |= loaded.records
            damaged += [error.booking for error in loaded.unreadable]
    found = compare(rows, known, damaged)
    held_without = _held_without(found)
    if held_without:
        shown = ", ".join(_number(mismatch.booking) for mismatch in held_without[:_MOST_NAMED])
        more = " and others" if len(held_without) > _MOST_NAMED else ""
        raise_alarm(
            context.shards[0],
            "roster_mismatch",
            f"{len(held_without)} on the jail's roster are held without a clock: {shown}{more}: see "
            "`custody reconcile`",
            context.store_now(),
            quiet_seconds=60,
        )
    return found


def _number(booking: str) -> str:
    """A number for an alarm; what is none is shown as escapes."""
    return booking if re.fullmatch(BOOKING_NUMBER, booking) else ascii(booking[:_LONGEST_SHOWN])


def _held_without(found: list[Mismatch]) -> list[Mismatch]:
    return [mismatch for mismatch in found if mismatch.kind in {"without_clock", "unreadable"}]


def _watch(context: Context, folder: Path, how: RosterFormat, every_seconds: int) -> None:
    """Take every roster that is put into the folder, until stopped. One that cannot be read is left."""
    done: set[tuple[Path, float]] = set()
    while True:
        for path in sorted(folder.glob("*.csv")):
            changed_at = path.stat().st_mtime
            if (path, changed_at) in done or SystemClock().now().timestamp() - changed_at < _SETTLE_SECONDS:
                continue
            done.add((path, changed_at))
            try:
                found = _reconcile(context, path, how)
            except RosterError as error:
                say(f"custody: {error}", err=True)
                continue
            held_without = len(_held_without(found))
            say(f"{path.name}: {held_without} held without a clock, {len(found)} differences")
        time.sleep(every_seconds)


def _print(context: Context, found: list[Mismatch]) -> None:
    if not found:
        say("roster and clock agree")
        return
    zone = context.rules_by_record.current.profile.calendar.zone
    print_table(
        ("booking", "what", "line", "by the clock", "arrest by the roster", "arrest by the clock"),
        [
            (
                mismatch.booking,
                KINDS[mismatch.kind] + (f", also {', '.join(mismatch.also)}" if mismatch.also else ""),
                str(mismatch.line or ""),
                STATES[mismatch.state] if mismatch.state is not None else "unknown",
                local(mismatch.roster_at, zone),
                local(mismatch.clock_at, zone),
            )
            for mismatch in found
        ],
        f"{len(found)} differences",
    )
