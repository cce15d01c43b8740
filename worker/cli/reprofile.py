"""`custody reprofile`: puts held records under the current profile."""

import logging

import click

from events.addressing import shard_of
from worker.custody.decide import Reprofile
from worker.desk.custody_list import held_under_other_rules
from worker.engine.apply import Work, apply
from worker.host import wiring
from worker.store import records
from worker.store.context import Context, Shard
from worker.telemetry import configure_logging


@click.command()
@click.argument("bookings", nargs=-1)
@click.option("--all-held", is_flag=True, help="Every held record that is under another profile.")
def reprofile(bookings: tuple[str, ...], all_held: bool) -> None:
    """Put BOOKINGS under the profile in CUSTODY_PROFILE, each with a journal entry.

    Otherwise a record keeps the rules under which it was booked. Once ICE has made contact, its deadline
    never moves past the one that was fixed then.
    """
    if all_held == bool(bookings):
        raise click.UsageError("name the bookings, or give --all-held")
    configure_logging("console", logging.WARNING)
    context = wiring.context()
    chosen = held_under_other_rules(context) if all_held else list(dict.fromkeys(bookings))
    if unknown := [booking for booking in chosen if not _is_known(context, booking)]:
        raise click.ClickException(
            f"no booking {', '.join(unknown)} here: nothing was done, check the numbers"
        )
    for booking in chosen:
        apply(context, _home(context, booking), [Work(booking, (Reprofile(),))])
    profile = context.rules_by_record.current.profile.name
    click.echo(f"{len(chosen)} decided by {profile} from now on")


def _home(context: Context, booking: str) -> Shard:
    return context.shards[shard_of(booking, len(context.shards))]


def _is_known(context: Context, booking: str) -> bool:
    shard = _home(context, booking)
    return records.load_one(shard.client, shard.keys, booking) is not None
