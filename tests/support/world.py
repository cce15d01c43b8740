"""Plays a script twice at once, with what ICE did and without it, and checks the two after every commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from events.outbound import RecordReleased
from events.parse import Rejection, parse
from events.testing import TrackedBooking
from tests.support.arrivals import written
from tests.support.event_scripts import BOOKINGS, Again, Move, Passing, Report, Script, Together
from tests.support.tracked import tracked
from worker.custody.decide import Received, Tick, decide
from worker.custody.record import Record, event_key
from worker.custody.rules import Rules
from worker.custody.transition import Transition

ENDED = frozenset({"released", "closed"})
TOLD_BECAUSE_OF_ICE = frozenset({"ice", "subject", "counsel"})
ENDS_CUSTODY = ("bail.posted", "release.ordered", "probable_cause.determined")


@dataclass
class Twins:
    """One booking's case as it goes with ICE, and as it would have gone without."""

    asked: TrackedBooking
    unasked: TrackedBooking
    arrived: list[Received] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def receive(self, facts: Sequence[Received], now: datetime) -> None:
        """One batch arrives. The case without ICE hears only the rest of it."""
        self.arrived += facts
        asked = self.asked.at(now)
        transition = decide(asked.record, facts, asked.rules, now)
        check_commit(asked, facts, transition)
        self.refused |= refused_keys(transition)
        asked.commit(transition)
        others = [fact for fact in facts if not fact.event.id.startswith("ice-")]
        self.unasked.at(now)
        if others:
            self.unasked.receive(*others)
        elif self.unasked.record is not None:
            self.unasked.tick()
        self.check()

    def tick(self, now: datetime) -> None:
        """The clock looks at both."""
        for case in (self.asked, self.unasked):
            case.at(now)
            if case.record is not None:
                transition = decide(case.record, [Tick()], case.rules, now)
                check_commit(case, [], transition)
                case.commit(transition)
        self.check()

    def check(self) -> None:
        """What must hold after every commit."""
        check_telling(self.asked)
        assert not {notice.audience for notice in self.unasked.outbound} & TOLD_BECAUSE_OF_ICE
        check_releases(self.asked)
        check_releases(self.unasked)
        check_repeats(self)
        if self.asked.record is not None and self.unasked.record is not None:
            check_that_ice_holds_nobody(self.asked, self.unasked)


def check_telling(case: TrackedBooking) -> None:
    """ICE is told nothing, and nobody because of ICE, unless it asked about this booking."""
    sent = {notice.audience for notice in case.outbound} & TOLD_BECAUSE_OF_ICE
    assert not sent or (case.record is not None and case.record.contacts)


def check_releases(case: TrackedBooking) -> None:
    """There is one release order for a released record, and none for any other."""
    orders = [notice for notice in case.outbound if isinstance(notice, RecordReleased)]
    state = case.record.state if case.record else None
    assert len(orders) == (state == "released")


def check_commit(case: TrackedBooking, facts: Sequence[Received], transition: Transition) -> None:
    """One commit: what it says of time, of what it has seen, and that it always comes out the same."""
    check_why_released(case, facts, transition)
    check_seen(case.record, transition)
    check_answers(case.record, transition)
    if facts:
        assert decide(case.record, facts, case.rules, case.now) == transition
        assert one_at_a_time(case, facts, transition.before) == transition


def check_why_released(case: TrackedBooking, facts: Sequence[Received], transition: Transition) -> None:
    """A release is never before the deadline, unless an event ended custody."""
    before, after = case.record, transition.record
    if after.state != "released" or (before is not None and before.state == "released"):
        return
    assert after.deadline is not None and after.entitled_at is not None
    assert after.entitled_at <= after.deadline
    if after.basis == "deadline":
        assert transition.not_before is not None
        assert case.now >= transition.not_before
    else:
        waiting = before.awaiting if before else ()
        known = [fact.raw for fact in facts] + list(waiting)
        assert any(f"custody.{kind}.v1" in raw for raw in known for kind in ENDS_CUSTODY)


def check_seen(before: Record | None, transition: Transition) -> None:
    """What has been seen stays seen, unless it was kept for the booking and then refused."""
    if before is None:
        return
    assert set(before.seen) - set(transition.record.seen) <= refused_keys(transition)


def check_answers(before: Record | None, transition: Transition) -> None:
    """Whoever made contact is answered on its own route with the same commit, be it that nothing is told."""
    known = len(before.contacts) if before else 0
    routes = {notice.route for notice in transition.outbound if notice.audience == "ice"}
    assert {contact.reply_to for contact in transition.record.contacts[known:]} <= routes


