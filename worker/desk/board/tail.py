"""Follows one shard's journal and outbox: whose record has changed, what ICE asked and was sent."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from pydantic import ValidationError

from worker.custody.journal import BrokenEntryError, read_entry
from worker.custody.transition import Outcome
from worker.desk.board.lines import of_answer, of_request
from worker.desk.board.memory import News
from worker.desk.board.questions import Entries
from worker.desk.reports.from_ice import FROM_ICE, FromIce
from worker.desk.sent import OUTBOUND
from worker.store.outbox import position

_TRANSFERRED: Final = b'"cause":"custody.person.transferred.v1"'
_TO_ICE: Final = b'"type":"custody.ice.'


class _Detail(msgspec.Struct):
    to: str | None = None


class _Entry(msgspec.Struct):
    """As much of a journal entry as is needed."""

    booking: str
    outcome: str = ""
    detail: _Detail = msgspec.field(default_factory=_Detail)


class Tail:
    """Where the follower is in the streams of one shard.

    Attributes:
        journal, outbox: the last entries that were read.
    """

    def __init__(self, start: str, zone: ZoneInfo) -> None:
        self._start = self.journal = start
        self.outbox = start
        self._zone = zone
        self._covers_from = position(start)
        self._sent: list[tuple[int, int]] = []
        """Outbox entries that some sink has not come to, as far as was known at the last look."""

    @property
    def has_read(self) -> bool:
        """Whether an entry of the journal was read."""
        return self.journal != self._start

    def take_journal(self, found: Entries, news: News) -> list[str]:
        """Read on; the bookings whose records have changed."""
        bookings = [
            booking for id_, fields in found for booking in self._entry(fields.get(b"entry", b""), news)
        ]
        if found:
            self.journal = found[-1][0].decode()
        return bookings

    def take_outbox(self, found: Entries, news: News) -> None:
        """Read on."""
        for id_, fields in found:
            self.outbox = id_.decode()
            self._sent.append(position(self.outbox))
            text = fields.get(b"event", b"")
            if _TO_ICE in text:
                self._answer(text, news)

    def unreached(self, cursor: tuple[int, int]) -> int | None:
        """How many outbox entries are after this one; None if it is before what was followed."""
        if cursor < self._covers_from:
            return None
        del self._sent[: bisect_right(self._sent, cursor)]
        self._covers_from = cursor
        return len(self._sent)

    def _entry(self, text: bytes, news: News) -> Iterator[str]:
        try:
            entry = msgspec.json.decode(text, type=_Entry)
        except msgspec.DecodeError:
            return  # of another program, or damaged: `custody audit verify` reports it
        if FROM_ICE in text:
            self._request(text, news)
        if _TRANSFERRED in text and entry.outcome == Outcome.CLOSED and entry.detail.to is not None:
            news.transferred_to[entry.booking] = entry.detail.to
        yield entry.booking

    def _request(self, text: bytes, news: News) -> None:
        try:
            asked = FromIce.of(read_entry(text))
        except (BrokenEntryError, LookupError, TypeError, ValueError):
            return
        if asked is not None and (line := of_request(asked)) is not None:
            news.ice.append(line)

    def _answer(self, text: bytes, news: News) -> None:
        try:
            event = OUTBOUND.validate_json(text)
        except ValidationError:
            return
        if event.type.startswith("custody.ice."):
            news.ice.append(of_answer(event, event.time, self._zone))
