"""`custody rejects`: lists, prints and replays rejected events."""

import sys

import click

from worker.cli.output import json_option, local, print_json, print_table
from worker.desk.rejected import RejectedItem, find_rejected, rejected_events
from worker.desk.words import reject_reason
from worker.host import wiring
from worker.store import rejects as store
from worker.store.context import Context


@click.group()
def rejects() -> None:
    """Rejected events: list them, print them, replay them."""


@rejects.command("list")
@json_option
def list_rejects(as_json: bool) -> None:
    """Every rejected event, oldest first. The JSON includes each event in full; `rejects show` prints one."""
    context = wiring.context()
    items = rejected_events(context)
    if as_json:
        print_json([item.to_document() for item in items])
        return
    zone = context.rules_by_record.current.profile.calendar.zone
    print_table(
        ("id", "when", "reason", "detail", "replayed as"),
        [
            (
                item.rejection.id,
                local(item.rejected_at, zone),
                reject_reason(item.rejection.reason),
                item.rejection.detail,
                item.replayed_as or "",
            )
            for item in items
        ],
        f"{len(items)} rejected",
    )


@rejects.command("show")
@click.argument("reject_id")
def show_reject(reject_id: str) -> None:
    """Print the rejected event REJECT_ID exactly as it was received."""
    item = _find(wiring.context(), reject_id)
    sys.stdout.buffer.write(item.rejection.event + b"\n")


@rejects.command()
@click.argument("reject_ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every event that has not been replayed yet.")
def replay(reject_ids: tuple[str, ...], everything: bool) -> None:
    """Put rejected events back into the inbox, unchanged.

    An event that still breaks the contract is rejected again. A replayed event stays in the list, marked with
    the inbox ID of its replay.
    """
    context = wiring.context()
    if everything == bool(reject_ids):
        raise click.UsageError("name the IDs to replay (see `custody rejects list`), or give --all")
    if everything:
        chosen = [item for item in rejected_events(context) if not item.replayed_as]
    else:
        chosen = [_find(context, reject_id) for reject_id in reject_ids]
    for item in chosen:
        store.replay(item.shard.client, item.shard.keys, item.rejection)
    click.echo(f"{len(chosen)} replayed")


def _find(context: Context, reject_id: str) -> RejectedItem:
    item = find_rejected(context, reject_id)
    if item is None:
        raise click.ClickException(f"no rejected event {reject_id}: see `custody rejects list`")
    return item
