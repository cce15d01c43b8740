"""`custody rejects`: lists, prints and replays rejected events, and notes who has dealt with them."""

import sys
from zoneinfo import ZoneInfo

import click

from worker.cli.output import json_option, print_json, print_table, say
from worker.desk.plain_words import local
from worker.desk.rejected import RejectedItem, find_rejected, rejected_events, waiting_for_a_person
from worker.desk.words import reject_reason
from worker.host import wiring
from worker.store import rejects as store
from worker.store.context import OpenStore

_COLUMNS = ("id", "booking", "event type", "rejected", "reason", "detail")


@click.group()
def rejects() -> None:
    """Rejected events: list them, print them, replay them, say that they are dealt with."""


@rejects.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are dealt with as well.")
@json_option
def list_rejects(everything: bool, as_json: bool) -> None:
    """The rejected events that nobody has dealt with, oldest first.

    The JSON includes each event in full; `rejects show` prints one.
    """
    context = wiring.context()
    items = rejected_events(context) if everything else waiting_for_a_person(context)
    if as_json:
        print_json([item.to_document() for item in items])
        return
    zone = context.rules_by_record.current.profile.calendar.zone
    waiting = sum(item.rejection.waits for item in items)
    columns = (*_COLUMNS, "dealt with") if everything else _COLUMNS
    rows = [_row(item, zone)[: len(columns)] for item in items]
    print_table(columns, rows, f"{waiting} rejected and waiting" + (f", {len(items)} in all" * everything))


@rejects.command("show")
@click.argument("reject_id")
def show_reject(reject_id: str) -> None:
    """Print the rejected event REJECT_ID exactly as it was received; of one too large, the first 64 KiB.

    A terminal is shown what it would act on as escapes.
    """
    item = _find(wiring.context(), reject_id)
    if not sys.stdout.isatty():
        sys.stdout.buffer.write(item.rejection.event + b"\n")
        return
    for line in item.rejection.event.decode("utf-8", "backslashreplace").split("\n"):
        say(line)


@rejects.command()
@click.argument("reject_ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every event that nobody has dealt with yet.")
def replay(reject_ids: tuple[str, ...], everything: bool) -> None:
    """Put rejected events back into the inbox, unchanged; they then count as dealt with.

    An event that still breaks the contract is rejected again, as a new entry of the list. One that was too
    large cannot be replayed, since only its beginning is kept: it stays in the list.
    """
    context = wiring.context()
    if everything == bool(reject_ids):
        raise click.UsageError("name the IDs to replay (see `custody rejects list`), or give --all")
    if everything:
        chosen = waiting_for_a_person(context)
    else:
        chosen = [_find(context, reject_id) for reject_id in reject_ids]
    whole = [item for item in chosen if item.rejection.is_whole]
    for item in whole:
        store.replay(item.shard.client, item.shard.keys, item.rejection)
    say(f"{len(whole)} replayed")
    if parts := [item.rejection.id for item in chosen if not item.rejection.is_whole]:
        raise click.ClickException(
            f"not replayed: {', '.join(parts)}: too large, so only the first 64 KiB are kept; have it sent "
            "again with less than that, then `custody rejects done ID --by NAME`"
        )


@rejects.command()
@click.argument("reject_ids", nargs=-1, required=True)
@click.option("--by", required=True, help="Your name; it is kept with the event.")
@click.option("--note", help="What was done about it.")
def done(reject_ids: tuple[str, ...], by: str, note: str | None) -> None:
    """Say that rejected events are dealt with, for example sent again correctly by their system.

    They leave `rejects list`, and `doctor` no longer counts them. Nothing is deleted: `rejects list --all`
    shows them with who dealt with them.
    """
    if not by.strip():
        raise click.UsageError("--by needs the name of a person")
    context = wiring.context()
    chosen = [_find(context, reject_id) for reject_id in reject_ids]
    dealt = store.Dealt(by.strip(), context.store_now(), note)
    for item in chosen:
        if not store.settle(item.shard.client, item.shard.keys, item.rejection.id, dealt):
            say(f"{item.rejection.id} was dealt with before; that stays", err=True)
    say(f"{len(waiting_for_a_person(context))} still waiting")


def _row(item: RejectedItem, zone: ZoneInfo) -> tuple[str, ...]:
    one = item.rejection
    outcomes = [f"replayed as {one.replayed_as}"] if one.replayed_as else []
    if one.dealt:
        outcomes.append(f"by {one.dealt.by}, {local(one.dealt.at, zone)}: {one.dealt.note or 'no note'}")
    return (
        one.id,
        one.booking or "cannot be read",
        one.type or "cannot be read",
        local(one.rejected_at, zone),
        reject_reason(one.reason),
        one.detail,
        "; ".join(outcomes) or "nobody yet",
    )


def _find(context: OpenStore, reject_id: str) -> RejectedItem:
    item = find_rejected(context, reject_id)
    if item is None:
        raise click.ClickException(f"no rejected event {reject_id}: see `custody rejects list --all`")
    return item
