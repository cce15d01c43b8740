"""One contact by ICE as the journal records it, and what was sent in answer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

import orjson

from events.inbound import IceContacted, IceContactWithdrawn, IceCustodyRequested
from events.instants import parse_instant
from events.outbound import Outbound
from worker.custody.journal import Link
from worker.desk.notices import NoticeStatus
from worker.desk.story import utc_ms

KINDS: Final = {
    IceContacted.model_fields["type"].default: "contact",
    IceCustodyRequested.model_fields["type"].default: "custody_request",
    IceContactWithdrawn.model_fields["type"].default: "withdrawal",
}
"""What came from ICE, by the type of its event."""

FROM_ICE: Final = b'"cause":"custody.ice.'
_INSTANTS: Final = ("contacted_at", "requested_at", "withdrawn_at")


@dataclass(frozen=True, slots=True)
class Answer:
    """One notice to ICE, and how far it has come."""

    event: Outbound
    status: NoticeStatus

    def to_document(self) -> dict[str, Any]:
        """For a program."""
        wire: dict[str, Any] = orjson.loads(self.event.to_wire())
        status = self.status.to_document()
        delivery = {name: status[name] for name in ("attempts", "waiting", "dead", "not_reached")}
        return {
            "id": self.event.id,
            "type": self.event.type,
            "route": self.event.route,
            **wire["data"],
            "delivery": {"committed_at": wire["time"], "delivered": self.status.is_delivered, **delivery},
        }


@dataclass(slots=True)
class FromIce:
    """One contact, custody request or withdrawal, and what was sent in answer. Instants are UTC.

    Attributes:
        version: of the journal entry that records it.
        received_at: when the clock took it in: the store's time.
        made_at: when ICE made contact, as it counts; None if the journal does not say.
        outcome: as the journal names it.
        answers: what was sent on its route from then on, until the next contact there.
    """

    booking: str
    version: int
    kind: str
    received_at: datetime
    outcome: str
    event: tuple[str, str]
    made_at: datetime | None = None
    channel: str | None = None
    form: str | None = None
    requests: tuple[str, ...] = ()
    route: str | None = None
    warrant: str | None = None
    qualification: str | None = None
    answers: list[Answer] = field(default_factory=list)

    @classmethod
    def of(cls, link: Link) -> Self | None:
        """From a journal entry; None if it is about something else.

        Raises:
            LookupError, TypeError, ValueError: the entry was changed since it was written.
        """
        content = link.content
        kind = KINDS.get(content["cause"])
        if kind is None:
            return None
        one = cls(
            booking=content["booking"],
            version=content["version"],
            kind=kind,
            received_at=parse_instant(link.committed_at),
            outcome=content["outcome"],
            event=(str(content["event"]["source"]), str(content["event"]["id"])),
        )
        one.describe(content.get("detail", {}))
        return one

    def describe(self, detail: dict[str, Any]) -> None:
        """Learn what it says, from an entry's detail or an event's data."""
        made_at = next((detail[name] for name in _INSTANTS if name in detail), None)
        self.made_at = parse_instant(made_at) if made_at else None
        self.channel, self.form = detail.get("channel"), detail.get("form")
        is_custody = self.kind == "custody_request"
        self.requests = ("transfer",) if is_custody else tuple(detail.get("requests", ()))
        self.route = detail.get("route", detail.get("reply_to"))
        self.warrant, self.qualification = detail.get("warrant"), detail.get("qualification")

    def to_document(self) -> dict[str, Any]:
        """For a program; instants are RFC 3339 in UTC with milliseconds."""
        return {
            "booking": self.booking,
            "kind": self.kind,
            "received_at": utc_ms(self.received_at),
            "made_at": utc_ms(self.made_at),
            "channel": self.channel,
            "form": self.form,
            "requests": list(self.requests),
            "route": self.route,
            "warrant": self.warrant,
            "qualification": self.qualification,
            "outcome": self.outcome,
            "answers": [answer.to_document() for answer in self.answers],
        }