def refused_keys(transition: Transition) -> set[str]:
    """The keys of the events that a transition refuses."""
    refused = [parse(rejected.event) for rejected in transition.rejected]
    return {event_key(event) for event in refused if not isinstance(event, Rejection)}


def one_at_a_time(case: TrackedBooking, facts: Sequence[Received], version: int) -> Transition:
    """What the facts of a batch do, each in a transition of its own."""
    whole: Transition | None = None
    record = case.record
    for fact in facts:
        step = decide(record, [fact], case.rules, case.now)
        record = step.record if step.entries else record
        whole = step if whole is None else _joined(whole, step)
    assert whole is not None
    return whole


def _joined(first: Transition, then: Transition) -> Transition:
    return Transition(
        before=first.before,
        record=then.record,
        entries=first.entries + then.entries,
        outbound=first.outbound + then.outbound,
        rejected=first.rejected + then.rejected,
        not_before=then.not_before or first.not_before,
        not_after=then.not_after or first.not_after,
        attention=then.attention,
    )


def check_repeats(twins: Twins) -> None:
    """Any event that arrives once more changes nothing, unless it was refused."""
    case = twins.asked
    for fact in twins.arrived:
        if event_key(fact.event) not in twins.refused:
            assert decide(case.record, [fact], case.rules, case.now).changes_nothing, fact.raw


def check_that_ice_holds_nobody(asked: TrackedBooking, unasked: TrackedBooking) -> None:
    """With ICE nobody is held a moment longer, and nobody is let go early merely because ICE called."""
    with_ice, without = asked.known, unasked.known
    assert with_ice.facts == without.facts
    amended_past_ceiling = "later_deadline_refused" in asked.outcomes
    if without.state in ENDED:
        assert with_ice.state in ENDED
    if without.state == "held":
        assert without.deadline is not None and with_ice.deadline is not None
        if with_ice.state == "held":
            assert with_ice.deadline <= without.deadline
        if with_ice.state == "released":
            assert amended_past_ceiling
        if with_ice.state != "closed" and not amended_past_ceiling:
            assert with_ice.deadline == without.deadline


@dataclass
class World:
    """The bookings of a script, the clock that they share, and all that has arrived so far."""

    rules: Rules
    now: datetime
    bookings: dict[str, Twins]
    history: list[Received] = field(default_factory=list)

    @classmethod
    def play(cls, script: Script, rules: Rules) -> "World":
        """Play the whole script; every commit is checked."""
        now = script.starts_at
        twins = {name: Twins(tracked(rules, now), tracked(rules, now)) for name in BOOKINGS}
        world = cls(rules, now, twins)
        for move in script.moves:
            world.make(move)
        return world

    def make(self, move: Move) -> None:
        """Make one move."""
        match move:
            case Passing():
                self._pass(move)
            case Together(reports):
                facts = [fact for report in reports if (fact := self._arrival(report)) is not None]
                for booking, twins in self.bookings.items():
                    about = [fact for fact in facts if fact.event.subject == booking]
                    if about:
                        twins.receive(about, self.now)

    def _pass(self, passing: Passing) -> None:
        self.now = max(self.now, min(self._moments(passing.after), default=self.now)) + passing.by
        for twins in self.bookings.values():
            twins.tick(self.now)

    def _moments(self, after: str) -> list[datetime]:
        """When something is due, or the deadlines of those who are held."""
        cases = [twins.asked for twins in self.bookings.values() if twins.asked.record is not None]
        if after == "due":
            return [case.attention for case in cases if case.attention is not None]
        held = [case.known for case in cases if after == "deadline" and case.state == "held"]
        return [record.deadline for record in held if record.deadline is not None]

    def _arrival(self, report: Report | Again) -> Received | None:
        """What the inbox hands on: an event that intake would refuse never gets to the core."""
        if isinstance(report, Again):
            return self.history[-report.back] if report.back <= len(self.history) else None
        # An id that ICE's events share with others would make one of them a duplicate in one case only.
        raw = written(
            report.kind,
            report.data_at(self.now),
            booking=report.booking,
            id=f"ice-{report.id}" if report.is_of_ice else report.id,
            source=report.source,
            time=self.now,
        )
        parsed = parse(raw, self.now)
        if isinstance(parsed, Rejection):
            return None
        fact = Received(parsed, raw.decode(), f"{len(self.history) + 1}-0")
        self.history.append(fact)
        return fact
