"""`custody notices`: who was sent what, for whom it waits, and what a person does about it."""

import click

from worker.cli.output import json_option, print_json, print_table, say
from worker.desk.letters import write
from worker.desk.notice_words import delivery_state
from worker.desk.notices import NoticeStatus, find_notice
from worker.desk.notices import notices as all_notices
from worker.desk.plain_words import local
from worker.host import wiring
from worker.store import sinks
from worker.store.context import Context
from worker.store.rejects import Dealt
from worker.store.sink_queue import SinkQueue


@click.group()
def notices() -> None:
    """Notices: who has them, for whom they wait; show one, send one again, enable a sink."""


@notices.command("list")
@click.option("--undelivered", is_flag=True, help="Only what waits for somebody, or was given up.")
@click.option("--booking", help="Only about this booking.")
@json_option
def list_notices(undelivered: bool, booking: str | None, as_json: bool) -> None:
    """Notices, oldest first. Exit status 1 if --undelivered finds any."""
    context = wiring.context()
    found = all_notices(context, booking, undelivered=undelivered)
    if as_json:
        print_json([status.to_document() for status in found])
    else:
        zone = context.rules_by_record.current.profile.calendar.zone
        print_table(
            ("id", "booking", "sent", "what", "for", "state"),
            [
                (
                    status.outbox_id,
                    status.event.subject if status.event else "unknown",
                    local(status.sent_at, zone),
                    write(status.event, zone).subject if status.event else "cannot be read",
                    status.event.route or status.event.audience if status.event else "",
                    delivery_state(status),
                )
                for status in found
            ],
            f"{len(found)} notices" + (" undelivered" if undelivered else ""),
        )
    if undelivered and found:
        raise click.exceptions.Exit(1)


@notices.command()
@click.argument("notice_id", metavar="ID")
@click.option("--print", "for_fax", is_flag=True, help="Only the text, to be keyed in for a fax or teletype.")
@json_option
def show(notice_id: str, for_fax: bool, as_json: bool) -> None:
    """The text of a notice as a person reads it, and every attempt to deliver it."""
    context = wiring.context()
    zone = context.rules_by_record.current.profile.calendar.zone
    status = _find(context, notice_id)
    if as_json:
        print_json(status.to_document())
        return
    if status.event is None:
        raise click.ClickException(f"notice {notice_id} cannot be read: its entry in the outbox is damaged")
    letter = write(status.event, zone)
    say(letter.as_message())
    if for_fax:
        return
    print_table(
        ("when", "sink", "attempt", "outcome", "detail"),
        [
            (
                local(attempt.at, zone),
                attempt.receipt.sink,
                str(attempt.receipt.attempt),
                attempt.receipt.outcome,
                attempt.receipt.detail,
            )
            for attempt in status.attempts
        ],
        delivery_state(status),
    )


@notices.command()
@click.argument("notice_ids", nargs=-1, required=True, metavar="ID…")
def retry(notice_ids: tuple[str, ...]) -> None:
    """Send notices again that were given up, or at once that wait for a further attempt."""
    context = wiring.context()
    for notice_id in notice_ids:
        status = _find(context, notice_id)
        names = sorted({*status.dead, *status.waiting})
        if not names:
            raise click.ClickException(f"notice {notice_id} waits for nobody: nothing to send again")
        for name in names:
            SinkQueue(status.shard.client, status.shard.keys, name).retry(status.outbox_id)
        say(f"{notice_id}: to be sent again by {', '.join(names)}")


@notices.command()
@click.argument("notice_ids", nargs=-1, required=True, metavar="ID…")
@click.option("--by", required=True, help="Your name; it is kept with the notice.")
@click.option("--note", help="What was done, such as: read out by telephone.")
def done(notice_ids: tuple[str, ...], by: str, note: str | None) -> None:
    """Say that notices that were given up have reached their receivers otherwise."""
    if not by.strip():
        raise click.UsageError("--by needs the name of a person")
    context = wiring.context()
    dealt = Dealt(by.strip(), context.store_now(), note)
    for notice_id in notice_ids:
        status = _find(context, notice_id)
        if not sinks.settle_dead_letters(status.shard.client, status.shard.keys, status.outbox_id, dealt):
            raise click.ClickException(f"notice {notice_id} was not given up: see `custody notices list`")
    say(f"{len(notice_ids)} dealt with")


@notices.command()
@click.argument("sink")
def enable(sink: str) -> None:
    """Send again by a sink whose receiver wanted nothing any more (HTTP 410)."""
    context = wiring.context()
    known = {name for shard in context.shards for name in sinks.names(shard.client, shard.keys)}
    if sink not in known:
        raise click.ClickException(f"no sink {sink}: there are {', '.join(sorted(known)) or 'none yet'}")
    enabled = [SinkQueue(shard.client, shard.keys, sink).enable() for shard in context.shards]
    say(f"{sink}: enabled" if any(enabled) else f"{sink}: was not disabled")


def _find(context: Context, notice_id: str) -> NoticeStatus:
    status = find_notice(context, notice_id)
    if status is None:
        raise click.ClickException(f"no notice {notice_id}: see `custody notices list`")
    return status
