"""The board in memory: kept up to date by what the follower reads, and made into answers when asked."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from worker.custody.record import Record
from worker.desk.board.answers import Board, Health, Line
from worker.desk.board.known import Known, is_recent
from worker.desk.board.lines import of_ended
from worker.desk.board.side import SideFacts
from worker.desk.custody_list import (
    LONG_AGO,
    OVERDUE_IN_BUILDING,
    CustodyList,
    Person,
    deadline_of,
    in_order,
    is_at,
)
from worker.desk.reports.entitled import Entitlements
from worker.desk.reports.period import EVER, Period
from worker.desk.reports.shift import SHIFT
from worker.store.context import Context
from worker.store.records import UnreadableRecordError

RecordName: TypeAlias = tuple[int, str]
"""The number of the shard, and the booking number."""

_MOST_ABOUT_ICE: Final = 500


@dataclass(slots=True)
class News:
    """What the follower has read since it looked last.

    Attributes:
        records: as they are now; None for one that is gone, or is not on the board.
        ice: further lines about ICE.
        transferred_to: by booking number, the place of a transfer, as its event named it.
        side: None if nothing of it has changed.
    """

    records: dict[RecordName, Known | UnreadableRecordError | None] = field(default_factory=dict)
    ice: list[Line] = field(default_factory=list)
    transferred_to: dict[str, str] = field(default_factory=dict)
    side: SideFacts | None = None

    def add(self, later: "News") -> None:
        """What was read after it."""
        self.records |= later.records
        self.ice += later.ice
        self.transferred_to |= later.transferred_to
        self.side = later.side or self.side


class BoardMemory:
    """Everything that the board shows. Touches no store."""

    def __init__(self) -> None:
        self._known: dict[RecordName, Known] = {}
        self._ended: dict[RecordName, Record] = {}
        self._unreadable: dict[RecordName, UnreadableRecordError] = {}
        self._ice: list[Line] = []
        self._transferred_to: dict[str, str] = {}
        self._side = SideFacts()

    def take_in(self, news: News) -> bool:
        """Remember it; whether that changes anything on a board."""
        changed = [self._replace(name, found) for name, found in news.records.items()]
        if news.ice:
            lines = sorted([*reversed(news.ice), *self._ice], key=_about_ice, reverse=True)
            self._ice = lines[:_MOST_ABOUT_ICE]
        self._transferred_to |= news.transferred_to
        is_other_side = news.side is not None and news.side != self._side
        if news.side is not None:
            self._side = news.side
        return any(changed) or bool(news.ice) or bool(news.transferred_to) or is_other_side

    def board(self, context: Context, now: datetime, facility: str | None = None) -> Board:
        """The board as of a store's time in UTC.

        Args:
            facility: see `Board`; capitals make no difference.
        """
        self._forget(now - SHIFT)
        everybody = [one.person for one in self._known.values() if one.person is not None]
        people = in_order(context, everybody, tuple(self._unreadable.values()), now, facility=facility)
        recent = [*self._ended.values()]
        here = [one for one in recent if facility is None or is_at(_place(one), facility)]
        due = bisect_right(people.held, now + SHIFT, key=deadline_of)
        lines = (of_ended(one, self._transferred_to.get(one.booking)) for one in here)
        ended = tuple(sorted(filter(None, lines), key=_at, reverse=True))
        return Board(
            as_of=now,
            facility=facility,
            people=people,
            due_within_12h=due,
            ice_answers={
                booking: one.ice_answer for (_, booking), one in self._known.items() if one.ice_answer
            },
            waiting=tuple(sorted(self._side.waiting, key=_at, reverse=True)),
            ice=tuple(self._ice),
            ended=ended,
            health=self._health(context, recent, here, now),
            changes_at=min(self._moments(people, ended, due, now)),
        )

    def _replace(self, name: RecordName, found: Known | UnreadableRecordError | None) -> bool:
        if isinstance(found, UnreadableRecordError):
            is_news = name not in self._unreadable
            self._unreadable[name] = found
            return self._keep(name, None) or is_news
        was_unreadable = self._unreadable.pop(name, None) is not None
        return self._keep(name, found) or was_unreadable

    def _keep(self, name: RecordName, found: Known | None) -> bool:
        """Whether that is something else than before."""
        before = self._known.get(name)
        if found is None:
            self._known.pop(name, None)
        else:
            self._known[name] = found
        if found is None or found.ended is None:
            self._ended.pop(name, None)
        else:
            self._ended[name] = found.ended
        return before != found

    def _forget(self, since: datetime) -> None:
        """Drop what is older than the board shows."""
        self._ice = [line for line in self._ice if line.at >= since]
        for name, record in list(self._ended.items()):
            if is_recent(record, since):
                continue
            one = self._known[name]
            if one.person is None:
                self._transferred_to.pop(record.booking, None)
                self._keep(name, None)
            else:
                self._keep(name, replace(one, ended=None))

    def _health(self, context: Context, recent: list[Record], here: list[Record], now: datetime) -> Health:
        rules, since, side = context.rules_by_record.current, now - SHIFT, self._side
        released = {
            one.booking
            for one in here
            if one.renumbered_to is None and one.released_at is not None and one.released_at >= since
        }
        entitlements = Entitlements(
            Period(EVER, now),
            now,
            departures_expected=rules.departures_expected,
            late_after=rules.late_after,
        )
        entitlements.read(one for one in recent if one.released_at and one.released_at >= since)
        late = [one for one in entitlements.people() if one.late_cause and one.booking in released]
        return Health(
            released=len(released),
            released_late=len(late),
            events_waiting=side.events_waiting,
            notices_undelivered=side.notices_undelivered,
            losses=side.losses,
            is_on_disk=side.is_on_disk,
            rules=rules.profile.source,
            caveats=side.caveats,
        )

    def _moments(
        self, people: CustodyList, ended: tuple[Line, ...], due: int, now: datetime
    ) -> Iterator[datetime]:
        """When the board will be another one by the time alone."""
        yield now + SHIFT
        if people.held:
            yield people.held[0].deadline
        yield from (person.deadline - SHIFT for person in people.held[due : due + 1])
        yield from _since_release(people.leaving[:1], OVERDUE_IN_BUILDING)
        yield from _since_release(people.not_departed[:1], LONG_AGO)
        yield from (line.at + SHIFT + timedelta(milliseconds=1) for line in (*ended[-1:], *self._ice[-1:]))


def _since_release(people: Sequence[Person], after: timedelta) -> Iterator[datetime]:
    return (one.released_at + after for one in people if one.released_at is not None)


def _place(record: Record) -> str | None:
    return record.facts.facility if record.facts else None


def _at(line: Line) -> datetime:
    return line.at


def _about_ice(line: Line) -> tuple[datetime, bool]:
    """The newest first; of one instant, the answer before what was asked."""
    return line.at, line.is_answer
