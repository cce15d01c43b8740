"""One booking's story: its record, its limits, and everything that happened to it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from msgspec.structs import asdict

from events.addressing import shard_of
from events.inbound import IceContacted, IceCustodyRequested
from events.instants import format_instant, parse_instant
from events.parse import Parsed, parse
from worker.custody.conclusions import probable_cause_counts
from worker.custody.journal import Link
from worker.custody.record import Record
from worker.law.deadline import explain
from worker.law.explanation import Explanation
from worker.law.federal.detainer_48h import DeclinedDetention, declined_detention_hours
from worker.law.rounding import cut_off_to_millisecond
from worker.store import journal, records
from worker.store.context import Context

_FINER_THAN_MS: Final = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d{3}Z$")
_IN_A_MOMENT: Final = (
    "version",
    "outcome",
    "cause",
    "event",
    "state",
    "deadline",
    "governing_limit",
    "detail",
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the journal. `at` is the commit's time, in UTC."""

    at: datetime
    outcome: str
    cause: str
    detail: dict[str, Any]
    document: dict[str, Any]
    """The entry for a program."""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the clock knows about one booking.

    Attributes:
        limits: every limit that applies, with its steps; None before the booking is known.
        ice_contacted: whether ICE asked, before the booking was known included.
        declined_detention: how much longer a hold request would have kept the person; None without one.
    """

    record: Record
    limits: Explanation | None
    ice_contacted: bool
    declined_detention: DeclinedDetention | None
    timeline: tuple[Moment, ...]

    def to_document(self) -> dict[str, Any]:
        """The story for a program; instants are RFC 3339 in UTC with milliseconds."""
        record = self.record
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
            "ice_contacted": self.ice_contacted,
            "declined_detention": self._declined_detention(),
            "remaining_authority": [asdict(hold) for hold in record.holds],
            "profile": record.profile.name,
            "profile_version": record.profile.fingerprint,
            "version": record.version,
            "limits": self.limits.to_document()["limits"] if self.limits else [],
            "timeline": [moment.document for moment in self.timeline],
        }

    def _declined_detention(self) -> dict[str, Any] | None:
        declined = self.declined_detention
        if declined is None:
            return None
        return {
            "hours": declined.elapsed_hours,
            "until": utc_ms(declined.expires_at),
            "citation": declined.citation,
        }


def story_of(context: Context, booking: str) -> Story | None:
    """A booking's story; None for a number that the clock has never heard of.

    Raises:
        UnreadableRecordError: its record is there and cannot be read.
        BrokenEntryError: an entry of its journal was changed or removed.
    """
    shard = context.shards[shard_of(booking, len(context.shards))]
    record = records.load_one(shard.client, shard.keys, booking)
    if record is None:
        return None
    return Story(
        record=record,
        limits=_limits(context, record),
        ice_contacted=_ice_contacted(record),
        declined_detention=_declined_detention(context, record),
        timeline=tuple(_moment(link) for link in journal.timeline(shard.client, shard.keys, booking)),
    )


def utc_ms(instant: datetime | None) -> str | None:
    """An instant for a program: RFC 3339 in UTC, cut off to milliseconds."""
    return None if instant is None else format_instant(cut_off_to_millisecond(instant))


def _limits(context: Context, record: Record) -> Explanation | None:
    if record.facts is None:
        return None
    profile = context.rules_by_record.of(record).profile
    return explain(record.arrest, profile, probable_cause_found=probable_cause_counts(record, profile))


def _ice_contacted(record: Record) -> bool:
    return bool(record.contacts) or any(
        isinstance(parsed := parse(raw.encode()), Parsed)
        and isinstance(parsed.event, IceContacted | IceCustodyRequested)
        for raw in record.awaiting
    )


def _declined_detention(context: Context, record: Record) -> DeclinedDetention | None:
    freed_at = record.released_at or record.deadline
    if freed_at is None or not any(contact.asks_to_hold for contact in record.contacts):
        return None
    return declined_detention_hours(freed_at, context.rules_by_record.of(record).profile.calendar)


def _moment(link: Link) -> Moment:
    content = link.content
    document = {"at": link.committed_at} | {
        key: _in_ms(content[key]) for key in _IN_A_MOMENT if key in content
    }
    return Moment(
        parse_instant(link.committed_at),
        content["outcome"],
        content["cause"],
        content.get("detail", {}),
        document,
    )


def _in_ms(value: Any) -> Any:
    """A value of the journal, its instants cut off to milliseconds."""
    if isinstance(value, dict):
        return {key: _in_ms(inner) for key, inner in value.items()}
    return _FINER_THAN_MS.sub(r"\1Z", value) if isinstance(value, str) else value
