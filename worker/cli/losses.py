"""`custody losses`: what the store has lost, until a person accepts that it is gone."""

import click

from worker.cli.output import json_option, print_json, print_table, say
from worker.desk.lost import accept_loss, losses_of
from worker.desk.plain_words import local
from worker.desk.story import utc_ms
from worker.engine.acknowledge import acknowledge_same
from worker.engine.alarms import same_by
from worker.host import wiring
from worker.settings import read_settings
from worker.store.losses import LOSS_CODES
from worker.store.unix_ms import from_ms


@click.group()
def losses() -> None:
    """What the store has lost: list it, accept that it is gone."""


@losses.command("list")
@json_option
def list_losses(as_json: bool) -> None:
    """Stores that are gone and inbox entries that were deleted unread, oldest first."""
    context = wiring.context()
    found = losses_of(context, read_settings().data_dir)
    if as_json:
        print_json(
            [
                {
                    "id": loss.id,
                    "code": loss.code,
                    "noticed_at": utc_ms(from_ms(loss.noticed_at_ms)),
                    "count": loss.count,
                    "bookings": loss.bookings,
                    "accepted_by": loss.accepted_by,
                }
                for loss in found
            ]
        )
        return
    zone = context.rules_by_record.current.profile.calendar.zone
    rows = [
        (loss.id, local(from_ms(loss.noticed_at_ms), zone), loss.describe(), loss.accepted_by or "")
        for loss in found
    ]
    waiting = sum(loss.accepted_by is None for loss in found)
    print_table(("id", "noticed", "lost", "accepted by"), rows, f"{waiting} wait for a person")


@losses.command()
@click.argument("loss_id")
@click.option("--by", required=True, help="Your name; it is kept with the loss.")
def accept(loss_id: str, by: str) -> None:
    """Say that the loss LOSS_ID has been dealt with; `doctor` counts it no longer.

    This acknowledges its alarm too.

    Of a store that is gone: everybody who was held is again in the store now connected, or is released.
    """
    if not by.strip():
        raise click.UsageError("--by needs the name of a person")
    context = wiring.context()
    if not accept_loss(context, read_settings().data_dir, loss_id, by.strip()):
        raise click.ClickException(f"no loss {loss_id} waits for a person: see `custody losses list`")
    for shard in context.shards:
        for code in LOSS_CODES:
            acknowledge_same(
                context, shard, same_by(code, loss_id), by.strip(), f"loss {loss_id} is accepted"
            )
    say(f"{loss_id} accepted")
