"""Plays a script twice in parallel, with ICE's events and without, and checks both after every commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from events.outbound import Outbound, RecordReleased
from events.parse import Rejection, parse
from events.testing import TrackedBooking
from tests.support.arrivals import received, written
from tests.support.event_scripts import NUMBERS, Batch, Repeat, Report, Script, Step, TimePasses
from tests.support.outbound import alarm_codes
from tests.support.tracked import tracked
from worker.custody.attention import is_due
from worker.custody.decide import Received, Tick, decide
from worker.custody.record import Record
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

    def receive(self, facts: Sequence[Received], now: datetime) -> None:
        """One batch arrives; the booking without ICE gets only the events that are not of ICE."""
        arrived = [replace(fact, arrived_at=now) for fact in facts]
        self.arrived += arrived
        receive(self.with_ice.at(now), arrived)
        self.receive_without_ice([fact for fact in arrived if not fact.event.id.startswith("ice-")], now)

    def receive_without_ice(self, facts: Sequence[Received], now: datetime) -> None:
        """What arrives for the booking without ICE alone: its own custody under another number."""
        self.without_ice.at(now)
        if facts:
            receive(self.without_ice, [replace(fact, arrived_at=now) for fact in facts])
        elif self.without_ice.record is not None:
            tick_if_due(self.without_ice)

    def tick(self, now: datetime) -> None:
        """A tick for both."""
        for booking in (self.with_ice, self.without_ice):
            booking.at(now)
            if booking.record is not None:
                tick(booking)

    def check(self) -> None:
        """What must hold after every commit."""
        check_audiences(self.with_ice)
        assert not {notice.audience for notice in self.without_ice.outbound} & NOTIFIED_BECAUSE_OF_ICE
        check_releases(self.with_ice)
        check_releases(self.without_ice)
        check_repeats(self)

    @property
    def have_parted(self) -> bool:
        """Whether ICE has changed more than what is sent: the one has ended and the other has not."""
        with_ice, without_ice = self.with_ice.record, self.without_ice.record
        return with_ice is not None and without_ice is not None and with_ice.state != without_ice.state


def receive(booking: TrackedBooking, facts: Sequence[Received]) -> None:
    """Commit these events together, with every check, and then a release that they made due."""
    transition = decide(booking.record, facts, booking.rules, booking.now)
    check_commit(booking, facts, transition)
    booking.commit(transition)
    tick_if_due(booking)


def tick_if_due(booking: TrackedBooking) -> None:
    """Release if the deadline has come."""
    if is_due(booking.known, booking.now):
        tick(booking)


def tick(booking: TrackedBooking) -> None:
    """Commit what time alone makes due, with every check."""
    transition = decide(booking.record, [Tick()], booking.rules, booking.now)
    check_commit(booking, [], transition)
    booking.commit(transition)


def check_audiences(booking: TrackedBooking) -> None:
    """Neither ICE, nor anybody because of ICE, is notified unless ICE asked about this booking."""
    sent = {notice.audience for notice in booking.outbound} & NOTIFIED_BECAUSE_OF_ICE
    assert not sent or (booking.record is not None and booking.record.contacts)


def check_releases(booking: TrackedBooking) -> None:
    """There is one release order for a record that was released here, and none for any other."""
    orders = [notice for notice in booking.outbound if isinstance(notice, RecordReleased)]
    record = booking.record
    if record is not None and record.state == "released" and not record.former_numbers:
        assert len(orders) == 1
    assert len(orders) <= 1
    assert not orders or (record is not None and record.state == "released")


def check_commit(booking: TrackedBooking, facts: Sequence[Received], transition: Transition) -> None:
    """Check one commit, and that the same facts always give the same one, together or one at a time."""
    check_why_released(booking, facts, transition)
    check_answers(booking.record, transition)
    check_withdrawn_routes(booking.record, transition)
    assert not transition.rejected, "what can be understood takes effect"
    assert booking.record is None or set(booking.record.seen) <= set(transition.record.seen)
    if facts:
        assert decide(booking.record, facts, booking.rules, booking.now) == transition
        assert one_at_a_time(booking, facts, transition.before) == transition


def is_carried_here(transition: Transition) -> bool:
    """Whether the custody came from another number with this commit."""
    return any(entry.outcome == "custody_carried" for entry in transition.entries)


def check_why_released(booking: TrackedBooking, facts: Sequence[Received], transition: Transition) -> None:
    """A release is never before the deadline, unless an event ended custody."""
    before, after = booking.record, transition.record
    if after.state != "released" or (before is not None and before.state == "released"):
        return
    assert after.deadline is not None and after.entitled_at is not None
    assert after.entitled_at <= after.deadline
    if is_carried_here(transition):
        return
    if after.basis == "deadline":
        assert transition.not_before is not None
        assert booking.now >= transition.not_before >= after.deadline
    else:
        waiting = before.awaiting if before else ()
        known = [fact.raw for fact in facts] + list(waiting)
        assert any(f"custody.{kind}.v1" in raw for raw in known for kind in ENDS_CUSTODY)


def check_answers(before: Record | None, transition: Transition) -> None:
    """Every new contact is answered on its own route in the same commit, even if nothing is disclosed."""
    if is_carried_here(transition):
        return
    known = len(before.contacts) if before else 0
    routes = {notice.route for notice in transition.outbound if notice.audience == "ice"}
    assert {contact.reply_to for contact in transition.record.contacts[known:]} <= routes


def check_withdrawn_routes(before: Record | None, transition: Transition) -> None:
    """A route on which ICE has lifted every request is sent nothing, until it makes contact again."""
    if before is None or is_carried_here(transition):
        return
    open_routes = {contact.reply_to for contact in transition.record.contacts if not contact.is_withdrawn}
    withdrawn = {contact.reply_to for contact in before.contacts if contact.is_withdrawn} - {
        contact.reply_to for contact in before.contacts if not contact.is_withdrawn
    }
    sent = {notice.route for notice in transition.outbound if notice.audience == "ice"}
    new = {contact.reply_to for contact in transition.record.contacts[len(before.contacts) :]}
    assert not sent & withdrawn - open_routes - new


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
        forwards=first.forwards + then.forwards,
        not_before=then.not_before or first.not_before,
        not_after=then.not_after or first.not_after,
        inbox_before=then.inbox_before or first.inbox_before,
        attention=then.attention,
    )


def check_repeats(twins: Twins) -> None:
    """An event that arrives again changes nothing."""
    booking = twins.with_ice
    for fact in twins.arrived:
        assert decide(booking.record, [fact], booking.rules, booking.now).changes_nothing, fact.raw


def check_that_ice_holds_nobody(twins: Twins, amended_past_ceiling: bool) -> None:
    """With ICE nobody is held a moment longer, and nobody is released early merely because ICE called."""
    contacted, uncontacted = twins.with_ice.known, twins.without_ice.known
    assert contacted.facts == uncontacted.facts
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
    have_parted: bool = False
    """ICE has ended the custody under a number and bookings are renumbered: the twins cannot be compared."""

    @classmethod
    def play(cls, script: Script, rules: Rules) -> "ScriptPlayer":
        """Play the whole script; every commit is checked."""
        now = script.starts_at
        twins = {name: Twins(tracked(rules, now), tracked(rules, now)) for name in NUMBERS}
        player = cls(rules, now, twins)
        for step in script.steps:
            player.make(step)
            player.check()
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
                self._deliver_forwards()

    def check(self) -> None:
        """What must hold after every step."""
        sent: list[Outbound] = []
        for twins in self.bookings.values():
            twins.check()
            sent += twins.with_ice.outbound
        self._check_that_no_custody_is_lost()
        is_renumbered = any(fact.event.type == "custody.booking.renumbered.v1" for fact in self.history)
        self.have_parted |= is_renumbered and any(twins.have_parted for twins in self.bookings.values())
        if self.have_parted:
            return
        amended_past_ceiling = "later_deadline_refused" in alarm_codes(sent)
        for twins in self.bookings.values():
            if twins.with_ice.record is not None and twins.without_ice.record is not None:
                check_that_ice_holds_nobody(twins, amended_past_ceiling)

    def _deliver_forwards(self) -> None:
        """What one number sends on to another arrives in the inbox; each twin sends to its own."""
        while any(twins.with_ice.forwards or twins.without_ice.forwards for twins in self.bookings.values()):
            for twins in self.bookings.values():
                for raw in _taken_from(twins.with_ice.forwards):
                    fact = replace(received(raw), arrived_at=self.now)
                    target = self.bookings[fact.event.subject]
                    target.arrived.append(fact)
                    receive(target.with_ice.at(self.now), [fact])
                for raw in _taken_from(twins.without_ice.forwards):
                    fact = received(raw)
                    self.bookings[fact.event.subject].receive_without_ice([fact], self.now)

    def _check_that_no_custody_is_lost(self) -> None:
        """Whoever was held when the number was given up is under another number, or was before this one."""
        for side in ("with_ice", "without_ice"):
            records: dict[str, Record | None] = {
                number: getattr(twins, side).record for number, twins in self.bookings.items()
            }
            for number, record in records.items():
                if record is None or record.basis != "renumbered":
                    continue
                heirs = [other for other in records.values() if other and number in other.former_numbers]
                assert heirs, number

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
        parsed = parse(raw)
        assert not isinstance(parsed, Rejection), parsed
        fact = Received(
            parsed.event, parsed.raw.decode(), self.now, f"{len(self.history) + 1}-0", parsed.doubts
        )
        self.history.append(fact)
        return fact


def _taken_from(forwards: list[bytes]) -> list[bytes]:
    taken, forwards[:] = list(forwards), []
    return taken
