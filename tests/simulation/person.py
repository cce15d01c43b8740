"""What must be true of a person: the promises written a second time, without the core's code.

Deadlines are literal: this arrest and those a day before and after it fall in one week without a holiday.
"""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tests.simulation.alphabet import ARRESTED, NEVER
from tests.support.arrivals import HOUR, LOS_ANGELES


class Sent(Struct, frozen=True):
    """One notice to ICE: on which route, what, which instant with it, and was a hold asked for there."""

    route: str
    status: str
    instant: datetime | None = None
    declines_hold: bool = False


class Asked(Struct, frozen=True):
    """One contact by ICE, as far as it matters later."""

    route: str
    may_know: bool
    for_hold: bool
    is_open: bool = True


class Waiting(Struct, frozen=True):
    """An event that came before the booking."""

    kind: str
    data: dict[str, Any]


class Person(Struct, frozen=True):
    """What must be true of one person in one booking, be its number changed or not."""

    profile: str
    state: str = "awaiting_booking"
    basis: str | None = None
    arrested_at: datetime = ARRESTED
    on_warrant: bool = False
    found_at: datetime | None = None
    is_violent: bool = False
    heard_at: datetime = NEVER
    grace_until: datetime | None = None
    deadline: datetime = NEVER
    ceiling: datetime | None = None
    entitled_at: datetime | None = None
    released_at: datetime | None = None
    holds: tuple[str, ...] = ()
    counsel: bool = False
    asked: tuple[Asked, ...] = ()
    renumbered: bool = False
    waiting: tuple[Waiting, ...] = ()

    @property
    def due_at(self) -> datetime:
        """When a held person must be released."""
        if self.grace_until is not None and self.deadline <= self.heard_at:
            return self.grace_until
        return self.deadline

    @property
    def is_2018(self) -> bool:
        """Whether the rules are those of the Values Act."""
        return self.profile == "ca-values-2018"

    def lawful(self, *, found: bool) -> datetime:
        """The deadline of the arrest by law alone."""
        without_finding = self.arrested_at + 48 * HOUR
        if not self.is_2018 or not (found or self.on_warrant):
            return without_finding
        second_day = self.arrested_at.astimezone(LOS_ANGELES) + timedelta(days=2)
        return second_day.replace(hour=16, minute=30).astimezone(self.arrested_at.tzinfo)

    @property
    def computed(self) -> datetime:
        """The deadline by all facts, ICE apart. A finding counts if it was made before the limit ran out."""
        in_time = self.found_at is not None and self.found_at <= self.lawful(found=False)
        return self.lawful(found=in_time)

    @property
    def allowed(self) -> datetime:
        """The same, and never past the ceiling."""
        return min(self.computed, self.ceiling or self.computed)

    def to_routes(self, status: str, instant: datetime | None) -> list[Sent]:
        """The notice for each route in force, once."""
        routes = dict.fromkeys(one.route for one in self.asked if one.is_open and one.may_know)
        return [self.sent(route, status, instant) for route in routes]

    def sent(self, route: str, status: str, instant: datetime | None) -> Sent:
        """One notice of a date."""
        return Sent(route, status, instant, any(one.for_hold for one in self.asked if one.route == route))


class Effect(Struct, frozen=True):
    """What a person has come to, and what has been sent on the way."""

    person: Person
    to_ice: tuple[Sent, ...] = ()
    orders: tuple[str, ...] = ()
    """What the jail was sent: the basis of each release or closing."""
    served: int = 0
    """How many requests were served on the person."""
    refusals: int = 0
    """How many requests to hold were refused, on record."""

    def then(self, after: "Effect") -> "Effect":
        """Both, one after the other."""
        return Effect(
            after.person,
            self.to_ice + after.to_ice,
            self.orders + after.orders,
            self.served + after.served,
            self.refusals + after.refusals,
        )


def time_passes(person: Person, start: datetime, end: datetime) -> Effect:
    """The clock is at work until this instant, itself excluded unless it is past."""
    effect = Effect(person)
    if person.state != "held":
        return effect
    for hours in (12, 4, 1):
        at = person.deadline - hours * HOUR
        if person.is_violent and not person.is_2018 and start < at < end:
            effect = effect.then(Effect(person, tuple(person.to_routes("approaching", person.deadline))))
    if person.due_at < end:
        return effect.then(released(person, "deadline", person.deadline, max(start, person.due_at)))
    return effect


def what_is_due(person: Person, now: datetime) -> Effect:
    """A release whose instant has come."""
    if person.state == "held" and person.due_at <= now:
        return released(person, "deadline", person.deadline, now)
    return Effect(person)


def released(person: Person, basis: str, since: datetime, now: datetime) -> Effect:
    """One release order, and one notice for each route in force."""
    entitled_at = min(since, person.deadline)
    after = replace(person, state="released", basis=basis, entitled_at=entitled_at, released_at=now)
    return Effect(after, tuple(person.to_routes("released", now)), (basis,))


def closed(person: Person, basis: str, now: datetime) -> Effect:
    """The end of a record without a release."""
    after = replace(person, state="closed", basis=basis)
    return Effect(after, tuple(person.to_routes("withdrawn", now)), (basis,))


def scheduled(person: Person, now: datetime) -> Effect:
    """The date for every route in force, if it is still to come."""
    to_ice = person.to_routes("scheduled", person.deadline) if person.deadline > now else []
    return Effect(person, tuple(to_ice))
