"""A worked example of every event type: one booking in January 2017, under the profile of that year.

Inbound examples are written here as upstream would write them, and read by the service's own parser. Outbound
examples are what the clock answers to them.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import orjson

from events.inbound import INBOUND_TYPES, Inbound
from events.outbound import OUTBOUND_TYPES, Outbound
from events.parse import Rejection, parse
from events.testing import Clockwork, rules_of

BOOKING: Final = "2017-00417"
PROFILE: Final = "ca-truth-2017"
TUESDAY: Final = "2017-01-10T{}-08:00"
WEDNESDAY: Final = "2017-01-11T{}-08:00"
THURSDAY: Final = "2017-01-12T{}-08:00"

ROBBERY: Final = {"statute": "211PC", "level": "felony", "description": "robbery"}
ASSAULT: Final = {"statute": "245(A)(1)PC", "level": "felony"}
PAROLE_HOLD: Final = {"hold_id": "H-204", "kind": "parole", "reference": "CDCR 12-3456"}
_LEFT: Final = THURSDAY.format("01:50:00")
_ASKED: Final = THURSDAY.format("03:00:00")

# type -> when it happened, and the rest of its data
_DATA: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "booking.created": (
        TUESDAY.format("02:15:00"),
        {
            "agency": "LAPD",
            "facility": "77th Street",
            "arrested_at": TUESDAY.format("01:30:00"),
            "booked_at": TUESDAY.format("02:15:00"),
            "arrest_kind": "warrantless",
            "charges": [ROBBERY],
        },
    ),
    "booking.amended": (
        TUESDAY.format("11:20:00"),
        {"charges": [ROBBERY, ASSAULT], "reason": "charges_changed"},
    ),
    "booking.voided": (TUESDAY.format("02:40:00"), {"reason": "duplicate"}),
    "bail.posted": (WEDNESDAY.format("10:00:00"), {"posted_at": ..., "kind": "bond"}),
    "release.ordered": (
        WEDNESDAY.format("11:05:00"),
        {"ordered_at": ..., "basis": "no_charges", "reference": "DA reject 7731"},
    ),
    "probable_cause.determined": (TUESDAY.format("16:45:00"), {"determined_at": ..., "outcome": "found"}),
    "person.transferred": (
        WEDNESDAY.format("07:30:00"),
        {"transferred_at": ..., "to": "court", "reference": "bus 3"},
    ),
    "person.escaped": (WEDNESDAY.format("04:10:00"), {"at": ...}),
    "person.died": (WEDNESDAY.format("04:10:00"), {"at": ...}),
    "person.departed": (_LEFT, {"departed_at": ...}),
    "hold.placed": (TUESDAY.format("08:30:00"), PAROLE_HOLD),
    "hold.lifted": (WEDNESDAY.format("15:00:00"), PAROLE_HOLD),
    "warrant_check.completed": (
        TUESDAY.format("02:20:00"),
        {"completed_at": ..., "federal_notified": True},
    ),
    "ice.contacted": (
        TUESDAY.format("09:12:00"),
        {
            "contacted_at": ...,
            "channel": "fax",
            "form": "I-247D",
            "requests": ["release_date", "hold"],
            "reply_to": "ero-la-fax",
            "reference": "fax 0093",
        },
    ),
    "ice.custody_requested": (
        _ASKED,
        {
            "requested_at": ...,
            "officer_reference": "badge 4471",
            "warrant": "administrative",
            "reply_to": "ero-la-fax",
        },
    ),
    "person.arraigned": (WEDNESDAY.format("09:40:00"), {"arraigned_at": ...}),
    "person.returned": (WEDNESDAY.format("12:30:00"), {"returned_at": ..., "arraigned": False}),
    "booking.reinstated": (TUESDAY.format("03:10:00"), {"reason": "voided_in_error"}),
    "booking.renumbered": (
        TUESDAY.format("05:00:00"),
        {"new_number": "2017-00119", "reason": "renumbered"},
    ),
    "ice.contact_withdrawn": (
        WEDNESDAY.format("08:00:00"),
        {"withdrawn_at": ..., "reply_to": "ero-la-fax"},
    ),
    "counsel.designated": (TUESDAY.format("09:00:00"), {"deliver_to": "public-defender"}),
}


class ExampleError(Exception):
    """An example does not show what it is there for: correct it."""


@cache
def inbound_examples() -> dict[str, dict[str, Any]]:
    """One event of each inbound type, by type; each is one that the parser takes.

    Raises:
        LookupError: a type has no example.
        ExampleError: the parser rejects an example.
    """
    examples = {}
    for number, model in enumerate(INBOUND_TYPES, 88121):
        kind = model.model_fields["type"].default
        happened, data = _DATA[kind.removeprefix("custody.").removesuffix(".v1")]
        examples[kind] = {
            "specversion": "1.0",
            "id": f"jms-{number}",
            "source": "urn:example:jms",
            "type": kind,
            "subject": BOOKING,
            "time": happened,
            "datacontenttype": "application/json",
            "data": {name: happened if value is ... else value for name, value in data.items()},
        }
        _parsed(examples[kind])
    return examples


@cache
def outbound_examples() -> dict[str, dict[str, Any]]:
    """One event of each outbound type, by type, as the clock sends it in the story of the examples.

    Raises:
        ExampleError: the story yields none of some type.
    """
    sent = [*_kept_until_the_deadline(), *_taken_to_court()]
    examples: dict[str, dict[str, Any]] = {}
    for notice in sent:
        examples.setdefault(notice.type, orjson.loads(notice.to_wire()))
    kinds = [model.model_fields["type"].default for model in OUTBOUND_TYPES]
    if missing := set(kinds) - examples.keys():
        raise ExampleError(f"the examples send no {sorted(missing)}: let the story lead to one")
    return {kind: examples[kind] for kind in kinds}


def play(*kinds: str) -> Clockwork:
    """The clock after the examples of these types, each arriving when it happened.

    Raises:
        ExampleError: the clock rejected one of them.
    """
    events = [_parsed(inbound_examples()[f"custody.{kind}.v1"]) for kind in kinds]
    instants = [event.time for event in events if event.time is not None]
    clock = Clockwork(instants[0], rules_of(PROFILE))
    for event, instant in zip(events, instants, strict=True):
        clock.move_to(instant)
        clock.put(event)
    if clock.rejected:
        raise ExampleError(f"an example is rejected: {clock.rejected[0].detail}")
    return clock


def _kept_until_the_deadline() -> list[Outbound]:
    clock = play("booking.created", "hold.placed", "counsel.designated", "ice.contacted")
    clock.move_to(clock.deadline(BOOKING) + timedelta(minutes=30))
    clock.move_to(datetime.fromisoformat(_ASKED))
    clock.put(_parsed(inbound_examples()["custody.ice.custody_requested.v1"]))
    clock.put(_parsed(inbound_examples()["custody.hold.lifted.v1"]))
    return clock.outbound


def _taken_to_court() -> list[Outbound]:
    return play("booking.created", "person.transferred").outbound


def _parsed(example: dict[str, Any]) -> Inbound:
    parsed = parse(orjson.dumps(example))
    if isinstance(parsed, Rejection):
        raise ExampleError(f"the example of {example['type']} is rejected: {parsed.detail}")
    return parsed.event
