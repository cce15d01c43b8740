"""Plays a script twice in parallel, with ICE's events and without, and checks both after every commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from events.outbound import RecordReleased
from events.parse import Rejection, parse
from events.testing import TrackedBooking
from tests.support.arrivals import written
from tests.support.event_scripts import BOOKINGS, Batch, Repeat, Report, Script, Step, TimePasses
from tests.support.tracked import tracked
from worker.custody.decide import Received, Tick, decide
from worker.custody.record import Record, event_key
from worker.custody.rules import Rules
from worker.custody.transition import Transition

ENDED = frozenset({"released", "closed"})
NOTIFIED_BECAUSE_OF_ICE = frozenset({"ice", "subject", "counsel"})
ENDS_CUSTODY = ("bail.posted", "release.ordered", "probable_cause.determined")


@dataclass
class Twins:
    """One booking as it goes with ICE's events, and as it would have gone without them."""

    with_ice: TrackedBooking
    without_ice: TrackedBooking
    arrived: list[Received] = field(default_factory=list)
    rejected: set[bytes] = field(default_factory=set)

    def receive(self, facts: Sequence[Received], now: datetime) -> None:
        """One batch arrives; the booking without ICE gets only the events that are not of ICE."""
        self.arrived += facts
        with_ice = self.with_ice.at(now)
        transition = decide(with_ice.record, facts, with_ice.rules, now)
        check_commit(with_ice, facts, transition)
        self.rejected |= rejected_keys(transition)
        with_ice.commit(transition)
        others = [fact for fact in facts if not fact.event.id.startswith("ice-")]
        self.without_ice.at(now)
        if others:
            self.without_ice.receive(*others)
        elif self.without_ice.record is not None:
            self.without_ice.tick()
        self.check()

    def tick(self, now: datetime) -> None:
        """A tick for both."""
        for booking in (self.with_ice, self.without_ice):
            booking.at(now)
            if booking.record is not None:
                transition = decide(booking.record, [Tick()], booking.rules, now)
                check_commit(booking, [], transition)
                booking.commit(transition)
        self.check()

    def check(self) -> None:
        """What must hold after every commit."""
        check_audiences(self.with_ice)
        assert not {notice.audience for notice in self.without_ice.outbound} & NOTIFIED_BECAUSE_OF_ICE
        check_releases(self.with_ice)
        check_releases(self.without_ice)
        check_repeats(self)
        if self.with_ice.record is not None and self.without_ice.record is not None:
            check_that_ice_holds_nobody(self.with_ice, self.without_ice)


def check_audiences(booking: TrackedBooking) -> None:
    """Neither ICE, nor anybody because of ICE, is notified unless ICE asked about this booking."""
    sent = {notice.audience for notice in booking.outbound} & NOTIFIED_BECAUSE_OF_ICE
    assert not sent or (booking.record is not None and booking.record.contacts)


def check_releases(booking: TrackedBooking) -> None:
    """There is one release order for a released record, and none for any other."""
    orders = [notice for notice in booking.outbound if isinstance(notice, RecordReleased)]
    state = booking.record.state if booking.record else None
    assert len(orders) == (state == "released")


def check_commit(booking: TrackedBooking, facts: Sequence[Received], transition: Transition) -> None:
    """Check one commit, and that the same facts always give the same one, together or one at a time."""
    check_why_released(booking, facts, transition)
    check_seen_keys(booking.record, transition)
    check_answers(booking.record, transition)
    if facts:
        assert decide(booking.record, facts, booking.rules, booking.now) == transition
        assert one_at_a_time(booking, facts, transition.before) == transition


def check_why_released(booking: TrackedBooking, facts: Sequence[Received], transition: Transition) -> None:
    """A release is never before the deadline, unless an event ended custody."""
    before, after = booking.record, transition.record
    if after.state != "released" or (before is not None and before.state == "released"):
        return
    assert after.deadline is not None and after.entitled_at is not None
    assert after.entitled_at <= after.deadline
    if after.basis == "deadline":
        assert transition.not_before is not None
        assert booking.now >= transition.not_before
    else:
        waiting = before.awaiting if before else ()
        known = [fact.raw for fact in facts] + list(waiting)
        assert any(f"custody.{kind}.v1" in raw for raw in known for kind in ENDS_CUSTODY)


