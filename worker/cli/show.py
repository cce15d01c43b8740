"""`custody show`: one booking, for whoever asks why and when."""

import re
from typing import Any

import click
from msgspec.structs import asdict

from events.addressing import shard_of
from events.inbound import IceContacted, IceCustodyRequested
from events.instants import parse_instant
from events.parse import parse
from worker import runtime
from worker.cli.output import json_option, local, print_json, print_table, utc_ms
from worker.custody.journal import Link
from worker.custody.record import Record
from worker.law.deadline import explain
from worker.law.explanation import Explanation
from worker.law.limits import detainer_48h
from worker.law.limits.detainer_48h import declined_detention_hours
from worker.site import Site
from worker.store import journal, records

_FINER_THAN_MS = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d{3}Z$")


@click.command()
@click.argument("booking")
@json_option
def show(booking: str, as_json: bool) -> None:
    """The record of BOOKING, its limits with their steps, and everything that happened to it."""
    site = runtime.site()
    shard = site.shards[shard_of(booking, len(site.shards))]
    record = records.load_one(shard.client, shard.keys, booking)
    if record is None:
        raise click.ClickException(
            f"no booking {booking} here: check the number, or look in `custody rejects list`"
        )
    timeline = journal.timeline(shard.client, shard.keys, booking)
    limits = _limits(site, record)
    if as_json:
        print_json(_document(site, record, limits, timeline))
    else:
        _print(site, record, limits, timeline)


def _limits(site: Site, record: Record) -> Explanation | None:
    if record.facts is None:
        return None
    found = record.probable_cause_found_at is not None
    return explain(record.arrest, site.policies.of(record).profile, probable_cause_found=found)


def _document(site: Site, record: Record, limits: Explanation | None, timeline: list[Link]) -> dict[str, Any]:
    return {
        "booking": record.booking,
        "state": record.state,
        "basis": record.basis,
        "facility": record.facts.facility if record.facts else None,
        "arrested_at": utc_ms(record.facts.arrested_at) if record.facts else None,
        "booked_at": utc_ms(record.facts.booked_at) if record.facts else None,
        "deadline": utc_ms(record.deadline),
        "governing_limit": record.governing_limit,
        "ceiling": utc_ms(record.ceiling.deadline) if record.ceiling else None,
        "entitled_at": utc_ms(record.entitled_at),
        "released_at": utc_ms(record.released_at),
        "closed_at": utc_ms(record.closed_at),
        "departed_at": utc_ms(record.departed_at),
        "ice_contacted": _ice_contacted(record),
        "declined_detention": _declined_detention(site, record),
        "remaining_authority": [asdict(hold) for hold in record.holds],
        "profile": record.profile.name,
        "profile_version": record.profile.fingerprint,
        "version": record.version,
        "limits": limits.to_document()["limits"] if limits else [],
        "timeline": [_moment(link) for link in timeline],
    }


def _ice_contacted(record: Record) -> bool:
    """Whether ICE asked, be it before the booking was known."""
    return bool(record.contacts) or any(
        isinstance(parse(raw.encode()), IceContacted | IceCustodyRequested) for raw in record.awaiting
    )


def _declined_detention(site: Site, record: Record) -> dict[str, Any] | None:
    """How much longer a declined hold request would have kept the person; None where there was none."""
    freed_at = record.released_at or record.deadline
    if freed_at is None or not any(contact.asks_to_hold for contact in record.contacts):
        return None
    declined = declined_detention_hours(freed_at, site.policies.of(record).profile.calendar)
    return {
        "hours": declined.elapsed_hours,
        "until": utc_ms(declined.expires_at),
        "citation": detainer_48h.CITATION,
    }


def _moment(link: Link) -> dict[str, Any]:
    told = ("version", "outcome", "cause", "event", "state", "deadline", "governing_limit", "detail")
    return {"at": link.committed_at} | {key: _in_ms(link.content[key]) for key in told if key in link.content}


def _plain(value: Any) -> str:
    """A value of the journal for a person."""
    return " and ".join(str(one) for one in value) if isinstance(value, list) else str(_in_ms(value))


def _in_ms(value: Any) -> Any:
    """A value of the journal, its instants cut off to milliseconds."""
    if isinstance(value, dict):
        return {key: _in_ms(inner) for key, inner in value.items()}
    return _FINER_THAN_MS.sub(r"\1Z", value) if isinstance(value, str) else value


def _print(site: Site, record: Record, limits: Explanation | None, timeline: list[Link]) -> None:
    zone = site.policies.current.profile.calendar.zone
    facts = [
        ("state", record.state + (f" ({record.basis})" if record.basis else "")),
        ("facility", record.facts.facility if record.facts else "not known yet"),
        ("deadline", f"{local(record.deadline, zone)} {record.governing_limit or ''}"),
        ("entitled", local(record.entitled_at, zone)),
        ("released", local(record.released_at, zone)),
        ("departed", local(record.departed_at, zone)),
        ("ICE", "made contact" if _ice_contacted(record) else "no contact"),
        ("profile", record.profile.name),
    ]
    if record.ceiling:
        facts.append(("never later than", f"{local(record.ceiling.deadline, zone)}, fixed at ICE's contact"))
    if declined := _declined_detention(site, record):
        until = local(parse_instant(declined["until"]), zone)
        told = f"extra detention until {until}, {declined['hours']:.1f} hours more ({declined['citation']})"
        facts.append(("declined", told))
    facts += [("remaining hold", f"{hold.kind} {hold.hold_id} {hold.reference}") for hold in record.holds]
    print_table(("", ""), facts, title=f"booking {record.booking}, version {record.version}")
    if limits:
        rows = [
            (
                explained.limit.name,
                local(explained.expires_at, zone),
                "\n".join(step.text for step in explained.steps),
                explained.limit.citation,
            )
            for explained in limits.limits
        ]
        print_table(("limit", "expires", "steps", "citation"), rows, title="limits")
    rows_of_time = [
        (
            local(parse_instant(link.committed_at), zone),
            link.content["outcome"],
            link.content["cause"].removeprefix("custody.").removesuffix(".v1"),
            ", ".join(f"{key} {_plain(value)}" for key, value in link.content.get("detail", {}).items()),
        )
        for link in timeline
    ]
    print_table(("when", "what", "because of", "detail"), rows_of_time, title="timeline")
