"""One booking's story: its record, its limits, what ICE was sent, and everything that happened to it."""

import re
from collections.abc import Iterable
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
from worker.desk.sent import SentAboutIce, sent_about_ice
from worker.law.deadline import explain
from worker.law.errors import LawError
from worker.law.explanation import Explanation
from worker.law.federal.detainer_48h import DeclinedDetention, declined_detention_hours
from worker.law.profile import Profile
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
        as_of: the store's time when it was read, in UTC.
        limits: every limit that applies, with its steps; None before the booking is known.
        limits_missing: why there are no limits although the booking is known.
        sent_about_ice: what was sent because ICE made contact, oldest first.
        ice_contacted: whether ICE asked, before the booking was known included.
        declined_detention: how much longer a hold request would have kept the person; None without one.
    """

    record: Record
    as_of: datetime
    limits: Explanation | None
    limits_missing: str | None
    ice_contacted: bool
    sent_about_ice: tuple[SentAboutIce, ...]
    declined_detention: DeclinedDetention | None
    timeline: tuple[Moment, ...]

    @property
    def finding_is_late(self) -> bool:
        """Whether probable cause was found only after the limits that wait for it had run out."""
        if self.record.probable_cause_found_at is None or self.limits is None:
            return False
        return not probable_cause_counts(self.record, self.limits.profile)

    def to_document(self) -> dict[str, Any]:
        """The story for a program; instants are RFC 3339 in UTC with milliseconds."""
        record = self.record
        return {
            "booking": record.booking,
            "state": record.state,
            "basis": record.basis,
            "as_of": utc_ms(self.as_of),
            "agency": record.facts.agency if record.facts else None,
            "facility": record.facts.facility if record.facts else None,
            "charges": [asdict(charge) for charge in record.facts.charges] if record.facts else [],
            "arrest_kind": record.facts.arrest_kind if record.facts else None,
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
            "sent_about_ice": [sent.to_document() for sent in self.sent_about_ice],
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
    links = journal.timeline(shard.client, shard.keys, booking)
    return story_from(context, record, map(moment_of, links))


def story_from(context: Context, record: Record, timeline: Iterable[Moment]) -> Story:
    """The story of a record that was read, with these moments of its journal."""
    booking = record.booking
    shard = context.shards[shard_of(booking, len(context.shards))]
    ids = records.journal_ids(shard.client, shard.keys, booking)
    profile, missing = _profile(context, record)
    return Story(
        record=record,
        as_of=context.store_now(),
        limits=_limits(record, profile),
        limits_missing=missing,
        ice_contacted=_ice_contacted(record),
        sent_about_ice=sent_about_ice(shard.client, shard.keys, booking, ids) if record.contacts else (),
        declined_detention=_declined_detention(record, profile),
        timeline=tuple(timeline),
    )


def utc_ms(instant: datetime | None) -> str | None:
    """An instant for a program: RFC 3339 in UTC, cut off to milliseconds."""
    return None if instant is None else format_instant(cut_off_to_millisecond(instant))


def _profile(context: Context, record: Record) -> tuple[Profile | None, str | None]:
    """The rules that decide a record; without them its deadline is known all the same, and why they lack."""
    try:
        return context.rules_by_record.profile_of(record), None
    except LawError as error:
        return None, str(error)


def _limits(record: Record, profile: Profile | None) -> Explanation | None:
    if record.facts is None or profile is None:
        return None
    return explain(record.arrest, profile, probable_cause_found=probable_cause_counts(record, profile))


def _ice_contacted(record: Record) -> bool:
    return bool(record.contacts) or any(
        isinstance(parsed := parse(raw.encode()), Parsed)
        and isinstance(parsed.event, IceContacted | IceCustodyRequested)
        for raw in record.awaiting
    )


def _declined_detention(record: Record, profile: Profile | None) -> DeclinedDetention | None:
    freed_at = record.released_at or record.deadline
    if profile is None or freed_at is None:
        return None
    if not any(contact.asks_to_hold for contact in record.contacts):
        return None
    return declined_detention_hours(freed_at, profile.calendar)


def moment_of(link: Link) -> Moment:
    """A journal entry that was read back.

    Raises:
        KeyError, ValueError: it was written by another program.
    """
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
