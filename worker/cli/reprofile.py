"""`custody reprofile`: decide running records by the profile now set."""

import logging

import click

from events.addressing import shard_of
from worker import runtime
from worker.apply import Work, apply
from worker.custody.advance import Reprofile
from worker.site import Shard, Site
from worker.store import records
from worker.telemetry import configure_logging


@click.command()
@click.argument("bookings", nargs=-1)
@click.option("--all-held", is_flag=True, help="Every held record that another profile decides.")
def reprofile(bookings: tuple[str, ...], all_held: bool) -> None:
    """Decide BOOKINGS by the profile in CUSTODY_PROFILE from now on, each with a journal entry.

    A record keeps the rules that it was booked under until it is told otherwise here. After ICE made contact
    its deadline still never moves past the one fixed then.
    """
    if all_held == bool(bookings):
        raise click.UsageError("name the bookings, or give --all-held")
    configure_logging("console", logging.WARNING)
    site = runtime.site()
    chosen = _all_held(site) if all_held else list(dict.fromkeys(bookings))
    if unknown := [booking for booking in chosen if not _is_known(site, booking)]:
        raise click.ClickException(
            f"no booking {', '.join(unknown)} here: nothing was done, check the numbers"
        )
    for booking in chosen:
        apply(_home(site, booking), [Work(booking, (Reprofile(),))], site.policies, site.clock)
    click.echo(f"{len(chosen)} decided by {site.policies.current.profile.name} from now on")


def _home(site: Site, booking: str) -> Shard:
    return site.shards[shard_of(booking, len(site.shards))]


def _is_known(site: Site, booking: str) -> bool:
    shard = _home(site, booking)
    return records.load_one(shard.client, shard.keys, booking) is not None


def _all_held(site: Site) -> list[str]:
    current = site.policies.current.profile.fingerprint
    return [
        record.booking
        for shard in site.shards
        for loaded in records.every(shard.client, shard.keys)
        for record in loaded.records.values()
        if record.state == "held" and record.profile.fingerprint != current
    ]
