"""Follows the store for the board: reads every record once, then what the journal names, and checks itself.

One pipelined round trip a look. A few of all records are read again with each look, since one may come or go
without a journal entry: restored from a backup, deleted by another program.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from worker.clock import ScaledClock
from worker.desk.board.answers import Pulse
from worker.desk.board.known import known
from worker.desk.board.memory import News, RecordName
from worker.desk.board.pulse import Beats
from worker.desk.board.questions import ShardAnswers, questions
from worker.desk.board.side import SideReader, oldest_cursor
from worker.desk.board.tail import Tail
from worker.desk.reports.shift import SHIFT
from worker.store import records
from worker.store.context import Context
from worker.store.outbox import position
from worker.store.pipelining import ask
from worker.store.unix_ms import from_time, to_ms

_FIRST_PAGE: Final = 500
_CHECKED_AT_A_LOOK: Final = 100
_MOST_PAGES: Final = 5

_Bookings = Mapping[int, Sequence[str]]
"""Booking numbers, by shard."""


class StoreExchangedError(RuntimeError):
    """The store is another one than before, or is behind what was read of it: begin with a new follower."""


@dataclass(slots=True)
class Look:
    """What a look has found.

    Attributes:
        is_awake: whether a pacemaker has completed a round within 5 s, in every shard.
    """

    pulse: Pulse
    is_awake: bool
    news: News = field(default_factory=News)


class Follower:
    """Reads one store, from one thread. Whatever it asks may raise what the store's client raises."""

    def __init__(self, context: Context) -> None:
        self._context = context
        zone = context.rules_by_record.current.profile.calendar.zone
        start = f"{max(to_ms(context.by_store(context.store_now() - SHIFT)), 0)}-0"
        self._tails = [Tail(start, zone) for _ in context.shards]
        self._side = SideReader(context)
        self._beats = Beats(len(context.shards))
        self._marks: list[object] | None = None
        self._shown: set[RecordName] = set()
        self._check: Iterator[_Bookings] = iter(())

    def read_everything(self) -> Iterator[News]:
        """All that the board shows, in pages. What changes meanwhile, the first look finds."""
        more = True
        while more:  # the journal first: an entry that follows names its record
            news = News()
            _, answers = self._ask()
            self._read_on(answers, news)
            more = any(shard.has_more for shard in answers)
            yield news
        for page in records.pages(self._context.client, _FIRST_PAGE):
            yield self._load(page)

    def look(self) -> Look:
        """What has changed since the last look.

        Raises:
            StoreExchangedError: see there.
        """
        news = News()
        for _ in range(_MOST_PAGES):
            now, answers = self._ask()
            news.add(self._load(self._read_on(answers, news)))
            if not any(shard.has_more for shard in answers):
                break
        news.add(self._load(self._next_to_check()))
        news.side = self._side.read(
            [
                replace(shard.counts, unreached=tail.unreached(oldest_cursor(shard.counts.cursors)))
                for tail, shard in zip(self._tails, answers, strict=True)
            ]
        )
        return Look(now, all(shard.is_awake for shard in answers), news)

    def _ask(self) -> tuple[Pulse, list[ShardAnswers]]:
        shards = self._context.shards
        commands = [
            command
            for shard, tail in zip(shards, self._tails, strict=True)
            for command in questions(shard.keys, tail.journal, tail.outbox)
        ]
        answers = ask(self._context.client, [("TIME",), *commands])
        store_now = from_time(*next(answers))
        found = [ShardAnswers(answers.__next__) for _ in shards]
        next(answers, None)  # gives the connection back
        self._compare(found)
        clock = self._context.clock
        return Pulse(
            now=clock.now() if isinstance(clock, ScaledClock) else store_now,
            speed=self._context.speed,
            beat_age=self._beats.age([shard.beat for shard in found], to_ms(store_now)),
        ), found

    def _compare(self, found: Sequence[ShardAnswers]) -> None:
        marks = [shard.mark for shard in found]
        if self._marks is None:
            self._marks = marks
        if marks != self._marks:
            raise StoreExchangedError("the store is another one than before")
        for tail, shard in zip(self._tails, found, strict=True):
            if tail.has_read and position(shard.newest) < position(tail.journal):
                raise StoreExchangedError("the store has lost what was read of it")

    def _read_on(self, answers: Sequence[ShardAnswers], news: News) -> _Bookings:
        changed: defaultdict[int, list[str]] = defaultdict(list)
        for shard, tail, found in zip(self._context.shards, self._tails, answers, strict=True):
            changed[shard.keys.shard] += dict.fromkeys(tail.take_journal(found.journal, news))
            tail.take_outbox(found.outbox, news)
        return changed

    def _next_to_check(self) -> _Bookings:
        page = next(self._check, None)
        if page is None:
            self._check = self._all_in_pages()
            page = next(self._check)
        return page

    def _all_in_pages(self) -> Iterator[_Bookings]:
        """Every record, and at the end those that are shown and were not found."""
        shown, found = set(self._shown), set[RecordName]()
        for page in records.pages(self._context.client, _CHECKED_AT_A_LOOK):
            found.update((shard, booking) for shard, bookings in page.items() for booking in bookings)
            yield page
        gone: defaultdict[int, list[str]] = defaultdict(list)
        for shard, booking in shown - found:
            gone[shard].append(booking)
        yield gone

    def _load(self, page: _Bookings) -> News:
        news, context = News(), self._context
        since = context.clock.now() - SHIFT
        for shard in context.shards:
            if bookings := page.get(shard.keys.shard):
                loaded = records.load(shard.client, shard.keys, bookings)
                unreadable = {error.booking: error for error in loaded.unreadable}
                for booking in bookings:
                    record = loaded.records.get(booking)
                    kept = known(record, context.rules_by_record, since) if record else None
                    name = (shard.keys.shard, booking)
                    news.records[name] = kept or unreadable.get(booking)
        self._shown |= {name for name, kept in news.records.items() if kept is not None}
        self._shown -= {name for name, kept in news.records.items() if kept is None}
        return news
