"""The letters of the enumeration: every kind of event, each at instants before, at and after the deadline.

A letter says what upstream reports and for when. It arrives then or, if the clock is past that instant
already, at once: then it is a late report.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from msgspec import Struct

from events.inbound import INBOUND_TYPES
from tests.support.arrivals import HOUR, MINUTE, la, received, written
from worker.custody.decide import Received

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""In the place of an instant that no longer matters."""
MILLISECOND: Final = timedelta(milliseconds=1)
DAY: Final = timedelta(days=1)

ARRESTED: Final = la("2016-11-15 10:00")
"""A Tuesday. The day before and the two days after are court days too."""
HEARD: Final = ARRESTED + 30 * HOUR
"""When the booking arrives: by then an arrest a day earlier would be past a limit of 48 hours."""
SOON: Final = HEARD + HOUR
FIRST_DEADLINE: Final = la("2016-11-17 10:00")
NEW_NUMBER: Final = "B-2"

WHEN: Final[dict[str, Callable[[datetime], datetime]]] = {
    "soon": lambda _deadline: SOON,
    "just before the deadline": lambda deadline: deadline - MILLISECOND,
    "at the deadline": lambda deadline: deadline,
    "after the deadline": lambda deadline: deadline + 45 * MINUTE,
    "before the arrest": lambda _deadline: ARRESTED - 2 * DAY,
}
"""The instants of the letters, from the deadline that the person has when the letter is sent."""

_ALWAYS: Final = tuple(name for name in WHEN if name != "before the arrest")
_SOON: Final = ("soon",)
_DATED: Final = "dated"
"""In the place of an instant: the letter's own."""

_FACTS: Final[dict[str, Any]] = {
    "facility": "77th Street",
    "arrested_at": ARRESTED,
    "charges": [{"statute": "459PC", "level": "felony"}],
}


class Variant(Struct, frozen=True):
    """One thing that an event of a type may say, and the instants at which it is said."""

    name: str
    data: dict[str, Any]
    when: tuple[str, ...] = _ALWAYS


class Letter(Struct, frozen=True):
    """One fact and its instant."""

    kind: str
    """The type, as `bail.posted`."""
    variant: Variant
    when: str

    @property
    def name(self) -> str:
        """As a report of a broken promise names it."""
        return f"{self.variant.name}, {self.when}"

    def dated(self, deadline: datetime) -> datetime:
        """The instant that it is reported for, where this is the deadline."""
        return WHEN[self.when](deadline)

    def says(self, dated: datetime) -> dict[str, Any]:
        """The event's data, with its instants."""
        return {name: dated if value == _DATED else value for name, value in self.variant.data.items()}


def _arrested(at: datetime) -> dict[str, Any]:
    return {"arrested_at": at, "booked_at": at}


def _asks(at: str, route: str, **more: Any) -> dict[str, Any]:
    return {at: _DATED, "reply_to": route, **more}


_QUALIFIED: Final = "conviction_7282_5"
VARIANTS: Final[dict[str, tuple[Variant, ...]]] = {
    "booking.created": (
        Variant("booked", _FACTS),
        Variant("booked, said otherwise", _FACTS | {"facility": "Van Nuys"}, _SOON),
    ),
    "booking.amended": (
        Variant("arrested a day earlier", _arrested(ARRESTED - DAY)),
        Variant("arrested a day later", _arrested(ARRESTED + DAY)),
        Variant("arrested on a warrant", {"arrest_kind": "warrant"}, _ALWAYS[:2]),
        Variant("charged with robbery", {"charges": [{"statute": "211PC", "level": "felony"}]}, _SOON),
    ),
    "booking.voided": (Variant("voided", {"reason": "mistaken"}),),
    "bail.posted": (Variant("bail", {"posted_at": _DATED}, tuple(WHEN)),),
    "release.ordered": (Variant("ordered", {"ordered_at": _DATED, "basis": "court_order"}, tuple(WHEN)),),
    "probable_cause.determined": (
        Variant("found", {"determined_at": _DATED, "outcome": "found"}, tuple(WHEN)),
        Variant("not found", {"determined_at": _DATED, "outcome": "not_found"}),
    ),
    "person.transferred": (
        Variant("at court", {"transferred_at": _DATED, "to": "court"}),
        Variant("at a hospital", {"transferred_at": _DATED, "to": "hospital"}, _SOON),
    ),
    "person.escaped": (Variant("escaped", {"at": _DATED}),),
    "person.died": (Variant("died", {"at": _DATED}),),
    "person.departed": (Variant("departed", {"departed_at": _DATED}),),
    "hold.placed": (Variant("hold placed", {"hold_id": "H-1", "kind": "parole"}),),
    "hold.lifted": (Variant("hold lifted", {"hold_id": "H-1"}),),
    "warrant_check.completed": (
        Variant("warrant check", {"completed_at": _DATED, "federal_notified": True}),
    ),
    "ice.contacted": (
        Variant("ICE asks for a hold", _asks("contacted_at", "ice-a", form="I-247D", requests=["hold"])),
        Variant("ICE asks for the date", _asks("contacted_at", "ice-b", qualification=_QUALIFIED)),
    ),
    "ice.custody_requested": (
        Variant("ICE at the counter", _asks("requested_at", "ice-a", warrant="administrative")),
        Variant("ICE with a judge's warrant", _asks("requested_at", "ice-b", warrant="judicial")),
    ),
    "counsel.designated": (Variant("counsel", {"deliver_to": "defender"}),),
    "person.arraigned": (Variant("arraigned", {"arraigned_at": _DATED}),),
    "person.returned": (
        Variant("back", {"returned_at": _DATED, "arraigned": False}),
        Variant("back, arraigned", {"returned_at": _DATED, "arraigned": True}, _SOON),
    ),
    "booking.reinstated": (Variant("reinstated", {"reason": "entered_in_error"}),),
    "booking.renumbered": (Variant("renumbered", {"new_number": NEW_NUMBER}),),
    "ice.contact_withdrawn": (
        Variant("ICE lifts one request", {"withdrawn_at": _DATED, "reply_to": "ice-a"}),
        Variant("ICE lifts every request", {"withdrawn_at": _DATED}, _SOON),
    ),
}
"""By type, what its letters say. A type without letters fails a test."""


def short(kind: str) -> str:
    """A type as upstream says it, `custody.bail.posted.v1`, without the ends that all share."""
    return kind.removeprefix("custody.").removesuffix(".v1")


def _letters() -> tuple[Letter, ...]:
    kinds = [short(event.model_fields["type"].default) for event in INBOUND_TYPES]
    return tuple(
        Letter(kind, variant, when)
        for kind in kinds
        for variant in VARIANTS.get(kind, ())
        for when in variant.when
    )


ALPHABET: Final[tuple[Letter, ...]] = _letters()
BOOKED: Final = next(letter for letter in ALPHABET if letter.name == "booked, soon")


@cache
def event_of(name: str, dated: datetime) -> Received:
    """A letter's event as it comes from the inbox.

    Its id is the variant's, so that letters which say the same are one event, however they were dated.
    """
    letter = BY_NAME[name]
    id_ = f"{letter.kind}-{VARIANTS[letter.kind].index(letter.variant)}"
    return received(written(letter.kind, letter.says(dated), id=id_, time=HEARD))


BY_NAME: Final[dict[str, Letter]] = {letter.name: letter for letter in ALPHABET}
