"""`custody due`: who must be released next."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from worker import runtime
from worker.cli.output import json_option, local, print_json, print_table, utc_ms
from worker.custody.record import Record
from worker.site import Site
from worker.store import records, timers

_PAGE = 500
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def read_span(_ctx: click.Context, _param: click.Parameter, value: str | None) -> timedelta | None:
    """A length of time such as 4h, 90m, 2d."""
    if value is None:
        return None
    match = re.fullmatch(r"(\d{1,6})([dhms])", value)
    if match is None:
        raise click.BadParameter("give a number and a unit, as in 4h, 90m or 2d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@click.command()
@click.option("--within", callback=read_span, help="Only those due within this time, as in 4h, 90m or 2d.")
@json_option
def due(within: timedelta | None, as_json: bool) -> None:
    """Who must be released next, soonest first."""
    site = runtime.site()
    now = site.clock.now()
    held = sorted(_held(site, now + within if within is not None else None), key=_deadline)
    if as_json:
        print_json([_document(record, now) for record in held])
        return
    zone = site.policies.current.profile.calendar.zone
    rows = [
        (
            record.booking,
            record.facts.facility if record.facts else "-",
            local(record.deadline, zone),
            remaining(_deadline(record) - now),
            record.governing_limit or "-",
            "asked" if record.contacts else "",
        )
        for record in held
    ]
    print_table(("booking", "facility", "release at", "in", "limit", "ICE"), rows, f"{len(rows)} held")


def _held(site: Site, until: datetime | None) -> Iterator[Record]:
    """Held records whose deadline is at or before `until`. No timer is later than its record's deadline."""
    for shard in site.shards:
        skip = 0
        horizon = until or datetime.max.replace(tzinfo=site.clock.now().tzinfo)
        while bookings := timers.due(shard.client, shard.keys, horizon, limit=_PAGE, skip=skip):
            skip += len(bookings)
            loaded = records.load(shard.client, shard.keys, list(bookings))
            for booking in loaded.unreadable:
                click.echo(f"custody: {records.UnreadableRecordError(booking)}", err=True)
            for record in loaded.records.values():
                if record.state == "held" and _deadline(record) <= horizon:
                    yield record


def _deadline(record: Record) -> datetime:
    assert record.deadline is not None
    return record.deadline


def _document(record: Record, now: datetime) -> dict[str, object]:
    return {
        "booking": record.booking,
        "facility": record.facts.facility if record.facts else None,
        "deadline": utc_ms(record.deadline),
        "remaining_seconds": int((_deadline(record) - now).total_seconds()),
        "ice_contacted": bool(record.contacts),
    }


def remaining(span: timedelta) -> str:
    """A length of time for a person: days, hours and minutes; seconds in the last hour."""
    seconds = int(span.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return f"{sign}{days} d {hours} h {minutes:02} min"
    return f"{sign}{hours} h {minutes:02} min" if hours else f"{sign}{minutes} min {seconds:02} s"
