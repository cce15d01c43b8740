"""Plays one letter on a point, with the clock at work, and checks every promise on the way."""

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from events.testing import rules_of
from tests.simulation.alphabet import BOOKED, FIRST_DEADLINE, HEARD, NEVER, Letter, event_of
from tests.simulation.expected import hear
from tests.simulation.person import Effect, Person, time_passes
from tests.simulation.points import Point
from tests.simulation.sent import Decided, require
from tests.support.arrivals import BOOKING, received
from worker.custody import decide as core
from worker.custody.commit_time import settled
from worker.custody.decide import Fact, Received, Tick
from worker.custody.record import Record

_UNTIL_ALL_IS_OVER: Final = timedelta(days=14)


def start(profile: str) -> Point:
    """Before anything was heard of the person."""
    return Point(Person(profile), (), (), HEARD)


def just_booked(profile: str) -> Point:
    """The booking has arrived, and nothing else."""
    world = World(start(profile))
    world.take(BOOKED, HEARD)
    return world.point


class World:
    """The records of one person under one profile, as the service would keep them."""

    def __init__(self, point: Point) -> None:
        self.rules = rules_of(point.person.profile)
        self.now, self.person = point.now, point.person
        self.records = {record.booking: record for record in point.records}
        self.timers = dict(zip(self.records, point.timers, strict=True))

    @property
    def point(self) -> Point:
        """Where it has come to."""
        return Point(self.person, tuple(self.records.values()), tuple(self.timers.values()), self.now)

    def arrives_at(self, letter: Letter) -> datetime:
        """When a letter arrives: at its instant, or now if that is past."""
        return max(self.now, self.dated(letter))

    def dated(self, letter: Letter) -> datetime:
        """The instant for which the letter reports something."""
        known = self.person.deadline != NEVER
        return letter.dated(self.person.deadline if known else FIRST_DEADLINE)

    def step(self, letter: Letter) -> None:
        """Time passes until the letter arrives, and it takes effect."""
        dated = self.dated(letter)
        self.advance(self.arrives_at(letter))
        self.take(letter, dated)

    def advance(self, instant: datetime) -> None:
        """The worker is at work: each timer before this instant fires at its own."""
        decided, began = Decided(), self.now
        for booking in list(self.records):
            while (at := self.timers[booking]) is not None and at < instant:
                self.now = max(self.now, at)
                self._commit(booking, Tick(), self.now, decided)
        self.now = instant
        self._compare(decided, time_passes(self.person, began, instant))

    def take(self, letter: Letter, dated: datetime) -> None:
        """A letter's event arrives now. What is due by then is fired, and the same again changes nothing."""
        fact = event_of(letter.name, dated)
        decided, before = Decided(), self.person
        self._deliver(BOOKING, fact, decided)
        self._compare(decided, hear(before, letter.kind, letter.says(dated), self.now))
        if letter.kind.startswith("ice.") and before.state == self.person.state == "held":
            require(self.person.deadline == before.deadline, "nothing that ICE says moves a deadline")
        again = core.decide(self.records[BOOKING], [replace(fact, arrived_at=self.now)], self.rules, self.now)
        require(again.changes_nothing, "a repeat changes nothing")

    def forget_events(self) -> None:
        """The same event, sent once more, counts as another one."""
        self.records = {number: replace(record, seen=()) for number, record in self.records.items()}

    def _deliver(self, booking: str, fact: Received, decided: Decided) -> None:
        forwards = self._commit(booking, replace(fact, arrived_at=self.now), self.now, decided)
        while (at := self.timers[booking]) is not None and at <= self.now:
            self._commit(booking, Tick(), self.now, decided)
        for raw in forwards:
            forwarded = received(raw)
            self._deliver(forwarded.event.subject, forwarded, decided)

    def _commit(self, booking: str, fact: Fact, now: datetime, decided: Decided) -> tuple[bytes, ...]:
        before = self.records.get(booking)
        transition = core.decide(before, [fact], self.rules, now)
        decided.add(transition, now)
        require(not transition.rejected, "what can be understood takes effect", transition.rejected)
        require(transition.not_before is None or transition.not_before <= now, "never early")
        if transition.entries:
            self.records[booking] = _settled(transition.record, now)
        timer = transition.attention
        moves = timer is None or timer > now or timer != self.timers.get(booking) or bool(transition.entries)
        require(moves, "a timer does its work once", booking, timer)
        self.timers[booking] = timer
        return transition.forwards

    def _compare(self, decided: Decided, effect: Effect) -> None:
        """The records are as they must be, and what was sent is exactly what must be."""
        person = effect.person
        standing = [one for one in self.records.values() if one.renumbered_to is None]
        require(len(standing) == (1 if self.records else 0), "one clock for one person", len(standing))
        for record in standing:
            _compare_record(record, person)
        decided.compare(self.person, effect)
        self.person = person


def ends_well(point: Point) -> None:
    """If nothing else is ever reported, whoever is held is released at the deadline, and the clock rests."""
    world = World(point)
    world.advance(point.now + _UNTIL_ALL_IS_OVER)
    require(world.person.state != "held", "never late")
    require(all(timer is None for timer in world.timers.values()), "the clock comes to rest")


def _compare_record(record: Record, person: Person) -> None:
    if record.state == "released" and person.state == "held":
        require(False, "never early", record.basis)
    if record.state == "held" and person.state == "released":
        require(False, "never late", person.basis)
    found, wanted = (record.state, record.basis), (person.state, person.basis)
    require(found == wanted, "held, released or closed as the events say", found, wanted)
    if record.deadline is not None:
        require(person.ceiling is None or record.deadline <= person.ceiling, "never past the ceiling")
        require(record.deadline == person.deadline, "the lawful deadline", record.deadline, person.deadline)
    ceiling = record.ceiling.deadline if record.ceiling else None
    require(ceiling == person.ceiling, "the ceiling of the first contact", ceiling, person.ceiling)
    require(record.entitled_at == person.entitled_at, "entitled since", record.entitled_at)
    if record.released_at is not None and person.released_at is not None:
        require(record.released_at >= person.released_at, "never early", record.released_at)
        require(record.released_at <= person.released_at, "never late", record.released_at)


def _settled(record: Record, now: datetime) -> Record:
    """The record as it is read back from the store."""
    released_at, closed_at = record.released_at, record.closed_at
    if released_at is None and closed_at is None:
        return record
    return replace(
        record,
        released_at=released_at and settled(released_at, now),
        closed_at=closed_at and settled(closed_at, now),
    )
