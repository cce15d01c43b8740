"""`custody rejects`: what was refused, whole; and another try."""

import sys

import click

from worker import runtime
from worker.cli.output import json_option, print_json, print_table, utc_ms
from worker.site import Shard, Site
from worker.store import rejects as store


@click.group()
def rejects() -> None:
    """Events that were refused: look at them, send them again."""


@rejects.command("list")
@json_option
def list_rejects(as_json: bool) -> None:
    """Every refused event, oldest first. The JSON has the events whole; `rejects show` prints one."""
    site = runtime.site()
    rows = [
        (item, store.replayed_as(shard.client, shard.keys, item.id))
        for shard in site.shards
        for item in store.every(shard.client, shard.keys)
    ]
    if as_json:
        print_json(
            [
                {
                    "id": item.id,
                    "rejected_at": utc_ms(item.rejected_at),
                    "reason": item.reason,
                    "detail": item.detail,
                    "inbox_id": item.inbox_id,
                    "replayed_as": replayed,
                    "event": item.event.decode("utf-8", "backslashreplace"),
                }
                for item, replayed in rows
            ]
        )
        return
    print_table(
        ("id", "when (UTC)", "reason", "detail", "replayed as"),
        [
            (item.id, utc_ms(item.rejected_at) or "", item.reason, item.detail, again or "")
            for item, again in rows
        ],
        f"{len(rows)} refused",
    )


@rejects.command("show")
@click.argument("reject_id")
def show_reject(reject_id: str) -> None:
    """Print the refused event REJECT_ID exactly as it came."""
    _, item = _find(runtime.site(), reject_id)
    sys.stdout.buffer.write(item.event + b"\n")


@rejects.command()
@click.argument("reject_ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that have not been replayed yet.")
def replay(reject_ids: tuple[str, ...], everything: bool) -> None:
    """Put refused events into the inbox again, as they came. What still breaks the contract is refused again.

    The refused event stays in the list, marked with the inbox id of its replay.
    """
    site = runtime.site()
    if everything == bool(reject_ids):
        raise click.UsageError("name the ids to replay (see `custody rejects list`), or give --all")
    if everything:
        chosen = [
            (shard, item)
            for shard in site.shards
            for item in store.every(shard.client, shard.keys)
            if not store.replayed_as(shard.client, shard.keys, item.id)
        ]
    else:
        chosen = [_find(site, reject_id) for reject_id in reject_ids]
    for shard, item in chosen:
        store.replay(shard.client, shard.keys, item)
    click.echo(f"{len(chosen)} replayed")


def _find(site: Site, reject_id: str) -> tuple[Shard, store.Rejected]:
    for shard in site.shards:
        if item := store.find(shard.client, shard.keys, reject_id):
            return shard, item
    raise click.ClickException(f"no refused event {reject_id}: see `custody rejects list`")
