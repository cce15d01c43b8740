"""What was sent to whom: every event committed to the outbox; not necessarily delivered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from events.outbound import Outbound, OutboundEvent
from worker.store import outbox
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.unix_ms import from_ms

OUTBOUND: Final[TypeAdapter[Outbound]] = TypeAdapter(OutboundEvent)


@dataclass(frozen=True, slots=True)
class Sent:
    """An outbound event, and the store's time in UTC at which it was committed."""

    event: Outbound
    stored_at: datetime


def everything_sent(client: Client, keys: Keys) -> Iterator[Sent]:
    """All outbound events of a shard, oldest first."""
    for id_, text in outbox.every(client, keys):
        yield Sent(OUTBOUND.validate_json(text), from_ms(int(id_.split("-")[0])))
