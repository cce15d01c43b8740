"""All communication with ICE in a period: what it asked for, and what it was sent; booking numbers alone.

Read from the journal and the outbox by the time in their ids; no record is read, except of a booking that has
not been reported yet.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from events.inbound import IceContacted, IceContactWithdrawn, IceCustodyRequested
from events.instants import parse_instant
from events.outbound import Outbound
from events.parse import Parsed, parse
from worker.custody.journal import BrokenEntryError, Link, read_entry
from worker.custody.transition import Outcome
from worker.desk.notices import NoticeStatus, notices_to_ice
from worker.desk.reports.period import Period
from worker.desk.story import utc_ms
from worker.store import journal, records
from worker.store.context import Context, Shard
from worker.store.unix_ms import to_ms_up

KINDS: Final = {
    IceContacted.model_fields["type"].default: "contact",
    IceCustodyRequested.model_fields["type"].default: "custody_request",
    IceContactWithdrawn.model_fields["type"].default: "withdrawal",
}
"""What came from ICE, by the type of its event."""

_FROM_ICE: Final = b'"cause":"custody.ice.'
_INSTANTS: Final = ("contacted_at", "requested_at", "withdrawn_at")


@dataclass(frozen=True, slots=True)
class Answer:
    """One notice to ICE, and how far it has come."""

    event: Outbound
    status: NoticeStatus

    def to_document(self) -> dict[str, Any]:
        """For a program."""
        wire: dict[str, Any] = orjson.loads(self.event.to_wire())
        status = self.status.to_document()
        delivery = {name: status[name] for name in ("attempts", "waiting", "dead", "not_reached")}
        return {
            "id": self.event.id,
            "type": self.event.type,
            "route": self.event.route,
            **wire["data"],
            "delivery": {"committed_at": wire["time"], "delivered": self.status.is_delivered, **delivery},
        }


@dataclass(slots=True)
class FromIce:
    """One contact, custody request or withdrawal, and what was sent in answer. Instants are UTC.

    Attributes:
        version: of the journal entry that records it.
        received_at: when the clock took it in: the store's time.
        made_at: when ICE made contact, as it counts; None if the journal does not say.
        outcome: as the journal names it.
        answers: what was sent on its route from then on, until the next contact there.
    """

    booking: str
    version: int
    kind: str
    received_at: datetime
    outcome: str
    event: tuple[str, str]
    made_at: datetime | None = None
    channel: str | None = None
    form: str | None = None
    requests: tuple[str, ...] = ()
    route: str | None = None
    warrant: str | None = None
    qualification: str | None = None
    answers: list[Answer] = field(default_factory=list)

    def describe(self, detail: dict[str, Any]) -> None:
        """Learn what it says, from an entry's detail or an event's data."""
        made_at = next((detail[name] for name in _INSTANTS if name in detail), None)
        self.made_at = parse_instant(made_at) if made_at else None
        self.channel, self.form = detail.get("channel"), detail.get("form")
        is_custody = self.kind == "custody_request"
        self.requests = ("transfer",) if is_custody else tuple(detail.get("requests", ()))
        self.route = detail.get("route", detail.get("reply_to"))
        self.warrant, self.qualification = detail.get("warrant"), detail.get("qualification")

    def to_document(self) -> dict[str, Any]:
        """For a program; instants are RFC 3339 in UTC with milliseconds."""
        return {
            "booking": self.booking,
            "kind": self.kind,
            "received_at": utc_ms(self.received_at),
            "made_at": utc_ms(self.made_at),
            "channel": self.channel,
            "form": self.form,
            "requests": list(self.requests),
            "route": self.route,
            "warrant": self.warrant,
            "qualification": self.qualification,
            "outcome": self.outcome,
            "answers": [answer.to_document() for answer in self.answers],
        }


@dataclass(frozen=True, slots=True)
class IceReport:
    """All communication with ICE in a period.

    Attributes:
        received: what came from ICE, the earliest first.
        other_answers: what was sent on contacts that are not among them, because they were made before the
            period or under a former number; the earliest first.
        unreadable: how many journal entries about ICE were changed since they were written.
    """

    period: Period
    received: tuple[FromIce, ...]
    other_answers: tuple[Answer, ...]
    unreadable: int

    @property
    def sent(self) -> list[Answer]:
        """Everything that ICE was sent."""
        return [*self.other_answers, *(answer for one in self.received for answer in one.answers)]

    def to_document(self) -> dict[str, Any]:
        """For a program; instants are RFC 3339 in UTC with milliseconds."""
        return {
            "from": utc_ms(self.period.since),
            "to": utc_ms(self.period.until),
            "unreadable_entries": self.unreadable,
            "received": [one.to_document() for one in self.received],
            "sent_on_earlier_contacts": [
                {"booking": answer.event.subject} | answer.to_document() for answer in self.other_answers
            ],
        }


def ice_report(context: Context, period: Period) -> IceReport:
    """Read journal and outbox of the period, of every shard."""
    received: list[FromIce] = []
    others: list[Answer] = []
    unreadable = 0
    first, last = (to_ms_up(context.by_store(instant)) for instant in (period.since, period.until))
    for shard in context.shards:
        entries = journal.every(shard.client, shard.keys, max(first, 0), max(last - 1, 0))
        found = _Found()
        found.read(text for _, text in entries if _FROM_ICE in text)
        _describe_waiting(shard, list(found.waiting.values()))
        statuses = notices_to_ice(shard, max(first, 0), max(last - 1, 0))
        others += found.match(Answer(one.event, one) for one in statuses if one.event is not None)
        received += [*found.received, *found.waiting.values()]
        unreadable += found.unreadable
    return IceReport(
        period=period,
        received=tuple(sorted(received, key=lambda one: (one.received_at, one.booking, one.version))),
        other_answers=tuple(sorted(others, key=lambda answer: answer.event.time)),
        unreadable=unreadable,
    )


@dataclass(slots=True)
class _Found:
    """What came from ICE, in the order of the journal; `waiting` for its booking, by booking and event."""

    received: list[FromIce] = field(default_factory=list)
    waiting: dict[tuple[str, tuple[str, str]], FromIce] = field(default_factory=dict)
    unreadable: int = 0

    def read(self, entries: Iterable[bytes]) -> None:
        for text in entries:
            try:
                self._add(read_entry(text))
            except (BrokenEntryError, LookupError, TypeError, ValueError):
                self.unreadable += 1

    def _add(self, link: Link) -> None:
        content = link.content
        kind = KINDS.get(content["cause"])
        if kind is None:
            return
        event = (str(content["event"]["source"]), str(content["event"]["id"]))
        one = FromIce(
            booking=content["booking"],
            version=content["version"],
            kind=kind,
            received_at=parse_instant(link.committed_at),
            outcome=content["outcome"],
            event=event,
        )
        one.describe(content.get("detail", {}))
        if one.outcome == Outcome.KEPT_UNTIL_BOOKING:
            self.waiting[one.booking, event] = one
            return
        # What waited for its booking has an entry when it came, and another when it took effect.
        if kept := self.waiting.pop((one.booking, event), None):
            one.received_at = kept.received_at
        self.received.append(one)

    def match(self, sent: Iterable[Answer]) -> Iterator[Answer]:
        """Give each notice to the last contact on its route that was recorded by then; yield the others."""
        by_route: defaultdict[tuple[str, str | None], list[FromIce]] = defaultdict(list)
        for one in self.received:
            if one.kind != "withdrawal" and one.outcome != Outcome.SENT_ON:
                by_route[one.booking, one.route].append(one)
        for notice in sent:
            contacts = by_route.get((notice.event.subject, notice.event.route), [])
            version = _version_of(notice)
            asked = max((one for one in contacts if one.version <= version), key=_version, default=None)
            if asked is None:
                yield notice
            else:
                asked.answers.append(notice)


def _version(one: FromIce) -> int:
    return one.version


def _version_of(notice: Answer) -> int:
    """The version of the journal entry that a notice was committed with: the first part of its id."""
    event = notice.event
    version = event.id.removeprefix(f"{event.subject}:").partition(":")[0]
    return int(version) if version.isdecimal() else -1


def _describe_waiting(shard: Shard, waiting: list[FromIce]) -> None:
    """Of what waits for its booking the journal has no more than that; the record has it whole."""
    found = records.load(shard.client, shard.keys, list({one.booking for one in waiting})).records
    for one in waiting:
        for raw in found[one.booking].awaiting if one.booking in found else ():
            parsed = parse(raw.encode())
            if isinstance(parsed, Parsed) and (parsed.event.source, parsed.event.id) == one.event:
                one.describe(orjson.loads(parsed.event.to_wire())["data"])
