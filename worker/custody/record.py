"""The custody record: everything that the clock knows about one booking.

Events from outside are validated in full by their models. The record is the clock's own and is read and
written with every event and every release, so its parts are structs, which check types and field names only.
"""

from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Final, Literal, Self, TypeAlias

import orjson
from msgspec import Meta, Struct

from events.facts import BookingFacts, Charge
from events.inbound import Inbound
from events.instants import format_instant
from events.outbound import CloseBasis, ReleaseBasis
from worker.custody.arrest_time import ArrestAsCounted, as_counted
from worker.law.arrest import Arrest, ArrestKind
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
    level: str
    """As reported; a word that the contract does not know counts as `other`."""
    description: str | None = None


class Facts(_Part, frozen=True, kw_only=True):
    """What is known of the booking itself: as it was reported, with what amendments changed."""

    agency: str | None = None
    facility: str | None = None
    arrested_at: StoredInstant
    booked_at: StoredInstant
    arrest_kind: str = "warrantless"
    """As reported; an unknown word counts as `warrantless`: no limit is later for it than on a warrant."""
    charges: tuple[ChargeOnRecord, ...] = ()

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

    def as_counted(self, heard_at: datetime, *, is_amended: bool = False) -> ArrestAsCounted:
        """The arrest that the limits are computed from, for a booking that arrived at this instant."""
        kind: ArrestKind = "warrant" if self.arrest_kind == "warrant" else "warrantless"
        return as_counted(self.arrested_at, self.booked_at, kind, heard_at, is_amended=is_amended)

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
    kind: str
    reference: str | None = None


class Contact(_Part, frozen=True):
    """One contact by ICE, and how to answer it."""

    contacted_at: StoredInstant
    reply_to: str | None
    form: str = "none"
    requests: tuple[str, ...] = ()
    qualification: str = "none"
    warrant: str = "none"
    is_withdrawn: bool = False
    """ICE has lifted its request: this contact is sent nothing more."""

    @property
    def asks_to_hold(self) -> bool:
        """Whether it asked to keep the person longer. That is always declined."""
        return "hold" in self.requests


class Ceiling(_Part, frozen=True):
    """The instant that no deadline may pass once ICE has made contact (clause 2 of the policy)."""

    deadline: StoredInstant
    limit: str


class MergedArrest(_Part, frozen=True):
    """The arrest of a booking that was merged into this one, as it was counted: its limits stay in force."""

    arrested_at: StoredInstant
    booked_at: StoredInstant
    kind: ArrestKind
    probable_cause_found_at: StoredInstant | None = None

    @property
    def arrest(self) -> Arrest:
        """What its limits are computed from."""
        return Arrest(self.arrested_at, self.booked_at, self.kind)


class Record(_Part, frozen=True, kw_only=True, tag_field="format", tag=FORMAT):
    """One booking's custody after `version` journal entries.

    Instants are UTC. `deadline` and `ceiling` are whole milliseconds, rounded up. `released_at` and
    `closed_at` are the store's time in the commit that ended custody; in a decision
    not yet committed they are AT_COMMIT.
    """

    booking: str
    state: State
    version: int = 0
    deadline: StoredInstant | None = None

    chain: bytes | None = None
    """Hash of the newest journal entry; None before the first."""
    profile: ProfileOnRecord
    seen: tuple[bytes, ...] = ()
    """For each event already applied or kept, its key and its content's."""
    first_heard_at: StoredInstant
    """When the first event about this number arrived; of a booking put in again, when it did."""
    attended_until: StoredInstant
    """Warnings and alarms that were due up to here have been sent."""

    facts: Facts | None = None
    heard_at: StoredInstant | None = None
    """When the booking itself arrived: nothing later starts its clock."""
    first_report: str | None = None
    """Digest of the first report, once amended: tells a repeat from a conflict."""
    probable_cause_found_at: StoredInstant | None = None
    """The earliest finding reported. Whether it was in time is concluded from all the facts, each time."""
    governing_limit: str | None = None
    learned_late: bool = False
    """The deadline had passed already when the clock set it."""
    grace_until: StoredInstant | None = None
    """A booking that was past its deadline when it arrived is released then, not at once."""
    ceiling: Ceiling | None = None
    merged: tuple[MergedArrest, ...] = ()
    """Bookings that were merged into this one: of their deadlines the earliest counts."""

    basis: ReleaseBasis | CloseBasis | None = None
    ended_at: StoredInstant | None = None
    """When custody ended without a release, as reported: the transfer, the escape, the arraignment."""
    void_reason: str | None = None
    renumbered_to: str | None = None
    """The number under which the clock goes on."""
    former_numbers: tuple[str, ...] = ()
    """The numbers from which custody came to this one."""
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
            raise ValueError(f"booking {self.booking} is not known yet: there is no arrest to compute from")
        return self.facts.as_counted(self.heard_at or self.first_heard_at).arrest

    @property
    def release_due_at(self) -> datetime | None:
        """When a held person is released: at the deadline, or when the grace of a late booking ends."""
        if self.deadline is None or self.grace_until is None or self.heard_at is None:
            return self.deadline
        is_late = self.deadline <= max(self.heard_at, self.first_heard_at)
        return self.grace_until if is_late else self.deadline


def event_key(event: Inbound) -> bytes:
    """What identifies an event within its booking: a 96-bit digest of its source and id."""
    return _event_key(event.source, event.id)


def seen_key(event: Inbound) -> bytes:
    """What a record remembers of an event: its key, and a 64-bit digest of its type and data."""
    content = event.type.encode() + event.data.model_dump_json().encode()
    return event_key(event) + blake2b(content, digest_size=8).digest()


@lru_cache(maxsize=64)  # asked for twice in a row: to look for it, then to write it
def _event_key(source: str, id_: str) -> bytes:
    return blake2b(f"{source}\0{id_}".encode(), digest_size=12).digest()


def charges_on_record(charges: tuple[Charge, ...]) -> tuple[ChargeOnRecord, ...]:
    """The charges of an event, as the record keeps them."""
    return tuple(ChargeOnRecord(charge.statute, charge.level, charge.description) for charge in charges)
