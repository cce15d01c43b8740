"""What the core has decided to send and to record, in the terms in which it is compared with what must be."""

from collections import Counter
from datetime import datetime

from events.outbound import (
    IceReleaseDateGiven,
    IceRequestDeclined,
    Outbound,
    RecordClosed,
    RecordReleased,
    ReleaseDate,
)
from tests.simulation.person import Effect, Person, Sent
from worker.custody.commit_time import settled
from worker.custody.transition import Transition

_DATES = frozenset({"scheduled", "approaching", "released", "withdrawn"})


class BrokenPromiseError(AssertionError):
    """The core has decided something that it must not; the message says which promise is broken."""


def require(holds: bool, promise: str, *found: object) -> None:
    """Raise, with the promise in words, if it does not hold."""
    if not holds:
        raise BrokenPromiseError(": ".join([promise, *map(str, found)]))


class Decided:
    """What transitions of one step have sent and recorded, each committed at the instant given with it."""

    def __init__(self) -> None:
        self.to_ice: list[Sent] = []
        self.orders: list[str] = []
        self.released: list[RecordReleased] = []
        self.copies: Counter[str] = Counter()
        self.refusals = 0

    def add(self, transition: Transition, now: datetime) -> None:
        """Read one transition."""
        for notice in transition.outbound:
            self._add_notice(notice, now)
        self.refusals += sum(b"declined_detention_hours" in entry.body for entry in transition.entries)

    def _add_notice(self, notice: Outbound, now: datetime) -> None:
        match notice:
            case IceReleaseDateGiven(data=ReleaseDate() as date):
                at = date.release_at or date.released_at or date.closed_at
                declined = date.hold_request == "declined"
                self.to_ice.append(Sent(notice.route or "", date.status, at and settled(at, now), declined))
            case IceRequestDeclined():
                self.to_ice.append(Sent(notice.route or "", notice.data.reason))
            case RecordReleased():
                self.orders.append(notice.data.basis)
                self.released.append(notice)
            case RecordClosed():
                self.orders.append(notice.data.basis)
            case _ if notice.audience in {"subject", "counsel"}:
                self.copies[notice.audience] += 1

    def compare(self, before: Person, effect: Effect) -> None:
        """Whether exactly that was sent and recorded which must be.

        Raises:
            BrokenPromiseError: it was not.
        """
        after = effect.person
        if not after.asked:
            require(not self.to_ice and not self.copies, "nothing to ICE unless it asked", self.to_ice)
        require(tuple(self.orders) == effect.orders, "one order for each end", self.orders, effect.orders)
        require(tuple(self.to_ice) == effect.to_ice, "notices to ICE", self.to_ice, effect.to_ice)
        require(self.refusals == effect.refusals, "a refused hold is on record", self.refusals)
        for order in self.released:
            named = tuple(hold.hold_id for hold in order.data.remaining_authority)
            require(order.data.entitled_at <= after.deadline, "entitled no later than the deadline")
            require(bool(before.waiting) or named == before.holds, "an order names the holds", named)
        self._compare_copies(before, effect)

    def _compare_copies(self, before: Person, effect: Effect) -> None:
        """From 2017 on the person, and counsel once named, has a copy of each date and each request."""
        has_copies = effect.person.profile != "lapd-2016-11"
        copies = effect.served + sum(one.status in _DATES for one in effect.to_ice) if has_copies else 0
        require(self.copies["subject"] == copies, "the person is sent the same", self.copies, copies)
        of_counsel = copies if effect.person.counsel else 0
        exact = before.counsel == effect.person.counsel
        found = self.copies["counsel"]
        require(found == of_counsel if exact else found <= of_counsel, "counsel is sent the same", found)
