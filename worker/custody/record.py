"""The custody record: everything that the clock knows about one booking.

Events from outside are validated in full by their models. The record is the clock's own and is read and
written with every event and every release, so its parts are structs, which check types and field names only.
"""

from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Final, Literal, Self, TypeAlias, TypedDict

import orjson
from msgspec import Meta, Struct

from events.facts import (
    ArrestKind,
    BookingFacts,
    Charge,
    ChargeLevel,
    HoldKind,
    IceForm,
    IceRequest,
    IceWarrant,
    Qualification,
)
from events.inbound import Inbound
from events.instants import format_instant
from events.outbound import CloseBasis, ReleaseBasis
from worker.law.arrest import Arrest
from worker.law.profile import Profile

State: TypeAlias = Literal["awaiting_booking", "held", "released", "closed"]

StoredInstant: TypeAlias = Annotated[datetime, Meta(tz=True)]
"""An aware instant; the clock writes it in UTC."""


FORMAT: Final = 1
"""The number of the format in which records are stored; every document names it."""


class _Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a record. A field that has its default is not stored."""


class ProfileOnRecord(_Part, frozen=True):
    """The rules that decide a record."""

    name: str
    fingerprint: str
    """Of the profile's content."""

    @classmethod
    def of(cls, profile: Profile) -> Self:
        """How a record names this profile."""
        return cls(profile.name, profile.fingerprint)


class ChargeOnRecord(_Part, frozen=True):
    """One charge. It never moves a deadline."""

    statute: str
    level: ChargeLevel
    description: str | None = None


class Facts(_Part, frozen=True, kw_only=True):
    """What is known of the booking itself: as it was reported, with what amendments changed."""

    agency: str
    facility: str
    arrested_at: StoredInstant
    booked_at: StoredInstant
    arrest_kind: ArrestKind = "warrantless"
    """Most arrests are, and no limit is later for one that is."""
    charges: tuple[ChargeOnRecord, ...]

    @classmethod
    def reported(cls, booking: BookingFacts) -> Self:
        """As an event reports them."""
        return cls(
            agency=booking.agency,
            facility=booking.facility,
            arrested_at=booking.arrested_at,
            booked_at=booking.booked_at,
            arrest_kind=booking.arrest_kind,
            charges=charges_on_record(booking.charges),
        )

    @property
    def digest(self) -> str:
        """Equal for two reports of a booking exactly if they say the same."""
        content = {
            "agency": self.agency,
            "facility": self.facility,
            "arrested_at": format_instant(self.arrested_at),
            "booked_at": format_instant(self.booked_at),
            "arrest_kind": self.arrest_kind,
            "charges": [
                {"statute": charge.statute, "level": charge.level, "description": charge.description}
                for charge in self.charges
            ],
        }
        return blake2b(orjson.dumps(content), digest_size=12).hexdigest()


class Hold(_Part, frozen=True):
    """A hold of another authority."""

    hold_id: str
    kind: HoldKind
    reference: str


class Contact(_Part, frozen=True):
    """One contact by ICE, and how to answer it."""

    contacted_at: StoredInstant
    reply_to: str
    form: IceForm
    requests: tuple[IceRequest, ...]
    qualification: Qualification = "none"
    warrant: IceWarrant = "none"

    @property
    def asks_to_hold(self) -> bool:
        """Whether it asked to keep the person longer. That is always declined."""
        return "hold" in self.requests


class Ceiling(_Part, frozen=True):
    """The instant that no deadline may pass once ICE has made contact (clause 2 of the policy)."""

    deadline: StoredInstant
    limit: str


class Record(_Part, frozen=True, kw_only=True, tag_field="format", tag=FORMAT):
    """One booking's custody after `version` journal entries.

    Instants are UTC. `deadline` and `ceiling` are whole milliseconds, rounded up. `released_at` and
    `closed_at` are the store's time in the commit that ended custody; before it they are AT_COMMIT.
    """

    booking: str
    state: State
    version: int = 0
    deadline: StoredInstant | None = None

    chain: bytes | None = None
    """Hash of the newest journal entry; None before the first."""
    profile: ProfileOnRecord
    seen: tuple[bytes, ...] = ()
    """Keys of the events already applied or kept."""
    first_heard_at: StoredInstant
    """When the clock first heard of this number."""
    attended_until: StoredInstant
    """Warnings and alarms that were due up to here have been sent."""

    facts: Facts | None = None
    first_report: str | None = None
    """Digest of the first report, once amended: tells a repeat from a conflict."""
    earliest_arrest_at: StoredInstant | None = None
    """The earliest arrest time ever reported, once amended: nothing can have happened before it."""
    probable_cause_found_at: StoredInstant | None = None
    governing_limit: str | None = None
    learned_late: bool = False
    """The deadline had passed already when the clock set it."""
    ceiling: Ceiling | None = None

    basis: ReleaseBasis | CloseBasis | None = None
    entitled_at: StoredInstant | None = None
    released_at: StoredInstant | None = None
    closed_at: StoredInstant | None = None
    departed_at: StoredInstant | None = None
    gone_while_held: bool = False
    """The departure was reported while the person was still held, and not again since."""

    holds: tuple[Hold, ...] = ()
    contacts: tuple[Contact, ...] = ()
    counsel: str | None = None
    awaiting: tuple[str, ...] = ()
    """Events that came before the booking, whole, in their order."""

    @property
    def arrest(self) -> Arrest:
        """What the limits are computed from.

        Raises:
            ValueError: the booking is not known yet.
        """
        if self.facts is None:
            raise ValueError(
                f"booking {self.booking} is not known yet, so there is no arrest to compute from"
            )
        return Arrest(self.facts.arrested_at, self.facts.booked_at, self.facts.arrest_kind)


class Changes(TypedDict, total=False):
    """The fields of a record that one step may set; a misspelt one or a wrong type fails the type check."""

    state: State
    profile: ProfileOnRecord
    attended_until: datetime
    facts: Facts
    first_report: str
    earliest_arrest_at: datetime
    probable_cause_found_at: datetime
    governing_limit: str
    deadline: datetime
    learned_late: bool
    ceiling: Ceiling
    basis: ReleaseBasis | CloseBasis
    entitled_at: datetime
    released_at: datetime
    closed_at: datetime
    departed_at: datetime
    gone_while_held: bool
    holds: tuple[Hold, ...]
    contacts: tuple[Contact, ...]
    counsel: str
    awaiting: tuple[str, ...]


def event_key(event: Inbound) -> bytes:
    """What identifies an event within its booking: a 96-bit digest of its source and id."""
    return _event_key(event.source, event.id)


@lru_cache(maxsize=64)  # asked for twice in a row: to look for it, then to write it
def _event_key(source: str, id_: str) -> bytes:
    return blake2b(f"{source}\0{id_}".encode(), digest_size=12).digest()


def charges_on_record(charges: tuple[Charge, ...]) -> tuple[ChargeOnRecord, ...]:
    """The charges of an event, as the record keeps them."""
    return tuple(ChargeOnRecord(charge.statute, charge.level, charge.description) for charge in charges)
