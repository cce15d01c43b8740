"""The clock in memory, for whoever feeds it: try a feed without a store, a worker or a wait.

    clock = Clockwork(now=datetime(2016, 11, 14, 19, tzinfo=UTC))
    clock.put(booking_event)
    clock.move_to(clock.deadline("2016-00417"))
    assert clock.state("2016-00417") == "released"

It decides by the service's own code and checks after every commit what must hold of all of them. It is no
store: nothing is kept on disk, and each call is one batch of the inbox. The one module of `events` that uses
`worker`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final, Self

from msgspec.structs import replace
from pydantic import TypeAdapter

from events.inbound import Inbound
from events.instants import format_instant
from events.outbound import Outbound, OutboundEvent
from events.parse import Rejection, parse
from worker.custody.attention import is_due
from worker.custody.commit_time import COMMIT_MARK, marked
from worker.custody.decide import Fact, Received, Tick, decide
from worker.custody.invariants import check_commit
from worker.custody.journal import Entry, Link, complete, read_entry
from worker.custody.record import Record
from worker.custody.record_document import read_record, write_record
from worker.custody.rules import Rules
from worker.custody.transition import RejectedEvent, Transition
from worker.law.profiles import load_profile

_OUTBOUND: Final[TypeAdapter[Outbound]] = TypeAdapter(OutboundEvent)


@cache
def rules_of(profile: str = "lapd-2016-11", *, departures_expected: bool = True) -> Rules:
    """The rules of a site under a shipped profile, or one at a path."""
    return Rules(load_profile(profile), departures_expected)


@dataclass
class Clockwork:
    """Any number of bookings under one profile, and a clock that is moved by hand. Instants are aware.

    Attributes:
        now: the store's time and the worker's. It never goes back.
        outbound: everything sent so far, in order.
        rejected: every event not taken so far, whole, with the contract's reason.
    """

    now: datetime
    rules: Rules = field(default_factory=rules_of)
    bookings: dict[str, "TrackedBooking"] = field(default_factory=dict)
    outbound: list[Outbound] = field(default_factory=list)
    rejected: list[RejectedEvent] = field(default_factory=list)

    def put(self, *events: Inbound | bytes) -> list[Outbound]:
        """One batch arrives in the inbox, now; return what is sent because of it."""
        batch: dict[str, list[Fact]] = {}
        for event in events:
            parsed = parse(raw := event if isinstance(event, bytes) else event.to_wire())
            if isinstance(parsed, Rejection):
                self.rejected.append(RejectedEvent(raw, parsed.reason, parsed.detail))
            else:
                fact = Received(parsed.event, parsed.raw.decode(), self.now, doubts=parsed.doubts)
                batch.setdefault(parsed.event.subject, []).append(fact)
        return self._each(list(batch), lambda booking: booking.receive(*batch[booking.number]))

    def move_to(self, instant: datetime) -> list[Outbound]:
        """Time passes; every timer fires at its own instant. Return what is sent meanwhile.

        Raises:
            ValueError: the clock shows a later instant already.
        """
        if instant < self.now:
            raise ValueError(f"the clock shows {self.now} already: it never goes back")
        sent: list[Outbound] = []
        while (due := self._next_timer()) is not None and due[0] <= instant:
            self.now = max(self.now, due[0])
            sent += self._each([due[1]], TrackedBooking.tick)
        self.now = max(self.now, instant)
        return sent

    def state(self, booking: str) -> str | None:
        """The state of a booking; None if the clock has never heard of it."""
        tracked = self.bookings.get(booking)
        return tracked.record.state if tracked and tracked.record else None

    def deadline(self, booking: str) -> datetime:
        """The deadline of a booking.

        Raises:
            LookupError: it has none.
        """
        tracked = self.bookings.get(booking)
        if tracked is None or tracked.record is None or tracked.record.deadline is None:
            raise LookupError(f"booking {booking} has no deadline: was its booking event taken?")
        return tracked.record.deadline

    def _each(self, numbers: list[str], act: Callable[["TrackedBooking"], list[Outbound]]) -> list[Outbound]:
        sent: list[Outbound] = []
        forwards: list[bytes] = []
        for number in numbers:
            booking = self.bookings.setdefault(number, TrackedBooking(self.rules, self.now, number=number))
            rejected, forwarded = len(booking.rejected), len(booking.forwards)
            sent += act(booking.at(self.now))
            self.rejected += booking.rejected[rejected:]
            forwards += booking.forwards[forwarded:]
        self.outbound += sent
        return sent + (self.put(*forwards) if forwards else [])

    def _next_timer(self) -> tuple[datetime, str] | None:
        timers = [(known.attention, number) for number, known in self.bookings.items() if known.attention]
        return min(timers, default=None)


@dataclass
class TrackedBooking:
    """One booking driven through the core as the service would, with every commit checked.

    `now` is the worker's clock and the store's, and never goes back.
    """

    rules: Rules
    now: datetime
    record: Record | None = None
    attention: datetime | None = None
    entries: list[Link] = field(default_factory=list)
    outbound: list[Outbound] = field(default_factory=list)
    rejected: list[RejectedEvent] = field(default_factory=list)
    forwards: list[bytes] = field(default_factory=list)
    """Events for other numbers, as they come into the inbox."""
    number: str = ""

    @property
    def known(self) -> Record:
        """The record, once there is one."""
        assert self.record is not None
        return self.record

    @property
    def state(self) -> str:
        """The record's state."""
        return self.known.state

    @property
    def outcomes(self) -> list[str]:
        """What has happened so far, in the journal's words."""
        return [link.content["outcome"] for link in self.entries]

    def at(self, now: datetime) -> Self:
        """Let the clock show this instant."""
        assert now >= self.now
        self.now = now
        return self

    def receive(self, *facts: Fact) -> list[Outbound]:
        """These facts arrive now: commit them together, then what is due; return what is sent."""
        now = self.now
        arrived = [replace(fact, arrived_at=now) if isinstance(fact, Received) else fact for fact in facts]
        sent = self.commit(decide(self.record, arrived, self.rules, now))
        return sent + (self.tick() if is_due(self.known, self.now) else [])

    def tick(self) -> list[Outbound]:
        """Commit what time alone makes due now; return what is sent."""
        return self.commit(decide(self.record, [Tick()], self.rules, self.now))

    def commit(self, transition: Transition) -> list[Outbound]:
        """What the store does with a transition, after the checks that it makes too; return what is sent."""
        check_commit(self.record, transition, self.rules, self.now)
        if transition.entries:
            self.record = settled_record(transition.record, self.now)
        self.attention = transition.attention
        sent = [settled_outbound(notice, self.now) for notice in transition.outbound]
        self.entries += [read_entry(committed_text(entry, self.now)) for entry in transition.entries]
        self.outbound += sent
        self.rejected += transition.rejected
        self.forwards += transition.forwards
        return sent


def committed_text(entry: Entry, now: datetime, record: str | None = None) -> bytes:
    """A journal entry as the store writes it at this instant; the last of a commit with a record's digest."""
    return complete(entry.body, entry.hash, _as_the_store_writes(now), record)


def settled_record(record: Record, now: datetime) -> Record:
    """The record as it is read back from a store that committed it at this instant."""
    document = write_record(record)
    return read_record(document.replace(COMMIT_MARK.encode(), _as_the_store_writes(now).encode()))


def settled_outbound(notice: Outbound, now: datetime) -> Outbound:
    """An outbound event as others read it, checked against the contract."""
    text = marked(notice.to_wire())
    return _OUTBOUND.validate_json(text.replace(COMMIT_MARK.encode(), _as_the_store_writes(now).encode()))


def _as_the_store_writes(instant: datetime) -> str:
    return format_instant(instant.replace(microsecond=instant.microsecond // 1000 * 1000))
