"""What was sent to whom: every event committed to the outbox; not necessarily delivered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import TypeAdapter, ValidationError

from events.outbound import Outbound, OutboundEvent
from worker.store import outbox, sinks
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.unix_ms import from_ms

OUTBOUND: Final[TypeAdapter[Outbound]] = TypeAdapter(OutboundEvent)

_ABOUT_ICE: Final = ("custody.ice.", "custody.subject.")


@dataclass(frozen=True, slots=True)
class Sent:
    """An outbound event, and the store's time in UTC at which it was committed."""

    event: Outbound
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class SentAboutIce:
    """One notice about a contact by ICE: to ICE itself, to the person or to counsel."""

    event: Outbound
    is_delivered: bool
    """Whether the deliverer is done with it."""

    def to_document(self) -> dict[str, Any]:
        """For a program."""
        event: dict[str, Any] = orjson.loads(self.event.to_wire())
        return {
            "at": event["time"],
            "type": self.event.type,
            "audience": self.event.audience,
            "route": self.event.route,
            "data": event["data"],
            "delivered": self.is_delivered,
        }


def everything_sent(client: Client, keys: Keys) -> Iterator[Sent]:
    """All outbound events of a shard, oldest first."""
    for id_, text in outbox.every(client, keys):
        yield Sent(OUTBOUND.validate_json(text), from_ms(int(id_.split("-")[0])))


def sent_about_ice(
    client: Client, keys: Keys, booking: str, journal_ids: Sequence[str]
) -> tuple[SentAboutIce, ...]:
    """What was sent because ICE made contact about this booking, oldest first.

    A notice is committed with its journal entry, so the outbox has it at the same millisecond; only if the
    store's wall clock was set back meanwhile it has not, and then the whole outbox is read.
    """
    waiting_from = sinks.first_undelivered(client, keys)
    near = _about_ice(booking, outbox.stored_with(client, keys, journal_ids))
    return tuple(
        SentAboutIce(event, outbox.position(id_) < waiting_from)
        for id_, event in near or _about_ice(booking, outbox.every(client, keys))
    )


def _about_ice(booking: str, entries: Iterator[tuple[str, bytes]]) -> list[tuple[str, Outbound]]:
    subject = booking.encode()
    found = []
    for id_, text in entries:
        if subject not in text:
            continue
        try:
            event = OUTBOUND.validate_json(text)
        except ValidationError:
            continue  # not ours: others can write into a stream too
        if event.subject == booking and event.type.startswith(_ABOUT_ICE):
            found.append((id_, event))
    return found
