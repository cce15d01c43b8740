"""`custody notices`: what could not be delivered, and who has dealt with it."""

import click

from worker.cli.output import json_option, print_json, print_table
from worker.host import wiring
from worker.store import undelivered
from worker.store.rejects import Dealt


@click.group()
def notices() -> None:
    """Notices that cannot be delivered: list them, say that they are dealt with."""


@notices.command("list")
@json_option
def list_notices(as_json: bool) -> None:
    """Every notice that could not be delivered, by the id of its entry in the outbox."""
    found = [
        {"shard": shard.keys.shard, "id": id_, "reason": reason}
        for shard in wiring.context().shards
        for id_, reason in sorted(undelivered.every(shard.client, shard.keys).items())
    ]
    if as_json:
        print_json(found)
        return
    print_table(("id", "why"), [(str(one["id"]), str(one["reason"])) for one in found], f"{len(found)} wait")


@notices.command()
@click.argument("notice_ids", nargs=-1, required=True)
@click.option("--by", required=True, help="Your name; it is kept with the notice.")
@click.option("--note", help="What was done about it.")
def done(notice_ids: tuple[str, ...], by: str, note: str | None) -> None:
    """Say that notices are dealt with, for example that their receivers were called."""
    if not by.strip():
        raise click.UsageError("--by needs the name of a person")
    context = wiring.context()
    dealt = Dealt(by.strip(), context.store_now(), note)
    for notice_id in notice_ids:
        settled = [undelivered.settle(one.client, one.keys, notice_id, dealt) for one in context.shards]
        if not any(settled):
            raise click.ClickException(f"no notice {notice_id} waits: see `custody notices list`")
    click.echo(f"{len(notice_ids)} dealt with")
