"""What each event does to a record in each state, found by driving one booking through the core."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import orjson

from events.instants import format_instant
from events.parse import Rejection, parse
from events.testing import TrackedBooking, rules_of
from ops.pages.event_examples import ExampleError, inbound_examples
from worker.custody.decide import Received


class Sample(NamedTuple):
    """An event to try.

    Attributes:
        kind: its type, as `bail.posted`.
        which: tells it from other samples of the same cause; empty if there is none.
        changes: what differs in its data from the example of its type.
    """

    kind: str
    which: str = ""
    changes: Mapping[str, Any] = MappingProxyType({})


class Effect(NamedTuple):
    """What one event does.

    Attributes:
        outcome: as the journal names it; empty if nothing happened.
        state: the state after it.
        sent: the types of what is sent, as `record.released`.
    """

    outcome: str
    state: str
    sent: tuple[str, ...] = ()


SAMPLES: Final[Mapping[str, Sample]] = MappingProxyType(
    {
        "booked again, otherwise": Sample(
            "booking.created", "again, with other content", {"facility": "Van Nuys"}
        ),
        "amended": Sample("booking.amended"),
        "voided": Sample("booking.voided"),
        "bail": Sample("bail.posted"),
        "ordered": Sample("release.ordered"),
        "probable cause found": Sample("probable_cause.determined", "found", {"outcome": "found"}),
        "no probable cause": Sample("probable_cause.determined", "not found", {"outcome": "not_found"}),
        "at court": Sample("person.transferred", "court", {"to": "court"}),
        "with the sheriff": Sample("person.transferred", "sheriff", {"to": "sheriff"}),
        "with another agency": Sample("person.transferred", "another agency", {"to": "other_agency"}),
        "at a hospital": Sample("person.transferred", "hospital", {"to": "hospital"}),
        "escaped": Sample("person.escaped"),
        "died": Sample("person.died"),
        "departed": Sample("person.departed"),
        "hold placed": Sample("hold.placed", "placed"),
        "hold lifted": Sample("hold.lifted", "lifted"),
        "warrant check": Sample("warrant_check.completed"),
        "ice calls": Sample("ice.contacted"),
        "ice at the counter": Sample("ice.custody_requested"),
        "counsel": Sample("counsel.designated"),
        "arraigned": Sample("person.arraigned"),
        "back, not arraigned": Sample("person.returned", "not arraigned", {"arraigned": False}),
        "back, arraigned": Sample("person.returned", "arraigned", {"arraigned": True}),
        "reinstated": Sample("booking.reinstated"),
        "renumbered": Sample("booking.renumbered"),
        "ice lifts its request": Sample("ice.contact_withdrawn"),
    }
)
"""Every event that a page shows the effect of; every inbound type is among them."""

BOOKED: Final = Sample("booking.created")


def unheard_of() -> TrackedBooking:
    """A booking number that no event has named."""
    return TrackedBooking(rules_of(), _arrested_at() + timedelta(hours=1))


def awaiting_booking() -> TrackedBooking:
    """Events came for it, and no booking yet."""
    return _after(unheard_of(), SAMPLES["warrant check"])


def held() -> TrackedBooking:
    """Booked, and nothing more."""
    return _after(unheard_of(), BOOKED)


def released() -> TrackedBooking:
    """Released on bail; not departed."""
    return _after(held(), SAMPLES["bail"])


def closed() -> TrackedBooking:
    """Transferred to court."""
    return _after(held(), SAMPLES["at court"])


STATES: Final[Mapping[str, Callable[[], TrackedBooking]]] = MappingProxyType(
    {"held": held, "released": released, "closed": closed}
)
"""The states after the booking, in the order of the table's columns, each with a record in it."""


@cache
def effects() -> Mapping[str, tuple[Effect, ...]]:
    """For each sample its effect on a record in each of `STATES`, under the default profile."""
    return MappingProxyType(
        {
            name: tuple(effect_on(booking(), sample) for booking in STATES.values())
            for name, sample in SAMPLES.items()
        }
    )


def effect_on(booking: TrackedBooking, sample: Sample) -> Effect:
    """The effect of an event that arrives now."""
    return _effect(booking, lambda: booking.receive(_event(sample, "tried")))


def effect_of_time(booking: TrackedBooking) -> tuple[datetime, Effect]:
    """The next instant at which the booking needs the clock, and what time alone does then."""
    if booking.attention is None:
        raise ExampleError(f"a booking that is {booking.state} needs the clock no more: give another")
    at = booking.attention
    return at, _effect(booking, booking.at(at).tick)


def _effect(booking: TrackedBooking, act: Callable[[], Any]) -> Effect:
    entries, sent = len(booking.entries), len(booking.outbound)
    act()
    kinds = tuple(
        notice.type.removeprefix("custody.").removesuffix(".v1") for notice in booking.outbound[sent:]
    )
    outcome = booking.outcomes[entries] if len(booking.entries) > entries else ""
    return Effect(outcome, booking.state, kinds)


def _after(booking: TrackedBooking, sample: Sample) -> TrackedBooking:
    booking.receive(_event(sample, f"before {len(booking.entries)}"))
    return booking


def _event(sample: Sample, id_: str) -> Received:
    """The example of the sample's type with its changes, as of an hour after the arrest."""
    example = inbound_examples()[f"custody.{sample.kind}.v1"]
    typed = _parsed(example)
    data = example["data"] | dict(sample.changes)
    if sample.kind != "booking.created":
        happened = format_instant(_arrested_at() + timedelta(hours=1))
        data |= dict.fromkeys(typed.event.instants(), happened)
    return _parsed(example | {"id": id_, "data": data})


def _parsed(example: Mapping[str, Any]) -> Received:
    text = orjson.dumps(example)
    parsed = parse(text)
    if isinstance(parsed, Rejection):
        raise ExampleError(f"a sample is rejected: {parsed.detail}")
    return Received(parsed.event, text.decode(), parsed.event.time or datetime.min.replace(tzinfo=UTC))


def _arrested_at() -> datetime:
    booking = _parsed(inbound_examples()["custody.booking.created.v1"])
    return booking.event.instants()["arrested_at"]