def check_seen_keys(before: Record | None, transition: Transition) -> None:
    """An event that has been seen stays seen, unless it waited for its booking and was then rejected."""
    if before is None:
        return
    assert set(before.seen) - set(transition.record.seen) <= rejected_keys(transition)


def check_answers(before: Record | None, transition: Transition) -> None:
    """Every new contact is answered on its own route in the same commit, even if nothing is disclosed."""
    known = len(before.contacts) if before else 0
    routes = {notice.route for notice in transition.outbound if notice.audience == "ice"}
    assert {contact.reply_to for contact in transition.record.contacts[known:]} <= routes


def rejected_keys(transition: Transition) -> set[bytes]:
    """The keys of the events that a transition rejects."""
    events = [parse(rejected.event) for rejected in transition.rejected]
    return {event_key(event) for event in events if not isinstance(event, Rejection)}


def one_at_a_time(booking: TrackedBooking, facts: Sequence[Received], version: int) -> Transition:
    """What the facts of a batch do if each is decided separately."""
    whole: Transition | None = None
    record = booking.record
    for fact in facts:
        single = decide(record, [fact], booking.rules, booking.now)
        record = single.record if single.entries else record
        whole = single if whole is None else _joined(whole, single)
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
    """An event that arrives again changes nothing, unless it was rejected."""
    booking = twins.with_ice
    for fact in twins.arrived:
        if event_key(fact.event) not in twins.rejected:
            assert decide(booking.record, [fact], booking.rules, booking.now).changes_nothing, fact.raw


def check_that_ice_holds_nobody(with_ice: TrackedBooking, without_ice: TrackedBooking) -> None:
    """With ICE nobody is held a moment longer, and nobody is released early merely because ICE called."""
    contacted, uncontacted = with_ice.known, without_ice.known
    assert contacted.facts == uncontacted.facts
    amended_past_ceiling = "later_deadline_refused" in with_ice.outcomes
    if uncontacted.state in ENDED:
        assert contacted.state in ENDED
    if uncontacted.state == "held":
        assert uncontacted.deadline is not None and contacted.deadline is not None
        if contacted.state == "held":
            assert contacted.deadline <= uncontacted.deadline
        if contacted.state == "released":
            assert amended_past_ceiling
        if contacted.state != "closed" and not amended_past_ceiling:
            assert contacted.deadline == uncontacted.deadline


@dataclass
class ScriptPlayer:
    """The bookings of a script, the clock that they share, and all that has arrived so far."""

    rules: Rules
    now: datetime
    bookings: dict[str, Twins]
    history: list[Received] = field(default_factory=list)

    @classmethod
    def play(cls, script: Script, rules: Rules) -> "ScriptPlayer":
        """Play the whole script; every commit is checked."""
        now = script.starts_at
        twins = {name: Twins(tracked(rules, now), tracked(rules, now)) for name in BOOKINGS}
        player = cls(rules, now, twins)
        for step in script.steps:
            player.make(step)
        return player

    def make(self, step: Step) -> None:
        """Make one step of the script."""
        match step:
            case TimePasses():
                self._pass(step)
            case Batch(reports):
                facts = [fact for report in reports if (fact := self._arrival(report)) is not None]
                for booking, twins in self.bookings.items():
                    about = [fact for fact in facts if fact.event.subject == booking]
                    if about:
                        twins.receive(about, self.now)

    def _pass(self, passing: TimePasses) -> None:
        self.now = max(self.now, min(self._moments(passing.after), default=self.now)) + passing.by
        for twins in self.bookings.values():
            twins.tick(self.now)

    def _moments(self, after: str) -> list[datetime]:
        """The due timers, or the deadlines of the held bookings."""
        bookings = [twins.with_ice for twins in self.bookings.values() if twins.with_ice.record is not None]
        if after == "due":
            return [booking.attention for booking in bookings if booking.attention is not None]
        held = [booking.known for booking in bookings if after == "deadline" and booking.state == "held"]
        return [record.deadline for record in held if record.deadline is not None]

    def _arrival(self, report: Report | Repeat) -> Received | None:
        """The event as the inbox hands it on; one that intake would reject never reaches the core."""
        if isinstance(report, Repeat):
            return self.history[-report.back] if report.back <= len(self.history) else None
        # An id shared by an event of ICE and another would make the other a duplicate in one twin only.
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
