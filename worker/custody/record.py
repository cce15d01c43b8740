"""The custody record: everything that the clock knows about one booking."""

from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator

from events.facts import BookingFacts, IceForm, IceRequest, IceWarrant, Qualification
from events.inbound import Inbound
from events.instants import format_instant
from events.outbound import CloseBasis, ReleaseBasis, RemainingAuthority
from worker.law.arrest import Arrest

State: TypeAlias = Literal["awaiting_booking", "held", "released", "closed"]


def _read_stored(value: str | datetime) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


StoredInstant = Annotated[
    datetime, PlainValidator(_read_stored), PlainSerializer(format_instant, return_type=str)
]
"""An instant in UTC that the clock wrote itself: read without the checks that an event's instants need."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Contact(_Part):
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


class Ceiling(_Part):
    """The instant that no deadline may pass once ICE has made contact (clause 2 of the policy)."""

    deadline: StoredInstant
    limit: str


class Record(_Part):
    """One booking's custody, as it stands after `version` journal entries.

    Instants are UTC. `deadline` and `ceiling` are whole milliseconds, rounded up. `released_at` and
    `closed_at` are the store's time in the commit that ended custody; before it they are AT_COMMIT.
    """

    booking: str
    state: State
    version: int = 0
    chain: str | None = None
    """Hash of the newest journal entry; None before the first."""
    profile: str
    profile_version: str
    """Fingerprint of the profile's content: the rules that this record is decided by."""
    seen: tuple[str, ...] = ()
    """Keys of the events already applied or kept."""
    first_heard_at: StoredInstant
    """When the clock first heard of this number."""
    attended_until: StoredInstant
    """Warnings and alarms that were due up to here are dealt with."""

    facts: BookingFacts | None = None
    first_report: str | None = None
    """Digest of the booking as it was first reported, once amended: tells a repeat from a conflict."""
    earliest_arrest_at: StoredInstant | None = None
    """Of all the arrest times reported, once amended: what happened after it is not impossible."""
    probable_cause_found_at: StoredInstant | None = None
    deadline: StoredInstant | None = None
    governing_limit: str | None = None
    deadline_set_at: StoredInstant | None = None
    ceiling: Ceiling | None = None

    basis: ReleaseBasis | CloseBasis | None = None
    entitled_at: StoredInstant | None = None
    released_at: StoredInstant | None = None
    closed_at: StoredInstant | None = None
    departed_at: StoredInstant | None = None
    gone_while_held: bool = False
    """The departure was reported while the person was still held, and not again since."""

    holds: tuple[RemainingAuthority, ...] = ()
    contacts: tuple[Contact, ...] = ()
    counsel: str | None = None
    awaiting: tuple[str, ...] = ()
    """Events that came before the booking, whole, in the order in which they came."""

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


def event_key(event: Inbound) -> str:
    """What identifies an event within its booking: a 96-bit digest of its source and id."""
    return blake2b(f"{event.source}\0{event.id}".encode(), digest_size=12).hexdigest()


def facts_digest(facts: BookingFacts) -> str:
    """What tells whether two reports of a booking say the same."""
    return blake2b(facts.model_dump_json().encode(), digest_size=12).hexdigest()
