"""The custody record: everything that the clock knows about one booking."""

from hashlib import blake2b
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from events.inbound import BookingFacts, IceForm, IceRequest, IceWarrant, Inbound, Qualification
from events.instants import Instant
from events.outbound import CloseBasis, ReleaseBasis, RemainingAuthority
from worker.law.arrest import Arrest

State: TypeAlias = Literal["awaiting_booking", "held", "released", "closed"]

GENESIS: Final = "0" * 64
"""What the first journal entry of a booking names as the entry before it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Contact(_Part):
    """One contact by ICE, and how to answer it."""

    contacted_at: Instant
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

    deadline: Instant
    limit: str


class Record(_Part):
    """One booking's custody, as it stands after `version` journal entries.

    Instants are UTC. `deadline` and `ceiling` are whole milliseconds, rounded up. `released_at` and
    `closed_at` are the store's time in the commit that ended custody; before it they are AT_COMMIT.
    """

    booking: str
    state: State
    version: int = 0
    chain: str = GENESIS
    """Hash of the newest journal entry."""
    profile: str
    seen: tuple[str, ...] = ()
    """Keys of the events already applied or kept."""
    first_heard_at: Instant
    """When the clock first heard of this number."""
    attended_until: Instant
    """Warnings and alarms that were due up to here are dealt with."""

    facts: BookingFacts | None = None
    created_digest: str | None = None
    """Digest of the booking as it was first reported, to tell a repeat from a conflict."""
    probable_cause_found_at: Instant | None = None
    deadline: Instant | None = None
    governing_limit: str | None = None
    deadline_set_at: Instant | None = None
    ceiling: Ceiling | None = None

    basis: ReleaseBasis | CloseBasis | None = None
    entitled_at: Instant | None = None
    released_at: Instant | None = None
    closed_at: Instant | None = None
    departed_at: Instant | None = None

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

    @property
    def routes(self) -> tuple[str, ...]:
        """The routes on which ICE made contact, each once, in order."""
        return tuple(dict.fromkeys(contact.reply_to for contact in self.contacts))


def event_key(event: Inbound) -> str:
    """What identifies an event within its booking: a 96-bit digest of its source and id."""
    return blake2b(f"{event.source}\0{event.id}".encode(), digest_size=12).hexdigest()


def facts_digest(facts: BookingFacts) -> str:
    """What tells whether two reports of a booking say the same."""
    return blake2b(facts.model_dump_json().encode(), digest_size=12).hexdigest()
