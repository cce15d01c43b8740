"""All communication with ICE in a period: what it asked for, and what it was sent; booking numbers alone.

Read from the journal and the outbox by the time in their ids; no record is read, except of a booking that has
not been reported yet.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from events.parse import Parsed, parse
from worker.custody.journal import BrokenEntryError, Link, read_entry
from worker.custody.transition import Outcome
from worker.desk.notices import notices_to_ice
from worker.desk.reports.from_ice import FROM_ICE, Answer, FromIce
from worker.desk.reports.period import Period
from worker.desk.story import utc_ms
from worker.store import journal, records
from worker.store.context import Context, Shard
from worker.store.unix_ms import to_ms_up


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
        found.read(text for _, text in entries if FROM_ICE in text)
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
        one = FromIce.of(link)
        if one is None:
            return
        if one.outcome == Outcome.KEPT_UNTIL_BOOKING:
            self.waiting[one.booking, one.event] = one
            return
        # What waited for its booking has an entry when it came, and another when it took effect.
        if kept := self.waiting.pop((one.booking, one.event), None):
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
